import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { api, ok, onceKey, Refusal, type Priority } from './api';
import { t } from './i18n';
import { agents, groups, say } from './state';
import { Choice, Dialog, Field, wordsOf } from './ui';

export const priorities: Priority[] = ['low', 'normal', 'high', 'urgent'];

/** A ticket that an agent opens for somebody. */
export function NewTicket({ close }: { close: () => void }) {
  const { route } = useLocation();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [subject, setSubject] = useState('');
  const [description, setDescription] = useState('');
  const [priority, setPriority] = useState<Priority>('normal');
  const [group, setGroup] = useState('');
  const [assignee, setAssignee] = useState('');
  const [key] = useState(onceKey);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const open = async () => {
    setBusy(true);
    try {
      const ticket = await ok(
        api.POST('/api/tickets', {
          params: { header: { 'Idempotency-Key': key } },
          body: { subject, description, requester: { email, ...(name ? { name } : {}) }, priority, ...(group ? { group } : {}), ...(assignee ? { assignee } : {}) },
        }),
      );
      close();
      route(`/desk/tickets/${ticket.number}`);
    } catch (error) {
      if (error instanceof Refusal) setRefusal(error);
      else say({ text: wordsOf(error), bad: true });
    }
    setBusy(false);
  };
  const rest = refusal && !['subject', 'description', 'requester', 'group', 'assignee'].some((field) => refusal.of(field)) ? refusal.words : null;
  return (
    <Dialog
      title={t('ticket.new')}
      close={close}
      wide
      onSubmit={open}
      foot={
        <>
          <button class="btn" type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button class="btn btn--primary" type="submit" disabled={busy}>
            {t('ticket.open')}
          </button>
        </>
      }
    >
      {rest ? (
        <p class="error" role="alert">
          {rest}
        </p>
      ) : null}
      <div class="row2">
        <Field label={t('email')} wrong={refusal?.of('requester')}>
          {(id) => <input {...id} class="input" type="email" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />}
        </Field>
        <Field label={t('name')}>{(id) => <input {...id} class="input" value={name} onInput={(event) => setName(event.currentTarget.value)} />}</Field>
      </div>
      <Field label={t('subject')} wrong={refusal?.of('subject')}>
        {(id) => <input {...id} class="input" value={subject} onInput={(event) => setSubject(event.currentTarget.value)} />}
      </Field>
      <Field label={t('description')} wrong={refusal?.of('description')}>
        {(id) => <textarea {...id} class="textarea" rows={6} value={description} onInput={(event) => setDescription(event.currentTarget.value)} />}
      </Field>
      <div class="row2">
        <Choice label={t('priority')} value={priority} options={priorities.map((one) => [one, t(`priority.${one}`)])} onChange={(next) => setPriority(next as Priority)} />
        <Choice label={t('group')} value={group} options={[['', '–'], ...groups.value.map((one): [string, string] => [one.id, one.name])]} onChange={setGroup} />
        <Choice label={t('assignee')} value={assignee} options={[['', t('nobody')], ...agents.value.filter((one) => one.active).map((one): [string, string] => [one.id, one.name])]} onChange={setAssignee} />
      </div>
    </Dialog>
  );
}
