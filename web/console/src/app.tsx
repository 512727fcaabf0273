import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { LocationProvider, Route, Router, useLocation } from 'preact-iso';
import { online, Refusal, signedOut, Unreachable } from './api';
import { HelpDialog, Palette } from './help';
import { Inbox } from './inbox';
import { languages, t, withWords, type Language } from './i18n';
import { useKeys } from './keys';
import { startLive } from './live';
import { signOut, whoAmI } from './session';
import { SignIn, WhoAreYou } from './signin';
import { admin, agents, changeLanguage, language, loadDirectory, me, prefer, retry, singleKeys, theme, wish, type Theme } from './state';
import { Avatar, Choice, Dialog, Empty, Failed, Icon, Loading, Mark, Menu, Toasts, attempt, useLoaded, useTitle } from './ui';

/** A page that is fetched when it is opened. What did not come is asked for again; the `lazy` of preact-iso keeps a failure for ever. */
function lazy(load: () => Promise<ComponentType>) {
  let Page: ComponentType | undefined;
  let coming: Promise<ComponentType> | undefined;
  const fetched = () =>
    (coming ??= load().then(
      (page) => (Page = page),
      () => {
        coming = undefined;
        throw new Unreachable();
      },
    ));
  // The file of a page has another name after a deployment, which only the new document knows.
  const renew = () => fetch('/api/health').then(
    () => location.reload(),
    () => undefined,
  );
  const Lazy = () => {
    const { error, again } = useLoaded(fetched, []);
    if (Page) return <Page />;
    return (
      <main class="page" id="main">
        {error ? <Failed error={error} again={() => void fetched().then(again, renew)} /> : <Loading />}
      </main>
    );
  };
  Lazy.preload = () => fetched().catch(() => undefined);
  return Lazy;
}

const TicketPage = lazy(() => import('./ticket').then((all) => all.TicketPage));
const Community = lazy(() => withWords(import('./community')).then((all) => all.Community));
const Supervisor = lazy(() => withWords(import('./supervisor')).then((all) => all.Supervisor));
const Knowledge = lazy(() => withWords(import('./knowledge')).then((all) => all.Knowledge));
const Admin = lazy(() => withWords(import('./admin/index')).then((all) => all.Admin));

type Stage = 'loading' | 'signin' | 'who' | 'desk' | { error: unknown };

export function App() {
  const [stage, setStage] = useState<Stage>('loading');
  const begin = async () => {
    setStage('loading');
    signedOut.value = false;
    try {
      const person = await whoAmI();
      if (!person) return setStage('signin');
      me.value = person;
      await prefer(person.preferences);
      await loadDirectory();
      if (person.standIn) return setStage('who');
      startLive();
      setStage('desk');
    } catch (error) {
      if (signedOut.value) setStage('signin');
      else setStage({ error });
    }
  };
  useEffect(() => void begin(), []);
  const out = signedOut.value;
  useEffect(() => {
    if (out && stage === 'desk') setStage('signin');
  }, [out]);
  void language.value;
  if (stage === 'loading') return <Loading />;
  // At once: nothing of the desk can be shown to nobody.
  if (stage === 'signin' || (out && stage === 'desk')) return <SignIn done={begin} />;
  if (stage === 'who') return <WhoAreYou people={agents.value.filter((one) => one.active)} done={begin} />;
  if (typeof stage === 'object')
    return (
      <main class="center">
        <div class="stack">
          <h1 class="vh">{t('signin.title')}</h1>
          <Failed error={stage.error} again={begin} />
          {stage.error instanceof Refusal && stage.error.status === 403 ? (
            // Whoever may not work here may want to be somebody else.
            <button class="btn" type="button" onClick={() => attempt(async () => (await signOut(), setStage('signin')))}>
              {t('signout')}
            </button>
          ) : null}
        </div>
      </main>
    );
  return (
    <LocationProvider scope="/desk">
      <Shell />
    </LocationProvider>
  );
}

const at = (path: string, place: string) => (path === place || path.startsWith(`${place}/`) ? ('page' as const) : undefined);

function Shell() {
  const { path, route } = useLocation();
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const [account, setAccount] = useState(false);
  useKeys({
    '?': () => setHelp(true),
    '/': () => {
      // Where a page has a search of its own, that is meant.
      const field = document.querySelector<HTMLInputElement>('[role=search] input');
      if (!field) return setPalette(true);
      field.focus();
      return field.select();
    },
    'g i': () => route('/desk'),
    'g k': () => route('/desk/knowledge'),
    'g s': () => route('/desk/supervisor'),
    'g a': () => route('/desk/admin'),
    '$mod+k': () => setPalette(true),
  });
  // The list comes first; the page that is opened next is fetched while somebody reads it.
  useEffect(() => void setTimeout(() => TicketPage.preload(), 300), []);
  const ticket = path.startsWith('/desk/tickets/');
  const elsewhere = path.startsWith('/desk/knowledge') || path.startsWith('/desk/community') || path.startsWith('/desk/supervisor') || path.startsWith('/desk/admin');
  const person = me.value!;
  return (
    <div class={`console${ticket ? ' console--ticket' : ''}`}>
      <a class="skip" href="#main">
        {t('skip')}
      </a>
      <header class="rail">
        <a class="rail__logo" href="/desk" aria-label={t('nav.home')}>
          <Mark />
        </a>
        <nav aria-label={t('nav.main')}>
          <a href="/desk" aria-current={elsewhere ? undefined : 'page'}>
            <Icon name="inbox" />
            <span>{t('nav.inbox')}</span>
          </a>
          <a href="/desk/knowledge" aria-current={at(path, '/desk/knowledge') ?? at(path, '/desk/community')}>
            <Icon name="book" />
            <span>{t('nav.knowledge')}</span>
          </a>
          <a href="/desk/supervisor" aria-current={at(path, '/desk/supervisor')}>
            <Icon name="chart" />
            <span>{t('nav.supervisor')}</span>
          </a>
          <a href="/desk/admin" aria-current={at(path, '/desk/admin')}>
            <Icon name="gear" />
            <span>{t('nav.admin')}</span>
          </a>
        </nav>
        <div class="rail__end">
          <button class="rail__btn" type="button" aria-label={t('help.title')} onClick={() => setHelp(true)}>
            <Icon name="keyboard" />
          </button>
          <Menu
            label={t('account.of', { name: person.name })}
            up
            buttonClass="rail__btn"
            items={[
              { words: t('account.title'), icon: 'user', run: () => setAccount(true) },
              { words: t('palette.title'), icon: 'search', run: () => setPalette(true) },
              { words: t('signout'), icon: 'right', run: () => attempt(signOut), line: true },
            ]}
          >
            <span class="vh">{t('account.of', { name: person.name })}</span>
            <Avatar name={person.name} />
          </Menu>
        </div>
      </header>
      <div class="content">
        {online.value ? null : (
          <p class="banner banner--warn offline" role="alert">
            <Icon name="triangle" />
            <span class="grow">{t('offline.long')}</span>
            <button class="link" type="button" onClick={retry}>
              {t('again')}
            </button>
          </p>
        )}
        <Router>
          <Route path="/desk" component={Inbox} />
          <Route path="/desk/views/:view" component={Inbox} />
          <Route path="/desk/tickets/:number" component={TicketPage} />
          <Route path="/desk/knowledge/:id?" component={Knowledge} />
          <Route path="/desk/community/:id?" component={Community} />
          <Route path="/desk/supervisor" component={Supervisor} />
          <Route path="/desk/admin/:section?/:id?" component={Admin} />
          <Route default component={Nothing} />
        </Router>
      </div>
      {help ? <HelpDialog close={() => setHelp(false)} /> : null}
      {palette ? <Palette close={() => setPalette(false)} /> : null}
      {account ? <Account close={() => setAccount(false)} /> : null}
      <Toasts />
    </div>
  );
}

function Nothing() {
  useTitle(t('nothing-here'));
  return (
    <main class="page" id="main">
      <h1 class="vh">{t('nothing-here')}</h1>
      <Empty icon="search" title={t('nothing-here')}>
        <p>
          <a href="/desk">{t('nav.inbox')}</a>
        </p>
      </Empty>
    </main>
  );
}

function Account({ close }: { close: () => void }) {
  const person = me.value!;
  return (
    <Dialog title={t('account.title')} close={close}>
      <div class="person">
        <Avatar name={person.name} size="lg" />
        <div class="grow">
          <p>
            <b>{person.name}</b>
          </p>
          <p class="muted">
            {person.email ?? person.agent} · {t(`role.${person.role}`)} · {person.workspace}
          </p>
        </div>
      </div>
      <Choice label={t('language')} value={language.value} options={Object.entries(languages)} onChange={(next) => attempt(() => Promise.all([changeLanguage(next as Language), wish({ language: next })]))} />
      <Choice
        label={t('theme')}
        value={theme.value}
        options={[
          ['system', t('theme.system')],
          ['light', t('theme.light')],
          ['dark', t('theme.dark')],
        ]}
        onChange={(next) => {
          theme.value = next as Theme;
          void attempt(() => wish({ theme: next as Theme }));
        }}
      />
      <label class="check">
        <input type="checkbox" checked={singleKeys.value} onChange={(event) => {
            singleKeys.value = event.currentTarget.checked;
            void attempt(() => wish({ singleKeys: singleKeys.value }));
          }} />
        {t('help.single')}
      </label>
      {admin.value ? <p class="hint">{t('account.admin')}</p> : null}
    </Dialog>
  );
}
