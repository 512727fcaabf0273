import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { all, call, type Schema } from '../api';
import { t } from '../i18n';
import { admin, agents, groups, say } from '../state';
import { attempt, Choice, Empty, Failed, Field, Icon, Loading, useLoaded, useTitle } from '../ui';

/** All items of a list of settings. */
export const list = <T,>(path: string) => all<T>((cursor) => call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`));

/** A page of the administration: its heading with the button that makes something new, and what it shows once it is loaded. */
export function Listed<T>({ title, hint, load, deps = [], add, children }: { title: string; hint?: string; load: () => Promise<T>; deps?: unknown[]; add?: { words: string } & ({ href: string } | { run: () => void }); children: (value: T, again: () => void) => ComponentChildren }) {
  useTitle(title);
  const { value, error, again } = useLoaded(load, deps);
  return (
    <main class="page" id="main">
      <div class="page__head">
        <h1>{title}</h1>
        {add ? (
          <div class="toolbar">
            {'href' in add ? (
              <a class="btn btn--primary" href={add.href}>
                <Icon name="plus" small />
                {add.words}
              </a>
            ) : (
              <button class="btn btn--primary" type="button" onClick={add.run}>
                <Icon name="plus" small />
                {add.words}
              </button>
            )}
          </div>
        ) : null}
      </div>
      {hint ? <p class="muted">{hint}</p> : null}
      {error ? <Failed error={error} again={again} /> : value === undefined ? <Loading /> : children(value, again)}
    </main>
  );
}

/** A table that scrolls by itself where the screen is too narrow; inside of a panel it has no frame of its own. */
export function Rows({ label, head, rows, none, inside }: { label: string; head: string[]; rows: { key: string; cells: ComponentChildren[] }[]; none?: string; inside?: boolean }) {
  if (!rows.length) return <Empty icon="inbox" title={none ?? t('nothing-yet')} />;
  return (
    <div class={inside ? 'scroll-x' : 'panel panel__body scroll-x'} tabIndex={0} role="region" aria-label={label}>
      <table class="table">
        <thead>
          <tr>
            {head.map((one, index) => (
              <th key={index} scope="col">
                {one || <span class="vh">{t('actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, index) =>
                index ? (
                  <td key={index}>{cell}</td>
                ) : (
                  <th key={index} scope="row">
                    {cell}
                  </th>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const On = ({ on }: { on: boolean }) => (
  <span class={`chip ${on ? 'st-resolved' : 'st-closed'}`}>
    <Icon name={on ? 's-resolved' : 's-closed'} />
    {t(on ? 'on' : 'off')}
  </span>
);

export const Panel = ({ title, hint, children, tools }: { title: string; hint?: string; children: ComponentChildren; tools?: ComponentChildren }) => (
  <section class="panel">
    <header class="panel__head">
      <h2>{title}</h2>
      {hint ? <span class="hint">{hint}</span> : null}
      {tools}
    </header>
    <div class="panel__body stack">{children}</div>
  </section>
);

export const Text = ({ label, value, onChange, wrong, hint, type = 'text', disabled }: { label: string; value: string; onChange: (value: string) => void; wrong?: string | undefined; hint?: string; type?: 'text' | 'email' | 'url'; disabled?: boolean }) => (
  <Field label={label} wrong={wrong} {...(hint ? { hint } : {})}>
    {(id) => <input {...id} class="input" type={type as 'text'} value={value} disabled={disabled} onInput={(event) => onChange(event.currentTarget.value)} />}
  </Field>
);

export const Tick = ({ label, on, onChange, disabled }: { label: string; on: boolean; onChange: (on: boolean) => void; disabled?: boolean }) => (
  <label class="check">
    <input type="checkbox" checked={on} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
    {label}
  </label>
);

/** Several of many. */
export const Several = ({ label, all: choices, chosen, onChange, hint }: { label: string; all: [string, string][]; chosen: string[]; onChange: (chosen: string[]) => void; hint?: string }) => (
  <fieldset>
    <legend class="label">{label}</legend>
    <div class="several">
      {choices.length ? null : <p class="hint">{t('nothing-yet')}</p>}
      {choices.map(([id, words]) => (
        <Tick key={id} label={words} on={chosen.includes(id)} onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))} />
      ))}
    </div>
    {hint ? <p class="hint">{hint}</p> : null}
  </fieldset>
);

export function CalendarChoice({ value, none, onChange }: { value: string | null; none: string | null; onChange: (calendar: string | null) => void }) {
  const [all, setAll] = useState<Schema<'Calendar'>[] | null>(null);
  if (all === null) {
    setAll([]);
    void attempt(async () => setAll(await list<Schema<'Calendar'>>('/api/calendars')));
  }
  return <Choice label={t('calendar')} value={value ?? ''} options={[...(none === null ? [] : [['', none] as [string, string]]), ...(all ?? []).map((one): [string, string] => [one.id, one.name])]} onChange={(next) => onChange(next || null)} />;
}

export const words = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** A text that is taken over when somebody leaves the field, so that a comma can be typed. */
export function Typed({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      class="input"
      aria-label={label}
      value={typed ?? value}
      onInput={(event) => {
        setTyped(event.currentTarget.value);
        onChange(event.currentTarget.value);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

/** A text to take elsewhere, with a button that copies it. */
export const Copied = ({ label, text }: { label: string; text: string }) => (
  <div class="field">
    <span class="label">{label}</span>
    <p class="mono said collision__yours">{text}</p>
    <button
      class="btn btn--sm copied"
      type="button"
      aria-label={`${t('copy')}: ${label}`}
      onClick={() =>
        navigator.clipboard.writeText(text).then(
          () => say({ text: t('copied') }),
          () => say({ text: t('copy.failed'), bad: true }),
        )
      }
    >
      {t('copy')}
    </button>
  </div>
);

// Actions.
type Action = Schema<'TicketAction'>;
const kinds: Action['do'][] = ['set', 'add-tags', 'remove-tags', 'assign', 'comment', 'note', 'notify', 'follow-up', 'start-approval', 'webhook', 'escalate', 'resolve', 'close'];

export function Actions({ value, onChange, wrong }: { value: Action[]; onChange: (actions: Action[]) => void; wrong: (field: string) => string | undefined }) {
  const change = (index: number, next: Action) => onChange(value.map((one, at) => (at === index ? next : one)));
  const move = (index: number, step: number) => {
    const next = [...value];
    const [one] = next.splice(index, 1);
    next.splice(index + step, 0, one!);
    onChange(next);
  };
  return (
    <>
      {wrong('actions') ? (
        <p class="error">
          <Icon name="octagon" small />
          {wrong('actions')}
        </p>
      ) : null}
      <ol class="stack acts">
        {value.map((action, index) => {
          const label = (what: string) => `${t('action')} ${index + 1}${what ? `, ${what}` : ''}`;
          return (
            <li key={index} class="act">
              <button class="btn btn--quiet btn--icon btn--sm" type="button" aria-label={`${t('move-up')}: ${label('')}`} disabled={index === 0} onClick={() => move(index, -1)}>
                <Icon name="up" small />
              </button>
              <Choice hidden label={label('')} value={action.do} options={kinds.map((one): [string, string] => [one, t(`action.${one}`)])} onChange={(next) => change(index, fresh(next as Action['do']))} />
              <ActionFields action={action} label={label} onChange={(next) => change(index, next)} />
              <button class="btn btn--quiet btn--icon" type="button" aria-label={`${t('remove')}: ${label('')}`} onClick={() => onChange(value.filter((_, at) => at !== index))}>
                <Icon name="x" small />
              </button>
            </li>
          );
        })}
      </ol>
      <div class="toolbar">
        <button class="btn btn--sm" type="button" onClick={() => onChange([...value, fresh('set')])}>
          <Icon name="plus" small />
          {t('action')}
        </button>
      </div>
    </>
  );
}

const fresh = (kind: Action['do']): Action =>
  ({
    set: { do: kind, field: 'priority', value: 'high' },
    'add-tags': { do: kind, tags: [] },
    'remove-tags': { do: kind, tags: [] },
    assign: { do: kind, agent: 'none' },
    comment: { do: kind, text: '' },
    note: { do: kind, text: '' },
    notify: { do: kind, to: 'assignee', text: '' },
    'follow-up': { do: kind, in: 'PT48H', unlessAnswered: true, text: '' },
    'start-approval': { do: kind, approvers: [], rule: 'all', in: 'PT48H', text: '' },
    webhook: { do: kind, webhook: '' },
    escalate: { do: kind, text: '' },
    resolve: { do: kind, text: '' },
    close: { do: kind },
  })[kind] as unknown as Action;

function ActionFields({ action, label, onChange }: { action: Action; label: (what: string) => string; onChange: (action: Action) => void }) {
  const set = (part: Record<string, unknown>) => onChange({ ...action, ...part } as Action);
  const text = (rows = 2) => <textarea class="textarea" rows={rows} aria-label={label(t('text'))} value={action.text ?? ''} onInput={(event) => set({ text: event.currentTarget.value || undefined })} />;
  const people: [string, string][] = [['none', t('nobody')], ['me', t('condition.me')], ...agents.value.map((one): [string, string] => [one.id, one.name])];
  const teams: [string, string][] = [['', '–'], ['none', t('nobody')], ...groups.value.map((one): [string, string] => [one.id, one.name])];
  switch (action.do) {
    case 'set': {
      const field = action.field ?? 'priority';
      const known = ['priority', 'status', 'type'].includes(field) ? field : 'custom';
      const current = `${(action.value as unknown) ?? ''}`;
      return (
        <span class="act__fields">
          <Choice
            hidden
            label={label(t('field'))}
            value={known}
            options={[
              ['priority', t('priority')],
              ['status', t('status')],
              ['type', t('type')],
              ['custom', t('custom-field')],
            ]}
            onChange={(next) => set(next === 'priority' ? { field: next, value: 'high' } : next === 'status' ? { field: next, value: 'pending' } : { field: next === 'custom' ? 'custom.name' : next, value: '' })}
          />
          {known === 'custom' ? <input class="input" aria-label={label(t('name'))} value={field.replace(/^custom\./, '')} onInput={(event) => set({ field: `custom.${event.currentTarget.value}` })} /> : null}
          {known === 'priority' ? (
            <Choice hidden label={label(t('value'))} value={current} options={(['low', 'normal', 'high', 'urgent'] as const).map((one) => [one, t(`priority.${one}`)])} onChange={(value) => set({ value })} />
          ) : known === 'status' ? (
            <Choice hidden label={label(t('value'))} value={current} options={(['open', 'pending', 'on-hold'] as const).map((one) => [one, t(`status.${one}`)])} onChange={(value) => set({ value })} />
          ) : (
            <input class="input" aria-label={label(t('value'))} value={current} onInput={(event) => set({ value: event.currentTarget.value || undefined })} />
          )}
        </span>
      );
    }
    case 'add-tags':
    case 'remove-tags':
      return <Typed label={label(t('tags'))} value={(action.tags ?? []).join(', ')} onChange={(typed) => set({ tags: words(typed) })} />;
    case 'assign':
      return (
        <span class="act__fields">
          <Choice hidden label={label(t('group'))} value={action.group ?? ''} options={teams} onChange={(group) => set({ group: group || undefined })} />
          <Choice
            hidden
            label={label(t('agent'))}
            value={action.strategy ?? action.agent ?? ''}
            options={[['', '–'], ...people, ...(['round-robin', 'least-busy', 'skills'] as const).map((one): [string, string] => [one, t(`routing.${one}`)])]}
            onChange={(next) => set(['round-robin', 'least-busy', 'skills'].includes(next) ? { strategy: next, agent: undefined } : { agent: next || undefined, strategy: undefined, skills: undefined })}
          />
          {action.strategy ? <Typed label={label(t('skills'))} value={(action.skills ?? []).join(', ')} onChange={(typed) => set({ skills: words(typed).length ? words(typed) : undefined })} /> : null}
        </span>
      );
    case 'notify':
      return (
        <span class="act__fields">
          <Choice
            hidden
            label={label(t('notify.to'))}
            value={action.to ?? 'assignee'}
            options={[
              ['assignee', t('assignee')],
              ['group', t('group')],
              ['agent', t('agent')],
            ]}
            onChange={(to) => set({ to, agent: to === 'agent' ? (agents.value[0]?.id ?? '') : undefined, group: undefined })}
          />
          {action.to === 'agent' ? <Choice hidden label={label(t('agent'))} value={action.agent ?? ''} options={agents.value.map((one) => [one.id, one.name])} onChange={(agent) => set({ agent })} /> : null}
          {action.to === 'group' ? <Choice hidden label={label(t('group'))} value={action.group ?? ''} options={[['', '–'], ...groups.value.map((one): [string, string] => [one.id, one.name])]} onChange={(group) => set({ group: group || undefined })} /> : null}
          {text()}
        </span>
      );
    case 'follow-up':
      return (
        <span class="act__fields">
          <Choice
            hidden
            label={label(t('follow-up.when'))}
            value={action.in ?? 'PT48H'}
            options={[4, 24, 48, 72, 168].map((hours): [string, string] => [`PT${hours}H`, hours < 72 ? t('follow-up.hours', { hours }) : t('follow-up.days', { days: hours / 24 })])}
            onChange={(next) => set({ in: next })}
          />
          <Choice hidden label={label(t('follow-up.to'))} value={action.agent ?? ''} options={[['', t('task.whoever')], ...agents.value.map((one): [string, string] => [one.id, one.name])]} onChange={(agent) => set({ agent: agent || undefined })} />
          <CalendarChoice value={action.calendar ?? null} none={t('condition.clock')} onChange={(calendar) => set({ calendar: calendar ?? undefined })} />
          <Tick label={t('follow-up.unless')} on={action.unlessAnswered ?? false} onChange={(on) => set({ unlessAnswered: on || undefined })} />
          {text()}
        </span>
      );
    case 'start-approval':
      return (
        <span class="act__fields">
          <Typed label={label(t('approval.who'))} value={(action.approvers ?? []).join(', ')} onChange={(typed) => set({ approvers: words(typed) })} />
          <Choice hidden label={label(t('approval.rule'))} value={action.rule ?? 'all'} options={(['all', 'any', 'majority'] as const).map((one) => [one, t(`approval.rule.${one}`)])} onChange={(rule) => set({ rule })} />
          <Choice
            hidden
            label={label(t('approval.length'))}
            value={action.in ?? 'PT48H'}
            options={[4, 24, 48, 72, 168].map((hours): [string, string] => [`PT${hours}H`, hours < 72 ? t('follow-up.hours', { hours }) : t('follow-up.days', { days: hours / 24 })])}
            onChange={(next) => set({ in: next })}
          />
          {text()}
        </span>
      );
    case 'webhook':
      return <WebhookChoice label={label('Webhook')} value={action.webhook ?? ''} onChange={(webhook) => set({ webhook })} />;
    case 'escalate':
      return (
        <span class="act__fields">
          <Choice hidden label={label(t('tier'))} value={`${action.tier ?? ''}`} options={[['', t('tier.up')], ['2', '2'], ['3', '3']]} onChange={(tier) => set({ tier: tier ? Number(tier) : undefined })} />
          {text()}
        </span>
      );
    case 'close':
    case 'comment':
    case 'note':
    case 'resolve':
      return text(3);
    default:
      return <Unknown action={action} label={label(t('condition.json-action'))} onChange={onChange} />;
  }
}

/** What the desk can do and this page does not know: as the API takes it. */
function Unknown({ action, label, onChange }: { action: Action; label: string; onChange: (action: Action) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const { do: kind, ...rest } = action as Action & Record<string, unknown>;
  return (
    <textarea
      class="textarea mono"
      rows={4}
      aria-label={label}
      aria-invalid={typed === null ? undefined : 'true'}
      value={typed ?? JSON.stringify(rest, null, 2)}
      onInput={(event) => {
        try {
          onChange({ do: kind, ...(JSON.parse(event.currentTarget.value) as object) } as Action);
          setTyped(null);
        } catch {
          setTyped(event.currentTarget.value);
        }
      }}
    />
  );
}

/** Webhooks by their names, which admins may see. */
function WebhookChoice({ label, value, onChange }: { label: string; value: string; onChange: (webhook: string) => void }) {
  const all = useLoaded(() => (admin.value ? list<Schema<'Webhook'>>('/api/webhooks') : Promise.resolve([])), []).value ?? [];
  return <Choice hidden label={label} value={value} options={all.map((one) => [one.id, one.name ?? one.url])} onChange={onChange} />;
}
