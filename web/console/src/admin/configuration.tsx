import { useState } from 'preact/hooks';
import { api, call, download, filled, ok, Refusal, type Schema } from '../api';
import { t } from '../i18n';
import { agentName, say } from '../state';
import { attempt, Field, Icon, Moment, useLoaded } from '../ui';
import { useDraft } from './editor';
import { Listed, Panel, Rows } from './parts';

type Plan = Schema<'ConfigurationPlan'>;
type Applied = Schema<'AppliedConfiguration'>;
type Note = Plan['problems'][number];

/** A value as people compare it: texts as they are, everything else as JSON. */
const shown = (value: unknown) => (value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value, null, 1));

/** All settings as one document: taken away as a file, compared with what is there, and applied. */
export function Configuration() {
  const [kept, setKept, latest] = useDraft('/api/configuration', () => t('admin.configuration'));
  const [text, setText] = useState((kept?.value as string | undefined) ?? '');
  const [planned, setPlanned] = useState<{ of: string; plan: Plan } | null>(null);
  const [made, setMade] = useState<Applied['made'] | null>(null);
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const applies = useLoaded(() => filled(20, (cursor) => ok(api.GET('/api/configuration/applies', { params: { query: { limit: 20, cursor } } }))), []);
  // What is changed after it was planned is another document.
  const plan = planned?.of === text ? planned.plan : null;

  const change = (next: string) => {
    setText(next);
    setKept(next.trim() ? { value: next, base: null } : null);
    setWrong(undefined);
  };
  const parsed = (): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : `${error}`);
      return undefined;
    }
  };
  const send = async <T,>(operation: string, headers?: Record<string, string>): Promise<T | undefined> => {
    const document = parsed();
    if (document === undefined) return undefined;
    setBusy(true);
    let answer: T | undefined;
    await attempt(async () => {
      try {
        answer = await call<T>('POST', `/api/configuration/${operation}`, document, headers);
      } catch (error) {
        if (error instanceof Refusal && error.status === 400) setWrong(error.words);
        if (error instanceof Refusal && error.status === 412) setPlanned(null);
        throw error;
      }
    });
    setBusy(false);
    return answer;
  };
  const compare = async () => {
    setMade(null);
    const found = await send<Plan>('plan');
    if (found) setPlanned({ of: text, plan: found });
  };
  const apply = async () => {
    const applied = await send<Applied>('apply', { 'If-Match': `"${plan!.plan}"` });
    if (!applied) return;
    say({ text: t('configuration.applied') });
    // It stands in the field still, and is not to be saved any more.
    if (latest()?.value === text) setKept(null);
    setPlanned(null);
    setMade(Object.keys(applied.made).length ? applied.made : null);
    applies.again();
  };

  return (
    <Listed title={t('admin.configuration')} hint={t('configuration.hint')} load={() => Promise.resolve(true)}>
      {() => (
        <div class="stack">
          <Panel title={t('configuration.document')}>
            <div class="toolbar">
              <button class="btn" type="button" onClick={() => attempt(() => download('/api/configuration', 'configuration.json'))}>
                {t('configuration.download')}
              </button>
              <label class="btn">
                {t('configuration.open')}
                <input
                  class="vh"
                  type="file"
                  accept="application/json,.json"
                  onChange={async (event) => {
                    const file = event.currentTarget.files?.[0];
                    event.currentTarget.value = '';
                    if (file) change(await file.text());
                  }}
                />
              </label>
            </div>
            <Field label={t('configuration.text')} hint={t('configuration.text-hint')} wrong={wrong}>
              {(id) => <textarea {...id} class="textarea mono" rows={12} spellcheck={false} value={text} onInput={(event) => change(event.currentTarget.value)} />}
            </Field>
            <div class="toolbar">
              <button class="btn btn--primary" type="button" disabled={busy || !text.trim()} onClick={compare}>
                {t('configuration.plan')}
              </button>
            </div>
          </Panel>
          {plan ? (
            <Panel title={t('configuration.changes')}>
              <Notes title={t('configuration.problems')} notes={plan.problems} bad />
              <Notes title={t('configuration.warnings')} notes={plan.warnings} />
              {plan.changes.length ? plan.changes.map((one) => <Difference key={`${one.section}/${one.id}`} change={one} />) : <p>{t('configuration.same')}</p>}
              {plan.canApply && plan.changes.length ? (
                <div class="toolbar">
                  <button class="btn btn--primary" type="button" disabled={busy} onClick={apply}>
                    {t('configuration.apply')}
                  </button>
                </div>
              ) : null}
            </Panel>
          ) : null}
          {made ? (
            <Panel title={t('configuration.made')} hint={t('configuration.made-hint')}>
              <Rows inside label={t('configuration.made')} head={[t('audit.setting'), t('configuration.value')]} rows={Object.entries(made).map(([name, value]) => ({ key: name, cells: [name, <code>{value}</code>] }))} />
            </Panel>
          ) : null}
          <Panel title={t('configuration.past')}>
            <Rows
              inside
              label={t('configuration.past')}
              head={[t('at'), t('audit.who'), t('configuration.state'), t('configuration.changes')]}
              rows={(applies.value?.items ?? []).map((one) => ({
                key: one.id,
                cells: [
                  <Moment at={one.at} />,
                  one.actor?.name ?? (agentName(one.actor?.id) || t('desk')),
                  t(`configuration.is.${one.state}`),
                  one.sections.map((part) => `${part.section} +${part.added} ~${part.changed} −${part.removed}`).join(', '),
                ],
              }))}
            />
          </Panel>
        </div>
      )}
    </Listed>
  );
}

function Notes({ title, notes, bad }: { title: string; notes: Note[]; bad?: boolean }) {
  if (!notes.length) return null;
  return (
    <div class={`banner ${bad ? 'banner--bad' : ''}`} {...(bad ? { role: 'alert' as const } : {})}>
      <Icon name="octagon" />
      <div>
        <p>{title}</p>
        <ul>
          {notes.map((one, index) => (
            <li key={index}>
              <code>{one.at}</code> {one.text}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Difference({ change }: { change: Plan['changes'][number] }) {
  const place = change.id ? `${change.section}/${change.id}` : change.section;
  return (
    <details open={change.action !== 'add'}>
      <summary>
        {t(`configuration.will.${change.action}`)} <code>{place}</code>
        {change.name ? ` ${change.name}` : ''}
      </summary>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={place}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t('configuration.field')}</th>
              <th scope="col">{t('audit.before')}</th>
              <th scope="col">{t('audit.after')}</th>
            </tr>
          </thead>
          <tbody>
            {change.fields.map((field) => (
              <tr key={field.field}>
                <th scope="row">{field.field}</th>
                <td>
                  <pre class="mono said">{shown(field.before)}</pre>
                </td>
                <td>
                  <pre class="mono said">{shown(field.after)}</pre>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
