// <script src="https://desk.example/chat/embed.js" data-key="hc_…" async></script> puts a help button into a page.
// data-locale, data-label, data-side and data-sound are described in docs/chat-and-teams.md. Nothing here needs a relaxed Content-Security-Policy.
(() => {
  const script = document.currentScript;
  if (!script || document.getElementById('helpdesk-chat')) return;
  const words = {
    en: {
      label: 'Help', close: 'Close', unread: ', unread messages: ', mute: 'Turn sound off', sound: 'Turn sound on', open: 'Open the chat in a window of its own',
      forbidden: 'The chat cannot be shown inside this page yet: this site has to be allowed in the settings of the helpdesk.',
      off: 'There is no chat at the moment.', lost: 'The chat cannot be reached at the moment.',
    },
    de: {
      label: 'Hilfe', close: 'Schließen', unread: ', ungelesene Nachrichten: ', mute: 'Ton ausschalten', sound: 'Ton einschalten', open: 'Den Chat in einem eigenen Fenster öffnen',
      forbidden: 'Der Chat kann auf dieser Seite noch nicht gezeigt werden: Diese Website muss erst in den Einstellungen des Helpdesks erlaubt werden.',
      off: 'Im Moment gibt es keinen Chat.', lost: 'Der Chat ist im Moment nicht erreichbar.',
    },
    el: {
      label: 'Βοήθεια', close: 'Κλείσιμο', unread: ', μη αναγνωσμένα μηνύματα: ', mute: 'Απενεργοποίηση ήχου', sound: 'Ενεργοποίηση ήχου', open: 'Άνοιγμα της συνομιλίας σε δικό της παράθυρο',
      forbidden: 'Η συνομιλία δεν μπορεί ακόμη να εμφανιστεί μέσα σε αυτή τη σελίδα: ο ιστότοπος πρέπει να επιτραπεί στις ρυθμίσεις του helpdesk.',
      off: 'Δεν υπάρχει συνομιλία αυτή τη στιγμή.', lost: 'Η συνομιλία δεν είναι προσβάσιμη αυτή τη στιγμή.',
    },
    hr: {
      label: 'Pomoć', close: 'Zatvori', unread: ', nepročitane poruke: ', mute: 'Isključi zvuk', sound: 'Uključi zvuk', open: 'Otvori chat u vlastitom prozoru',
      forbidden: 'Chat se još ne može prikazati na ovoj stranici: ovo web-mjesto treba dopustiti u postavkama helpdeska.',
      off: 'Trenutačno nema chata.', lost: 'Chat trenutačno nije dostupan.',
    },
  };
  const locale = [script.dataset.locale, document.documentElement.lang, navigator.language].find(one => one && words[one.slice(0, 2).toLowerCase()]) || 'en';
  const say = words[locale.slice(0, 2).toLowerCase()];
  const label = script.dataset.label || say.label;
  const home = new URL(script.src).origin;
  const page = new URL('/chat', home);
  if (script.dataset.key) page.searchParams.set('key', script.dataset.key);
  page.searchParams.set('locale', locale);
  const memory = {
    get(name) { try { return localStorage.getItem(`helpdesk-chat-${name}`); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(`helpdesk-chat-${name}`, value); } catch { /* a browser that keeps nothing */ } },
  };

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const icon = path => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', width: '24', height: '24', 'aria-hidden': 'true', fill: 'none', stroke: 'currentColor', 'stroke-width': '2', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' })) svg.setAttribute(key, value);
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    line.setAttribute('d', path);
    svg.append(line);
    return svg;
  };
  const cross = 'M6 6l12 12M18 6L6 18';
  const bubble = 'M4 5h16v11H10l-5 4v-4H4z';
  const bell = 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4';

  const box = make('div', { id: 'helpdesk-chat' });
  const root = box.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  const side = script.dataset.side === 'left' ? 'left' : 'right';
  sheet.replaceSync(`
    :host { all: initial; color-scheme: light dark; --accent: #0b5cad; --paper: #fff; --ink: #1d2733; --line: #cfd6dd; }
    @media (prefers-color-scheme: dark) { :host { --accent: #1667b7; --paper: #1b222b; --ink: #e8edf2; --line: #3b4653; } }
    * { box-sizing: border-box; }
    button { display: grid; place-items: center; min-width: 2.75rem; min-height: 2.75rem; padding: 0; border: 0; background: none; color: inherit; cursor: pointer; }
    :focus-visible { outline: 3px solid #ffb000; outline-offset: -3px; }
    .launcher { position: fixed; ${side}: 1rem; bottom: 1rem; z-index: 2147483000; width: 3.5rem; height: 3.5rem; border-radius: 50%; background: var(--accent); color: #fff; box-shadow: 0 2px 12px #0006; }
    .launcher:focus-visible { outline-offset: 2px; }
    .badge { position: absolute; top: -.3rem; right: -.3rem; min-width: 1.5rem; padding: .1rem .35rem; border-radius: .8rem; background: #b3261e; color: #fff; font: 700 .85rem/1.3rem system-ui, sans-serif; text-align: center; }
    .panel { position: fixed; ${side}: 1rem; bottom: 5.25rem; z-index: 2147483000; display: flex; flex-direction: column; width: 24rem; max-width: calc(100vw - 2rem); height: min(38rem, calc(100dvh - 6.5rem)); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; background: var(--paper); color: var(--ink); box-shadow: 0 4px 28px #0005; font: 16px/1.4 system-ui, sans-serif; }
    header { display: flex; align-items: center; padding-left: 1rem; background: var(--accent); color: #fff; }
    h2 { flex: 1; margin: 0; font: 600 1rem/1.4 system-ui, sans-serif; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    iframe { flex: 1; width: 100%; min-height: 0; border: 0; background: var(--paper); }
    .told { flex: 1; padding: 1.25rem; overflow: auto; }
    .told p { margin: 0 0 1rem; }
    .told a { color: inherit; }
    [hidden] { display: none !important; }
    @media (max-width: 30rem), (max-height: 26rem) { .panel { inset: 0; width: 100%; max-width: none; height: 100dvh; border: 0; border-radius: 0; } .launcher[aria-expanded=true] { display: none; } }
  `);
  root.adoptedStyleSheets = [sheet];
  const badge = make('span', { class: 'badge', 'aria-hidden': 'true', hidden: '' });
  const launcher = make('button', { class: 'launcher', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', 'aria-controls': 'panel' }, icon(bubble), badge);
  const bellButton = make('button', { type: 'button' });
  const closeButton = make('button', { type: 'button', 'aria-label': say.close }, icon(cross));
  const panel = make('section', { class: 'panel', id: 'panel', role: 'dialog', 'aria-label': label, hidden: '' }, make('header', {}, make('h2', {}, label), bellButton, closeButton));
  root.append(launcher, panel);

  let [frame, ready, open, unread, title] = [null, false, false, 0, null];
  const tellFrame = () => ready && frame.contentWindow.postMessage({ helpdeskChat: 'shown', open }, home);

  const setSound = on => {
    bellButton.setAttribute('aria-label', on ? say.mute : say.sound);
    bellButton.setAttribute('aria-pressed', String(on));
    bellButton.replaceChildren(icon(on ? bell : `${bell}M4 4l16 16`));
  };
  const hasSound = () => (memory.get('sound') ?? (script.dataset.sound === 'on' ? 'on' : 'off')) === 'on';
  let audio;
  const ring = () => {
    try {
      audio ??= new AudioContext();
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = 660;
      volume.gain.setValueAtTime(0.12, audio.currentTime);
      volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.35);
      tone.connect(volume).connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + 0.4);
    } catch { /* a browser without sound */ }
  };

  const showUnread = () => {
    const seen = open && !document.hidden;
    if (seen) unread = 0;
    badge.hidden = unread === 0;
    badge.textContent = unread > 9 ? '9+' : String(unread);
    launcher.setAttribute('aria-label', unread ? `${label}${say.unread}${unread}` : label);
    // The page may change its own title meanwhile: only what was put in front of it is taken away.
    const own = title !== null && document.title.startsWith(title) ? document.title.slice(title.length) : document.title;
    title = unread ? `(${unread}) ` : null;
    if (document.title !== (title ?? '') + own) document.title = (title ?? '') + own;
  };

  const tell = (text, withLink) => {
    frame?.remove();
    [frame, ready] = [null, false];
    panel.querySelector('.told')?.remove();
    const told = make('div', { class: 'told', role: 'alert', tabindex: '-1' }, make('p', {}, text));
    if (withLink) told.append(make('p', {}, make('a', { href: page.href, target: '_blank', rel: 'noopener' }, say.open)));
    panel.append(told);
    if (open) told.focus();
  };

  const load = async () => {
    panel.querySelector('.told')?.remove();
    const check = new URL('/chat/embed', home);
    if (script.dataset.key) check.searchParams.set('key', script.dataset.key);
    // A page whose own policy forbids the question may still show the frame.
    const answer = await fetch(check, { credentials: 'omit' }).then(got => got.json()).catch(() => ({ enabled: true, allowed: true }));
    if (!answer.enabled) return tell(say.off);
    if (!answer.allowed) return tell(say.forbidden, true);
    frame = make('iframe', { title: label, allow: 'clipboard-write' });
    frame.src = page.href;
    const waiting = frame;
    setTimeout(() => { if (frame === waiting && !ready) tell(say.lost, true); }, 20000);
    panel.append(frame);
    if (open) frame.focus();
  };

  const show = wanted => {
    if (open === wanted) return;
    open = wanted;
    panel.hidden = !open;
    launcher.setAttribute('aria-expanded', String(open));
    launcher.firstChild.replaceWith(icon(open ? cross : bubble));
    if (open) {
      memory.set('opened', String(Date.now()));
      if (!frame) load();
      else frame.focus();
      closeButton.focus();
      if (ready) frame.focus();
    } else {
      launcher.focus();
    }
    tellFrame();
    showUnread();
  };

  addEventListener('message', event => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
    switch (event.data?.helpdeskChat) {
      case 'ready':
        ready = true;
        if (open) frame.focus();
        tellFrame();
        break;
      case 'unread':
        if (event.data.count > unread && (!open || document.hidden) && hasSound()) ring();
        unread = event.data.count;
        showUnread();
        break;
      case 'close':
        show(false);
        break;
    }
  });
  launcher.addEventListener('click', () => show(!open));
  closeButton.addEventListener('click', () => show(false));
  bellButton.addEventListener('click', () => { memory.set('sound', hasSound() ? 'off' : 'on'); setSound(hasSound()); if (hasSound()) ring(); });
  addEventListener('keydown', event => { if (event.key === 'Escape' && open && !event.defaultPrevented) show(false); });
  document.addEventListener('visibilitychange', () => { tellFrame(); showUnread(); });

  setSound(hasSound());
  showUnread();
  (document.body || document.documentElement).append(box);
  // Who has talked to somebody today hears of the answer on every page, without opening the chat first.
  if (Date.now() - Number(memory.get('opened') ?? 0) < 8 * 60 * 60 * 1000) load();
})();
