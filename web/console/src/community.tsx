import { useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { call, type Schema } from './api';
import { moment } from './format';
import { t } from './i18n';
import { attempt, Dialog, Field, Icon } from './ui';
import { list, Listed, Rows } from './admin/parts';

type Listing = Schema<'ListedQuestion'>;
type Question = Schema<'Question'>;
const root = '/api/community/questions';

/** What requesters ask and answer each other: hidden, answered, or made a ticket or an article. */
export function Community() {
  const { params } = useRoute();
  return params.id ? <One id={params.id} key={params.id} /> : <All />;
}

function All() {
  return (
    <Listed title={t('community')} hint={t('community.hint')} load={() => list<Listing>(root)}>
      {(questions: Listing[]) => (
        <Rows
          label={t('community')}
          head={[t('subject'), t('community.asked'), t('community.answers'), t('status')]}
          none={t('community.none')}
          rows={questions.map((one) => ({
            key: one.id,
            cells: [
              <a key="title" href={`/desk/community/${one.id}`}>
                {one.title}
              </a>,
              `${one.name}, ${moment(one.at)}`,
              one.answers,
              [one.hidden ? t('community.hidden') : '', one.solved ? t('community.solved') : ''].filter(Boolean).join(', '),
            ],
          }))}
        />
      )}
    </Listed>
  );
}

function One({ id }: { id: string }) {
  const { route } = useLocation();
  const [answer, setAnswer] = useState('');
  const [busy, setBusy] = useState(false);
  const [removing, setRemoving] = useState(false);
  const path = `${root}/${id}`;
  return (
    <Listed title={t('community')} load={() => call('GET', path) as Promise<Question>}>
      {(one: Question, again) => {
        const act = (method: 'POST' | 'PATCH' | 'DELETE', to: string, body?: unknown) =>
          attempt(async () => {
            await call(method, to, body);
            again();
          });
        return (
          <>
            <p>
              <a href="/desk/community">{t('community')}</a>
            </p>
            <h2>{one.title}</h2>
            <p class="muted">
              {one.name}
              {one.email ? ` · ${one.email}` : ''} · {moment(one.at)}
              {one.hidden ? ` · ${t('community.hidden')}` : ''}
            </p>
            <p class="said">{one.body}</p>
            <div class="toolbar">
              <button class="btn btn--sm" type="button" onClick={() => act('PATCH', path, { hidden: !one.hidden })}>
                {one.hidden ? t('community.show') : t('community.hide')}
              </button>
              {one.ticket ? (
                <a class="btn btn--sm" href={`/desk/tickets/${one.ticket}`}>
                  {`#${one.ticket}`}
                </a>
              ) : (
                <button class="btn btn--sm" type="button" onClick={() => act('POST', `${path}/ticket`)}>
                  {t('community.ticket')}
                </button>
              )}
              {one.article ? (
                <a class="btn btn--sm" href={`/desk/knowledge/${one.article}`}>
                  {t('nav.knowledge')}
                </a>
              ) : null}
              <button class="btn btn--sm" type="button" onClick={() => setRemoving(true)}>
                <Icon name="x" small />
                {t('remove')}
              </button>
            </div>
            <h2>{t('community.answers')}</h2>
            {one.answers.map((said) => (
              <section class="panel panel__body" key={said.id}>
                <p class="muted">
                  {said.name}
                  {said.email ? ` · ${said.email}` : ''} · {moment(said.at)}
                  {said.accepted ? ` · ${t('community.solved')}` : ''}
                  {said.hidden ? ` · ${t('community.hidden')}` : ''}
                </p>
                <p class="said">{said.body}</p>
                <div class="toolbar">
                  <button class="btn btn--sm" type="button" onClick={() => act('PATCH', `${path}/answers/${said.id}`, { hidden: !said.hidden })}>
                    {said.hidden ? t('community.show') : t('community.hide')}
                  </button>
                  {one.article ? null : (
                    <button class="btn btn--sm" type="button" onClick={() => act('POST', `${path}/article`, { answer: said.id })}>
                      {t('community.article')}
                    </button>
                  )}
                </div>
              </section>
            ))}
            <form
              onSubmit={async (event) => {
                event.preventDefault();
                if (busy || !answer.trim()) return;
                setBusy(true);
                // What was typed on meanwhile stays.
                if (await act('POST', `${path}/answers`, { body: answer.trim() })) setAnswer((now) => (now.startsWith(answer) ? now.slice(answer.length).trimStart() : now));
                setBusy(false);
              }}
            >
              <Field label={t('community.your-answer')}>{(field) => <textarea {...field} class="input" rows={4} maxLength={4000} value={answer} onInput={(event) => setAnswer(event.currentTarget.value)} />}</Field>
              <button class="btn btn--primary" type="submit" disabled={busy}>
                {t('add')}
              </button>
            </form>
            {removing ? (
              <Dialog
                title={t('community.remove-sure')}
                close={() => setRemoving(false)}
                onSubmit={() => attempt(async () => {
                  await call('DELETE', path);
                  route('/desk/community');
                })}
                foot={
                  <>
                    <button class="btn" type="button" onClick={() => setRemoving(false)}>
                      {t('cancel')}
                    </button>
                    <button class="btn btn--primary" type="submit">
                      {t('remove')}
                    </button>
                  </>
                }
              >
                <p>{one.title}</p>
              </Dialog>
            ) : null}
          </>
        );
      }}
    </Listed>
  );
}
