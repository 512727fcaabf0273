import { useState } from 'preact/hooks';
import { api, call, ok, type Schema, type Ticket } from './api';
import { moment } from './format';
import { languages, t } from './i18n';
import { language } from './state';
import { attempt, Choice, Dialog, Field, Icon, useLoaded } from './ui';

type Words = Schema<'LocalText'>;

/** What everybody is told of the ticket's disturbance, on the pages of the portal. */
export function Disturbance({ ticket, changed }: { ticket: Ticket; changed: () => void }) {
  const [open, setOpen] = useState(false);
  const { value, again } = useLoaded(async () => {
    // Where nobody is told anything, there is nothing in the answer.
    const told: Schema<'Disturbance'> | undefined = await ok(api.GET('/api/tickets/{id}/disturbance', { params: { path: { id: ticket.id } } }));
    return told?.startedAt ? told : null;
  }, [ticket.id, ticket.status]);
  const done = () => {
    again();
    changed();
  };
  const over = ticket.status === 'resolved' || ticket.status === 'closed';
  if (value === undefined || (value === null && over)) return null;
  return (
    <section class="side__sec">
      <h2>{t('disturbance')}</h2>
      {value ? (
        <>
          <p>
            <b>{inMine(value.title)}</b>
          </p>
          <p class="hint">{value.endedAt ? t('disturbance.ended', { time: moment(value.endedAt) }) : t('disturbance.since', { time: moment(value.startedAt) })}</p>
        </>
      ) : null}
      {over ? null : (
        <div class="toolbar">
          <button class="btn btn--sm" type="button" onClick={() => setOpen(true)}>
            <Icon name="triangle" small />
            {value && !value.endedAt ? t('disturbance.change') : t('disturbance.publish')}
          </button>
          {value && !value.endedAt ? (
            <button class="btn btn--sm" type="button" onClick={() => attempt(async () => {
              await call('PUT', `/api/tickets/${ticket.id}/disturbance`, { title: value.title, text: value.text, ended: true });
              done();
            })}>
              {t('disturbance.end')}
            </button>
          ) : null}
        </div>
      )}
      {open ? <Telling ticket={ticket} known={value ?? null} close={() => setOpen(false)} done={done} /> : null}
    </section>
  );
}

const inMine = (words: Words) => words[language.value as keyof Words] ?? words.en ?? words.de ?? words.hr ?? words.el ?? '';

function Telling({ ticket, known, close, done }: { ticket: Ticket; known: Schema<'Disturbance'> | null; close: () => void; done: () => void }) {
  const [chosen, setChosen] = useState<keyof Words>(language.value as keyof Words);
  const [title, setTitle] = useState<Words>(known?.title ?? {});
  const [text, setText] = useState<Words>(known?.text ?? {});
  const [update, setUpdate] = useState<Words>({});
  const [wrong, setWrong] = useState('');
  const some = (words: Words) => {
    const said = Object.fromEntries(Object.entries(words).filter(([, one]) => one?.trim()));
    return Object.keys(said).length ? said : null;
  };
  const submit = () => {
    if (!some(title)) return setWrong(t('missing'));
    return attempt(async () => {
      const news = some(update);
      await call('PUT', `/api/tickets/${ticket.id}/disturbance`, { title: some(title), text: some(text), ...(news ? { update: news } : {}) });
      close();
      done();
    });
  };
  const takeBack = () =>
    attempt(async () => {
      await call('DELETE', `/api/tickets/${ticket.id}/disturbance`);
      close();
      done();
    });
  const write = (words: Words, set: (next: Words) => void) => (event: { currentTarget: { value: string } }) => set({ ...words, [chosen]: event.currentTarget.value });
  return (
    <Dialog
      title={t('disturbance')}
      close={close}
      onSubmit={submit}
      foot={
        <>
          {known ? (
            <button class="btn btn--quiet" type="button" onClick={takeBack}>
              {t('disturbance.remove')}
            </button>
          ) : null}
          <button class="btn" type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button class="btn btn--primary" type="submit">
            {t('disturbance.publish')}
          </button>
        </>
      }
    >
      <p class="hint">{t('disturbance.hint')}</p>
      <Choice label={t('disturbance.language')} value={chosen} options={Object.entries(languages)} onChange={(next) => setChosen(next as keyof Words)} />
      <Field label={t('disturbance.title')} wrong={wrong || undefined}>
        {(id) => <input {...id} class="input" maxLength={120} value={title[chosen] ?? ''} onInput={write(title, setTitle)} />}
      </Field>
      <Field label={t('disturbance.text')}>{(id) => <textarea {...id} class="input" rows={3} maxLength={2000} value={text[chosen] ?? ''} onInput={write(text, setText)} />}</Field>
      {known ? <Field label={t('disturbance.update')}>{(id) => <textarea {...id} class="input" rows={3} maxLength={2000} value={update[chosen] ?? ''} onInput={write(update, setUpdate)} />}</Field> : null}
    </Dialog>
  );
}
