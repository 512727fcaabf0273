// Web Chat over Direct Line by polling. Its own Direct Line client stops for good at the first poll that fails; this one keeps trying,
// sends what was written meanwhile under the same id, and finds the conversation again after a reload.
(async () => {
  const { key, locale, fileSize, fileCount, programs, texts } = JSON.parse(document.getElementById('configuration').textContent);
  const api = '/api/directline';
  const place = `helpdesk-chat:${key}`;
  const notice = document.getElementById('notice');
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
  // Ends after a while, or as soon as the browser says that there is a network again.
  const pause = time => new Promise(resolve => {
    const done = () => { clearTimeout(timer); removeEventListener('online', done); resolve(); };
    const timer = setTimeout(done, time);
    addEventListener('online', done);
  });
  // Ends when the page is shown or hidden, at the latest after a while.
  const glance = time => new Promise(resolve => {
    const done = () => { clearTimeout(timer); document.removeEventListener('visibilitychange', done); resolve(); };
    const timer = setTimeout(done, time);
    document.addEventListener('visibilitychange', done);
  });
  const say = text => { notice.textContent = text || ''; notice.hidden = !text; };

  // A value that is told to everybody who listens, and to who comes later.
  const subject = (...first) => {
    const listeners = new Set();
    let last = first;
    const self = {
      next(value) { last = [value]; listeners.forEach(listener => listener.next?.(value)); },
      subscribe(next, error, complete) {
        const listener = typeof next === 'function' ? { next, error, complete } : next;
        listeners.add(listener);
        last.forEach(value => listener.next?.(value));
        const unsubscribe = () => listeners.delete(listener);
        return { unsubscribe, get closed() { return !listeners.has(listener); } };
      },
      forget() { last = []; },
    };
    const symbol = typeof Symbol === 'function' && Symbol.observable || '@@observable';
    self[symbol] = () => self;
    return self;
  };

  const call = async (path, token, options = {}) => {
    const answer = await fetch(api + path, { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers }, cache: 'no-store' });
    if (!answer.ok) throw Object.assign(new Error(`${answer.status}`), { status: answer.status, after: Number(answer.headers.get('Retry-After')) || 0, body: await answer.json().catch(() => ({})) });
    return answer.json();
  };
  // Whether trying again may help: no answer at all, a fault of the server, or too much at once.
  const passes = error => !error.status || error.status >= 500 || error.status === 408 || error.status === 429;
  const insist = async (work, patience = Infinity) => {
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await work();
        if (attempt > 0) say('');
        return result;
      } catch (error) {
        if (!passes(error) || attempt >= patience) throw error;
        if (attempt > 0) say(texts.lost);
        await pause(error.after ? error.after * 1000 : Math.min(250 * 2 ** attempt, 4000) * (0.75 + Math.random() / 2));
      }
    }
  };

  const stored = () => { try { return JSON.parse(localStorage.getItem(place)); } catch { return null; } };
  const store = value => { try { value ? localStorage.setItem(place, JSON.stringify(value)) : localStorage.removeItem(place); } catch { /* a browser that keeps nothing */ } };

  const open = async () => {
    const before = stored();
    const body = JSON.stringify({ user: {}, locale });
    const start = token => insist(() => call('/conversations', token, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }));
    if (before?.token) {
      try { return await start(before.token); } catch (error) { if (error.status !== 403 && error.status !== 401) throw error; store(null); }
    }
    const { token } = await insist(() => call('/tokens/generate', key, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }), 8);
    return start(token);
  };

  let session;
  try {
    session = await open();
  } catch {
    say(texts.failed);
    return;
  }
  store(session);
  const userId = JSON.parse(atob(session.token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).user;

  const activity$ = subject();
  activity$.forget();
  const connectionStatus$ = subject(0);
  let listening = false;
  let ended = false;
  let hurry = () => {};
  const seen = new Set();
  let lastWords = Date.now();

  // What has not been read yet: messages of others after the last one that was on a screen. The site that embeds the chat is told how many.
  const framed = parent !== window;
  let shown = !framed;
  const numberOf = activity => Number(activity.id?.split('|')[1] ?? 0);
  const others = new Set();
  let newest = 0;
  const readPlace = `helpdesk-chat-read:${key}`;
  const readUpTo = () => { try { const [conversation, number] = (localStorage.getItem(readPlace) ?? '').split('|'); return conversation === session.conversationId ? Number(number) : 0; } catch { return 0; } };
  const title = document.title;
  const countUnread = () => {
    if (shown && !document.hidden) {
      try { localStorage.setItem(readPlace, `${session.conversationId}|${newest}`); } catch { /* a browser that keeps nothing */ }
      others.clear();
    }
    document.title = others.size ? `(${others.size}) ${title}` : title;
    if (framed) parent.postMessage({ helpdeskChat: 'unread', count: others.size }, '*');
  };
  const receive = activity => {
    const number = numberOf(activity);
    if (activity.type === 'message' && activity.from?.role === 'bot' && number > readUpTo()) others.add(number);
    newest = Math.max(newest, number);
  };
  document.addEventListener('visibilitychange', countUnread);

  const end = () => { ended = true; store(null); say(texts.ended); connectionStatus$.next(5); };

  const poll = async () => {
    for (let watermark = ''; !ended;) {
      const cut = new AbortController();
      hurry = () => cut.abort();
      const limit = setTimeout(() => cut.abort(), 25000);
      // A tab that nobody has looked at or written in for a while must not keep the helpdesk awake.
      const asleep = (document.hidden || !shown) && Date.now() - lastWords > 5 * 60 * 1000;
      if (asleep) await glance(20000);
      try {
        const { activities, watermark: next } = await insist(() => call(`/conversations/${session.conversationId}/activities?watermark=${watermark}${asleep ? '&wait=0' : ''}`, session.token, { signal: cut.signal })
          .catch(error => { if (error.name === 'AbortError') return { activities: [], watermark }; throw error; }));
        if (activities.length) lastWords = Date.now();
        activities.forEach(activity => { seen.add(activity.id); receive(activity); activity$.next(linked(activity)); });
        if (activities.length) countUnread();
        activity$.forget();
        watermark = next;
      } catch (error) {
        if (!passes(error)) return end();
      } finally {
        clearTimeout(limit);
      }
    }
  };

  // Words are words: nothing in them is markup, only addresses can be followed. Web Chat draws whatever is not "plain" with the function below.
  const address = /https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?(){}[\]…»“”]/gi;
  const linked = activity => activity.type === 'message' && activity.text?.match(address) && !/^\s*\[[^\]]*\]:/m.test(activity.text) ? { ...activity, textFormat: 'markdown' } : activity;
  const escaped = text => text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`);
  const renderMarkdown = text => {
    let [html, written] = ['', 0];
    for (const { 0: link, index } of text.matchAll(address)) {
      html += `${escaped(text.slice(written, index))}<a href="${escaped(link)}" target="_blank" rel="noopener noreferrer nofollow">${escaped(link)}</a>`;
      written = index + link.length;
    }
    return `<p style="white-space:pre-wrap;margin:0">${html}${escaped(text.slice(written))}</p>`;
  };

  // Files that cannot be sent are named at once, and are not taken.
  const takes = (files, already) => {
    const told = [];
    const taken = files.filter(({ blob }, index) => {
      const name = blob.name || 'file';
      const ending = name.includes('.') ? name.replace(/[ .]+$/, '').split('.').pop().toLowerCase() : '';
      const wrong = programs.includes(ending) ? 'file.program' : blob.size > fileSize * 1024 * 1024 ? 'file.large' : already + index >= fileCount ? 'file.many' : null;
      if (wrong) told.push(fill(texts[wrong], { name, size: fileSize, count: fileCount }));
      return !wrong;
    });
    if (told.length) say(told.join(' '));
    return taken;
  };
  const withPreview = ({ blob }) => ({ blob, thumbnailURL: /^image\/(png|jpeg|gif|webp|avif)$/.test(blob.type) ? new URL(URL.createObjectURL(blob)) : undefined });
  // The longest that a browser's clock counts: whether a message has failed is for this page to say, and it never gives up.
  const patience = 2 ** 31 - 1;
  const setFiles = (attachments, exact = false) => store$.dispatch({ type: 'WEB_CHAT/SET_SEND_BOX_ATTACHMENTS', payload: { attachments }, meta: { exact } });
  const store$ = WebChat.createStore({}, ({ getState }) => next => action => {
    // Files that are chosen, dropped or pasted come to those that are there.
    if (action.type === 'WEB_CHAT/SET_SEND_BOX_ATTACHMENTS' && !action.meta?.exact && action.payload.attachments.length) {
      const there = getState().sendBoxAttachments;
      say('');
      return next({ ...action, payload: { attachments: [...there, ...takes([...action.payload.attachments], there.length).map(withPreview)] } });
    }
    const result = next(action);
    // What was refused is back in the field and no message.
    if (action.type === 'DIRECT_LINE/POST_ACTIVITY_FULFILLED' && action.payload.activity.id?.startsWith('refused|')) next({ type: 'DIRECT_LINE/DELETE_ACTIVITY', payload: { activityID: action.payload.activity.id } });
    return result;
  });

  // The store has a time limit of its own beside the one for what is shown.
  store$.dispatch({ type: 'WEB_CHAT/SET_SEND_TIMEOUT', payload: { sendTimeout: patience } });

  // The files that will be sent with the next message: their names, how they look, and a button that takes each away.
  const list = document.getElementById('files');
  let drawn = [];
  store$.subscribe(() => {
    const files = store$.getState().sendBoxAttachments;
    if (files === drawn) return;
    drawn = files;
    list.hidden = files.length === 0;
    list.firstElementChild.replaceChildren(...files.map(file => {
      const item = document.createElement('li');
      if (file.thumbnailURL) item.append(Object.assign(document.createElement('img'), { src: file.thumbnailURL, alt: '', onerror: event => event.target.remove() }));
      const size = file.blob.size < 1024 * 1024 ? `${Math.ceil(file.blob.size / 1024)} KB` : `${(file.blob.size / 1024 / 1024).toFixed(1)} MB`;
      const remove = Object.assign(document.createElement('button'), { type: 'button', textContent: '×' });
      remove.setAttribute('aria-label', fill(texts.remove, { name: file.blob.name }));
      remove.addEventListener('click', () => { setFiles(store$.getState().sendBoxAttachments.filter(one => one !== file), true); focusBox(); });
      item.append(Object.assign(document.createElement('span'), { textContent: `${file.blob.name} (${size})`, title: file.blob.name }), remove);
      return item;
    }));
  });
  const bring = files => { if (files?.length) setFiles([...files].map(blob => ({ blob }))); };
  addEventListener('paste', event => bring(event.clipboardData?.files));
  addEventListener('dragover', event => event.preventDefault());
  addEventListener('drop', event => { event.preventDefault(); bring(event.dataTransfer?.files); });
  const focusBox = () => document.querySelector(matchMedia('(pointer: coarse)').matches ? '.webchat__basic-transcript' : '.webchat__send-box-text-box textarea')?.focus();

  // Nothing that was refused is lost: the words and the files are back where they were written, and what is wrong stands above.
  const giveBack = async (activity, failure) => {
    const names = activity.attachments?.map(file => file.name).join(', ');
    const code = failure.body?.error?.code ?? '';
    say(code === 'FileNotAllowed' ? fill(texts['file.program'], { name: names })
      : code === 'FileTooLarge' ? fill(texts['file.large'], { name: names, size: fileSize })
        : failure.status === 413 ? texts.long : texts.refused);
    if (activity.text && !store$.getState().sendBoxValue) store$.dispatch({ type: 'WEB_CHAT/SET_SEND_BOX', payload: { text: activity.text } });
    const files = await Promise.all((activity.attachments ?? []).filter(file => file.contentUrl).map(async file => ({
      blob: new File([await (await fetch(file.contentUrl)).blob()], file.name || 'file', { type: file.contentType }),
      thumbnailURL: file.thumbnailUrl ? new URL(file.thumbnailUrl) : undefined,
    })));
    if (files.length) setFiles([...store$.getState().sendBoxAttachments, ...files], true);
  };

  let sending = 0;
  addEventListener('beforeunload', event => { if (sending > 0) event.preventDefault(); });
  const post = async activity => {
    const files = activity.attachments?.filter(file => file.contentUrl) ?? [];
    const path = `/conversations/${session.conversationId}`;
    const { id } = files.length === 0
      ? await insist(() => call(`${path}/activities`, session.token, { signal: AbortSignal.timeout(30000), method: 'POST', body: JSON.stringify(activity), headers: { 'Content-Type': 'application/json' } }))
      : await (async () => {
        const form = new FormData();
        form.append('activity', new Blob([JSON.stringify({ ...activity, attachments: files.map(({ contentUrl, thumbnailUrl, ...rest }) => rest) })], { type: 'application/vnd.microsoft.activity' }));
        for (const file of files) form.append('file', await (await fetch(file.contentUrl)).blob(), file.name || 'file');
        return insist(() => call(`${path}/upload?userId=${encodeURIComponent(userId)}`, session.token, { method: 'POST', body: form }));
      })();
    // The answer is there already. The poll that is waiting hears of it at once when the same instance serves both; if not, ask anew.
    if (activity.type === 'message') setTimeout(() => seen.has(id) || hurry(), 150);
    return id;
  };

  const directLine = {
    activity$: {
      subscribe(...listener) {
        const subscription = activity$.subscribe(...listener);
        if (!listening) { listening = true; connectionStatus$.next(1); connectionStatus$.next(2); poll(); }
        return subscription;
      },
    },
    connectionStatus$,
    postActivity: activity => ({
      subscribe(next, error, complete) {
        const listener = typeof next === 'function' ? { next, error, complete } : next;
        // This page keeps trying by itself, under the same id; Web Chat must not offer to send the same words a second time beside that.
        if (activity.type === 'message') sending++;
        post(activity).then(id => { listener.next?.(id); listener.complete?.(); }, async failure => {
          if (failure.status === 403 || failure.status === 401) end();
          if (activity.type !== 'message') return listener.error?.(failure);
          await giveBack(activity, failure);
          const id = `refused|${activity.channelData.clientActivityID}`;
          activity$.next({ ...activity, id, attachments: [], timestamp: new Date().toISOString() });
          activity$.forget();
          listener.next?.(id);
          listener.complete?.();
        }).finally(() => { if (activity.type === 'message') sending--; });
        return { unsubscribe() {} };
      },
    }),
    getSessionId: undefined,
    end() { ended = true; },
    referenceGrammarId: undefined,
  };

  // Tokens are renewed long before they are over.
  (async () => {
    while (!ended) {
      await pause(15 * 60 * 1000);
      try { session = { ...session, ...await insist(() => call('/tokens/refresh', session.token, { method: 'POST' })) }; store(session); } catch { return end(); }
    }
  })();

  const styleOptions = dark => {
    const [ink, quiet, paper, soft, line, accent, mine] = dark
      ? ['#e8edf2', '#a9b5c1', '#12171d', '#1b222b', '#55616e', '#7cbaff', '#1d3550']
      : ['#1d2733', '#52606d', '#ffffff', '#ffffff', '#8793a0', '#0b5cad', '#e3effb'];
    return {
      accent, subtle: quiet, backgroundColor: paper, primaryFont: 'system-ui, sans-serif',
      bubbleBorderRadius: 8, bubbleFromUserBorderRadius: 8, bubbleMinWidth: 0,
      bubbleBackground: soft, bubbleBorderColor: line, bubbleTextColor: ink,
      bubbleFromUserBackground: mine, bubbleFromUserBorderColor: mine, bubbleFromUserTextColor: ink,
      sendBoxBackground: soft, sendBoxTextColor: ink, sendBoxPlaceholderColor: quiet, sendBoxBorderTop: `solid 1px ${line}`, sendBoxButtonColor: quiet,
      sendBoxButtonColorOnFocus: accent, sendBoxButtonColorOnHover: accent, sendBoxButtonShadeColorOnHover: mine, sendBoxButtonShadeColorOnActive: mine,
      sendBoxButtonKeyboardFocusIndicatorBorderColor: accent, sendBoxButtonColorOnDisabled: quiet, sendBoxButtonShadeColorOnDisabled: soft,
      suggestedActionBackgroundColor: soft, suggestedActionTextColor: accent, suggestedActionBorderColor: accent, suggestedActionBorderRadius: 8,
      suggestedActionBackgroundColorOnHover: mine, suggestedActionBackgroundColorOnActive: mine, suggestedActionBackgroundColorOnFocus: mine,
      suggestedActionKeyboardFocusIndicatorBorderColor: accent, suggestedActionsVisualKeyboardIndicatorColor: accent, suggestedActionLayout: 'flow',
      transcriptVisualKeyboardIndicatorColor: accent, transcriptActivityVisualKeyboardIndicatorColor: accent, timestampColor: quiet, notificationText: quiet,
      // People's words stay as they typed them; Enter sends, Shift and Enter begins a line.
      emojiSet: false, sendBoxTextWrap: true, sendBoxButtonAlignment: 'bottom',
      hideUploadButton: false, uploadMultiple: true, enableUploadThumbnail: false,
      sendTimeout: patience, sendTimeoutForAttachments: patience,
      botAvatarInitials: undefined, userAvatarInitials: undefined,
    };
  };
  const darkness = matchMedia('(prefers-color-scheme: dark)');
  const render = () => WebChat.renderWebChat({
    directLine, store: store$, userID: userId, locale, renderMarkdown, styleOptions: styleOptions(darkness.matches), overrideLocalizedStrings,
  }, document.getElementById('webchat'));
  const overrideLocalizedStrings = strings => ({ ...strings, ACTIVITY_BOT_SAID_ALT: texts.said, ACTIVITY_STATUS_SEND_FAILED_RETRY: texts.unsent, TEXT_INPUT_PLACEHOLDER: texts.write });
  darkness.addEventListener('change', render);
  render();

  if (framed) {
    addEventListener('message', event => {
      if (event.source !== parent || event.data?.helpdeskChat !== 'shown') return;
      shown = event.data.open === true;
      if (shown) { lastWords = Date.now(); focusBox(); }
      document.dispatchEvent(new Event('visibilitychange'));
    });
    addEventListener('keydown', event => { if (event.key === 'Escape' && !event.defaultPrevented) parent.postMessage({ helpdeskChat: 'close' }, '*'); });
    parent.postMessage({ helpdeskChat: 'ready' }, '*');
  }
  document.documentElement.dataset.ready = 'true';
})();
