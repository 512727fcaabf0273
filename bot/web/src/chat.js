// Web Chat over Direct Line by polling. Its own Direct Line client stops for good at the first poll that fails; this one keeps trying,
// sends what was written meanwhile under the same id, and finds the conversation again after a reload.
(async () => {
  const { key, locale, accept, fileSize, texts } = JSON.parse(document.getElementById('configuration').textContent);
  const api = '/api/directline';
  const place = `helpdesk-chat:${key}`;
  const notice = document.getElementById('notice');
  const pause = time => new Promise(resolve => setTimeout(resolve, time));
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

  const end = () => { ended = true; store(null); say(texts.ended); connectionStatus$.next(5); };

  const poll = async () => {
    for (let watermark = ''; !ended;) {
      const cut = new AbortController();
      hurry = () => cut.abort();
      const limit = setTimeout(() => cut.abort(), 25000);
      // A tab that nobody has looked at or written in for a while must not keep the helpdesk awake.
      const asleep = document.hidden && Date.now() - lastWords > 5 * 60 * 1000;
      if (asleep) await glance(20000);
      try {
        const { activities, watermark: next } = await insist(() => call(`/conversations/${session.conversationId}/activities?watermark=${watermark}${asleep ? '&wait=0' : ''}`, session.token, { signal: cut.signal })
          .catch(error => { if (error.name === 'AbortError') return { activities: [], watermark }; throw error; }));
        if (activities.length) lastWords = Date.now();
        activities.forEach(activity => { seen.add(activity.id); activity$.next(activity); });
        activity$.forget();
        watermark = next;
      } catch (error) {
        if (!passes(error)) return end();
      } finally {
        clearTimeout(limit);
      }
    }
  };

  const post = async activity => {
    const files = activity.attachments?.filter(file => file.contentUrl) ?? [];
    const path = `/conversations/${session.conversationId}`;
    const { id } = files.length === 0
      ? await insist(() => call(`${path}/activities`, session.token, { method: 'POST', body: JSON.stringify(activity), headers: { 'Content-Type': 'application/json' } }))
      : await (async () => {
        const form = new FormData();
        form.append('activity', new Blob([JSON.stringify({ ...activity, attachments: files.map(({ contentUrl, ...rest }) => rest) })], { type: 'application/vnd.microsoft.activity' }));
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
        post(activity).then(id => { listener.next?.(id); listener.complete?.(); }, failure => {
          const code = failure.body?.error?.code ?? '';
          if (failure.status === 400 || failure.status === 413) { say(code.includes('File') ? texts.file.replace('{size}', fileSize) : failure.body.error?.message || texts.failed); setTimeout(() => say(''), 8000); }
          if (failure.status === 403) end();
          listener.error?.(failure);
        });
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

  WebChat.renderWebChat({
    directLine,
    userID: userId,
    locale,
    styleOptions: {
      accent: '#0b5cad',
      primaryFont: 'system-ui, sans-serif',
      bubbleBorderRadius: 8,
      bubbleFromUserBorderRadius: 8,
      bubbleFromUserBackground: '#e3effb',
      hideUploadButton: false,
      uploadAccept: accept,
      uploadMultiple: true,
      suggestedActionLayout: 'flow',
      botAvatarInitials: '?',
      userAvatarInitials: '',
    },
  }, document.getElementById('webchat'));
  document.documentElement.dataset.ready = 'true';
})();
