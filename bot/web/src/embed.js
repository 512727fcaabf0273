// <script src="https://desk.example/chat/embed.js" data-key="hc_…" async></script> puts a help button into a page.
(() => {
  const script = document.currentScript;
  if (!script || document.getElementById('helpdesk-chat')) return;
  const home = new URL(script.src).origin;
  const page = new URL('/chat', home);
  if (script.dataset.key) page.searchParams.set('key', script.dataset.key);
  const locale = script.dataset.locale || document.documentElement.lang;
  if (locale) page.searchParams.set('locale', locale);

  const box = document.createElement('div');
  box.id = 'helpdesk-chat';
  const root = box.attachShadow({ mode: 'open' });
  root.innerHTML = `<style>
    :host { all: initial; }
    button { position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483000; width: 3.5rem; height: 3.5rem; border: 0; border-radius: 50%; background: #0b5cad; color: #fff; font: 600 1.6rem/1 system-ui, sans-serif; cursor: pointer; box-shadow: 0 2px 12px #0006; }
    button:focus-visible { outline: 3px solid #ffb000; outline-offset: 2px; }
    iframe { position: fixed; right: 1rem; bottom: 5.25rem; z-index: 2147483000; width: 24rem; height: min(38rem, calc(100dvh - 7rem)); border: 0; border-radius: .6rem; background: #fff; box-shadow: 0 4px 28px #0005; }
    iframe[hidden] { display: none; }
    @media (max-width: 30rem) { iframe { inset: 0 0 5rem; width: 100%; height: auto; border-radius: 0; } }
  </style><button type="button" aria-expanded="false" aria-label="${script.dataset.label || 'Help'}">?</button>`;
  const button = root.querySelector('button');
  let frame;
  const show = open => {
    if (open && !frame) {
      frame = document.createElement('iframe');
      frame.title = script.dataset.label || 'Help';
      frame.allow = 'clipboard-write';
      frame.src = page.href;
      root.append(frame);
    }
    if (frame) frame.hidden = !open;
    button.textContent = open ? '×' : '?';
    button.setAttribute('aria-expanded', String(open));
  };
  button.addEventListener('click', () => show(button.getAttribute('aria-expanded') === 'false'));
  addEventListener('keydown', event => { if (event.key === 'Escape') show(false); });
  (document.body || document.documentElement).append(box);
})();
