import { useEffect, useState } from 'preact/hooks';
import { call, Refusal } from './api';
import { language, languages, t, type Language } from './i18n';
import { signInByProvider, type WayIn } from './session';
import { changeLanguage } from './state';
import { Field, Icon, Mark, useTitle, wordsOf } from './ui';

/** The page for somebody who is not signed in: a provider where there is one, or a key on one's own machine. */
export function SignIn({ done }: { done: () => void }) {
  useTitle(t('signin.title'));
  const [way, setWay] = useState<WayIn | null>(null);
  const [byKey, setByKey] = useState(false);
  const [key, setKey] = useState('');
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    call<WayIn>('GET', '/api/sign-in').then(setWay, () => setWay({ methods: ['session'] }));
  }, []);
  const provider = way?.authority;
  const withKey = byKey || (way !== null && !provider);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!key.trim()) return setWrong(t('signin.key-missing'));
    setBusy(true);
    setWrong('');
    try {
      await call('POST', '/api/session', { key: key.trim() });
      done();
    } catch (error) {
      setWrong(error instanceof Refusal && error.status === 401 ? t('signin.key-wrong') : wordsOf(error));
    }
    setBusy(false);
  };
  return (
    <main class="center lg" id="main">
      <div class="signin">
        <p class="logo">
          <Mark />
          Helpdesk
        </p>
        <div class="panel signin__card">
          <h1>{t('signin.title')}</h1>
          {provider ? (
            <button class="btn btn--lg btn--primary" type="button" disabled={busy} onClick={() => signInByProvider(way).catch((error: unknown) => setWrong(error instanceof Error ? error.message : String(error)))}>
              <Icon name="badge" />
              {t('signin.provider', { name: way.name ?? new URL(provider).hostname })}
            </button>
          ) : null}
          {withKey ? (
            <form class="stack" onSubmit={submit} noValidate>
              <Field label={t('signin.key')} hint={t('signin.key-hint')} wrong={wrong || undefined}>
                {(id) => <input {...id} class="input" type="password" autocomplete="current-password" value={key} onInput={(event) => setKey(event.currentTarget.value)} />}
              </Field>
              <button class={`btn btn--lg btn--block${provider ? '' : ' btn--primary'}`} type="submit" disabled={busy}>
                <Icon name="key" />
                {t('signin.title')}
              </button>
            </form>
          ) : wrong ? (
            <p class="error" role="alert">
              <Icon name="octagon" small />
              {wrong}
            </p>
          ) : null}
        </div>
        <div class="toolbar">
          {provider && !byKey ? (
            <button class="link" type="button" onClick={() => setByKey(true)}>
              {t('signin.use-key')}
            </button>
          ) : null}
          <label class="push toolbar">
            <span class="vh">{t('language')}</span>
            <select class="select" value={language.value} onChange={(event) => changeLanguage(event.currentTarget.value as Language)}>
              {Object.entries(languages).map(([id, name]) => (
                <option key={id} value={id} lang={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
    </main>
  );
}

/** Asks somebody with the desk's first key who they are: what they do is done as this agent. */
export function WhoAreYou({ people, done }: { people: { id: string; name: string }[]; done: () => void }) {
  useTitle(t('who.title'));
  const [agent, setAgent] = useState(people[0]?.id ?? '');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const fresh = agent === '';
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      const id = fresh ? (await call<{ id: string }>('POST', '/api/agents', { name: name.trim(), email: email.trim() })).id : agent;
      await call('PATCH', '/api/session', { agent: id });
      done();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    }
  };
  return (
    <main class="center lg" id="main">
      <form class="signin" onSubmit={submit} noValidate>
        <p class="logo">
          <Mark />
          Helpdesk
        </p>
        <div class="panel signin__card">
          <h1>{t('who.title')}</h1>
          <p class="hint">{t('who.why')}</p>
          <fieldset class="stack">
            <legend class="vh">{t('who.title')}</legend>
            {people.map((one) => (
              <label key={one.id} class="check">
                <input type="radio" name="agent" checked={agent === one.id} onChange={() => setAgent(one.id)} />
                {one.name}
              </label>
            ))}
            <label class="check">
              <input type="radio" name="agent" checked={fresh} onChange={() => setAgent('')} />
              {t('who.new')}
            </label>
          </fieldset>
          {fresh ? (
            <>
              <Field label={t('name')} wrong={refusal?.of('name')}>
                {(id) => <input {...id} class="input" autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
              </Field>
              <Field label={t('email')} wrong={refusal?.of('email')}>
                {(id) => <input {...id} class="input" type="email" autocomplete="email" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />}
              </Field>
            </>
          ) : null}
          {refusal && !refusal.of('name') && !refusal.of('email') ? (
            <p class="error" role="alert">
              <Icon name="octagon" small />
              {refusal.words}
            </p>
          ) : null}
          <button class="btn btn--lg btn--primary" type="submit">
            {t('who.go')}
          </button>
        </div>
      </form>
    </main>
  );
}
