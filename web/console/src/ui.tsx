import type { ComponentChildren, TargetedKeyboardEvent } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Refusal, Unreachable, type Priority, type Schema, type Status } from './api';
import { date, initials, length, moment, roughly } from './format';
import { t } from './i18n';
import { agentName, hush, now, say, toasts } from './state';

export const Icon = ({ name, small, label }: { name: string; small?: boolean; label?: string }) => (
  <svg class={small ? 'i i--sm' : 'i'} {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' })}>
    <use href={`#${name}`} />
  </svg>
);

export const Mark = () => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d="M4 5.5A2.5 2.5 0 0 1 6.500 3h11A2.500 2.500 0 0 1 20 5.500v8a2.500 2.500 0 0 1-2.500 2.500H12l-5 4.500V16h-.5A2.500 2.500 0 0 1 4 13.500z M12 6v4l2.700 1.700" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

const tints = ['', ' avatar--b', ' avatar--c', ' avatar--d'];
const tint = (text: string) => tints[[...text].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % tints.length];

export const Avatar = ({ name, requester, size }: { name: string; requester?: boolean; size?: 'sm' | 'lg' }) => (
  <span class={`avatar${requester ? ' avatar--req' : tint(name)}${size ? ` avatar--${size}` : ''}`} aria-hidden="true">
    {initials(name)}
  </span>
);

export const StatusChip = ({ status }: { status: Status }) => {
  const name = status === 'on-hold' ? 'hold' : status;
  return (
    <span class={`chip st-${name}`}>
      <Icon name={`s-${name}`} />
      {t(`status.${status}`)}
    </span>
  );
};

export const PriorityMark = ({ priority }: { priority: Priority }) => (
  <span class={`pr pr-${priority}`}>
    <svg aria-hidden="true" viewBox="0 0 20 20">
      <use href={`#p-${priority}`} />
    </svg>
    {t(`priority.${priority}`)}
  </span>
);

export const channels: Record<Schema<'IntakeChannel'>, string> = { api: 'bolt', web: 'globe', email: 'mail', chat: 'chat', teams: 'teams', alert: 'monitor', phone: 'phone' };

type ClockState = 'running' | 'risk' | 'breached' | 'paused' | 'met' | 'none';

/** A clock: shape, word and colour. What it shows is worked out by whoever knows the promise. */
export const Clock = ({ state, words, part, name }: { state: ClockState; words: string; part?: number; name?: string }) => (
  <span class={`sla sla--${state}`}>
    {state === 'running' ? (
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle class="ring" cx="8" cy="8" r="6" />
        <circle class="arc" cx="8" cy="8" r="6" pathLength={100} stroke-dasharray={`${Math.round(100 * Math.min(1, Math.max(0, part ?? 0)))} 100`} />
      </svg>
    ) : state !== 'none' ? (
      <Icon name={{ risk: 'triangle', breached: 'octagon', paused: 'pause', met: 'check-circle' }[state]} />
    ) : null}
    <span>
      {name ? <span class="vh">{name} </span> : null}
      {state !== 'none' ? <span class="vh">{t(`sla.${state}`)}, </span> : null}
      {words}
    </span>
  </span>
);

/** The clock of a line in a list, which knows the next due time and how the ticket stands. */
export function DueClock({ sla, since, done }: { sla: Schema<'TicketSlaSummary'> | null | undefined; since: string; done: boolean }) {
  if (!sla || (done && sla.state !== 'breached')) return <Clock state="none" words="–" />;
  if (!sla.dueAt) return sla.state === 'breached' ? <Clock state="breached" words={t('sla.breached')} /> : <Clock state={done ? 'met' : 'paused'} words={t(done ? 'sla.met' : 'sla.paused')} />;
  const [due, start] = [Date.parse(sla.dueAt), Date.parse(since)];
  const left = due - now.value;
  // How long it is over matters by the day or the hour; how long is left, by the minute.
  if (left < 0) return <Clock state="breached" words={t('sla.over', { time: roughly(left) })} />;
  if (sla.state === 'breached') return <Clock state="breached" words={length(left)} />;
  return <Clock state={sla.state === 'at-risk' ? 'risk' : 'running'} words={length(left)} part={(now.value - start) / (due - start)} />;
}

export const Agent = ({ id }: { id: string | null | undefined }) =>
  id ? (
    <>
      <Avatar name={agentName(id)} size="sm" />
      <span class="vh">{agentName(id)}</span>
    </>
  ) : (
    <>
      <span class="muted" aria-hidden="true">
        –
      </span>
      <span class="vh">{t('nobody')}</span>
    </>
  );

/** A modal dialog. Escape and a press beside it close it. */
export function Dialog({ title, close, children, foot, wide, onSubmit }: { title: string; close: () => void; children: ComponentChildren; foot?: ComponentChildren; wide?: boolean; onSubmit?: () => unknown }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const pressed = useRef<EventTarget | null>(null);
  const busy = useRef(false);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = ref.current!;
    dialog.showModal();
    // Whoever opens a dialog wants to fill it in, not to close it.
    dialog.querySelector<HTMLElement>('.dialog__body :is(input:not([type=checkbox]), textarea, select)')?.focus();
    return () => {
      // As long as it is open nothing behind it takes the focus.
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const inside = (
    <>
      <div class="dialog__head">
        <h2 id={id} class="grow">
          {title}
        </h2>
        <button class="btn btn--quiet btn--icon" type="button" aria-label={t('close')} onClick={close}>
          <Icon name="x" />
        </button>
      </div>
      <div class="dialog__body">{children}</div>
      {foot ? <div class="dialog__foot">{foot}</div> : null}
    </>
  );
  return (
    <dialog
      ref={ref}
      class={`dialog${wide ? ' dialog--wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => (pressed.current = event.target)}
      onClick={(event) => {
        // Whoever marks words and lets go beside it does not mean to close it.
        if (event.target === ref.current && pressed.current === ref.current) close();
      }}
    >
      {onSubmit ? (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            // Pressed twice is meant once.
            if (busy.current) return;
            busy.current = true;
            try {
              await onSubmit();
            } finally {
              busy.current = false;
            }
          }}
        >
          {inside}
        </form>
      ) : (
        inside
      )}
    </dialog>
  );
}

export interface MenuItem {
  words: string;
  icon?: string;
  run: () => unknown;
  line?: boolean;
}

/** A button that opens a menu. The arrows move in it, Escape closes it. */
export function Menu({ label, items, children, buttonClass = 'btn', iconOnly, up, id, end }: { label: string; items: MenuItem[] | (() => MenuItem[]); children?: ComponentChildren; buttonClass?: string; iconOnly?: boolean; up?: boolean; id?: string; end?: boolean }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const name = useId();
  const choices = open ? (typeof items === 'function' ? items() : items) : [];
  // Before the next key is read: whoever types on at once means the menu.
  useLayoutEffect(() => {
    if (!open) return;
    const list = box.current!.querySelector<HTMLElement>('[role=menu]')!;
    // A menu that would stick out of the window is moved into it.
    const { left, right } = list.getBoundingClientRect();
    const room = document.documentElement.clientWidth - 8;
    const by = right > room ? Math.max(room - right, 8 - left) : Math.max(8 - left, 0);
    if (by) list.style.translate = `${by}px 0`;
    list.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener('pointerdown', away, true);
    addEventListener('focusin', away);
    return () => {
      removeEventListener('pointerdown', away, true);
      removeEventListener('focusin', away);
    };
  }, [open]);
  const move = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      setOpen(false);
      box.current!.querySelector('button')!.focus();
      return;
    }
    const all = [...box.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      all[(next + all.length) % all.length]?.focus();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && event.key !== ' ') {
      const letter = event.key.toLocaleLowerCase();
      const found = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((one) => one.textContent?.trim().toLocaleLowerCase().startsWith(letter));
      if (found) {
        event.preventDefault();
        event.stopPropagation();
        found.focus();
      }
    }
  };
  return (
    <span class="menubox" ref={box} onKeyDown={open ? move : undefined}>
      <button class={buttonClass} type="button" id={id} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? name : undefined} aria-label={iconOnly ? label : undefined} onClick={() => setOpen(!open)}>
        {children ?? label}
      </button>
      {open ? (
        <div class={`menu menubox__list${up ? ' menubox__list--up' : ''}${end ? ' menubox__list--end' : ''}`} role="menu" id={name} aria-label={label}>
          {choices.map((item) => (
            <>
              {item.line ? <hr /> : null}
              <button
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => {
                  setOpen(false);
                  box.current!.querySelector('button')!.focus();
                  item.run();
                }}
              >
                {item.icon ? <Icon name={item.icon} small /> : null}
                {item.words}
              </button>
            </>
          ))}
          {choices.length ? null : (
            <button type="button" role="menuitem" aria-disabled="true" tabIndex={-1}>
              {t('nothing')}
            </button>
          )}
        </div>
      ) : null}
    </span>
  );
}

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map((one) => (
      <p key={one.id} class="toast">
        {one.bad ? <Icon name="octagon" /> : null}
        <span class="grow">{one.text}</span>
        {one.act ? (
          <button
            class="btn btn--sm"
            type="button"
            onClick={() => {
              hush(one.id);
              one.act!.run();
            }}
          >
            {one.act.words}
          </button>
        ) : null}
        <button class="btn btn--sm btn--icon" type="button" aria-label={t('close')} onClick={() => hush(one.id)}>
          <Icon name="x" small />
        </button>
      </p>
    ))}
  </div>
);

/** A field with its label, its hint, and what is wrong with it. */
export function Field({ label, hint, wrong, children }: { label: string; hint?: string; wrong?: string | undefined; children: (id: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }) => ComponentChildren }) {
  const id = useId();
  const described = [hint ? `${id}-h` : '', wrong ? `${id}-e` : ''].filter(Boolean).join(' ');
  return (
    <div class={`field${wrong ? ' field--error' : ''}`}>
      <label for={id}>{label}</label>
      {children({ id, ...(described ? { 'aria-describedby': described } : {}), ...(wrong ? { 'aria-invalid': 'true' as const } : {}) })}
      {hint ? (
        <p class="hint" id={`${id}-h`}>
          {hint}
        </p>
      ) : null}
      {wrong ? (
        <p class="error" id={`${id}-e`}>
          <Icon name="octagon" small />
          {wrong}
        </p>
      ) : null}
    </div>
  );
}

export const Choice = ({ label, value, options, onChange, hidden, disabled, hint, wrong }: { label: string; value: string; options: [string, string][]; onChange: (value: string) => void; hidden?: boolean; disabled?: boolean; hint?: string | undefined; wrong?: string | undefined }) => {
  const select = (id?: object) => (
    <select {...id} class="select" value={value} disabled={disabled} aria-label={hidden ? label : undefined} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.some(([one]) => one === value) ? null : <option value={value}>{value || '–'}</option>}
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
  return hidden ? (
    select()
  ) : (
    <Field label={label} wrong={wrong} {...(hint ? { hint } : {})}>
      {select}
    </Field>
  );
};

/** An instant in a cell of a table; it is never broken. */
export const Moment = ({ at }: { at: string }) => (
  <time class="nowrap" datetime={at}>
    {moment(at)}
  </time>
);

export const Day = ({ at }: { at: string }) => (
  <time class="nowrap" datetime={at}>
    {date(at)}
  </time>
);

export const Empty = ({ icon, title, children }: { icon: string; title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <Icon name={icon} />
    <h2>{title}</h2>
    {children}
  </div>
);

export const Loading = () => (
  <div class="loading" role="status">
    <span class="vh">{t('loading')}</span>
    <span class="skeleton skeleton--m" aria-hidden="true" />
    <span class="skeleton" aria-hidden="true" />
    <span class="skeleton skeleton--s" aria-hidden="true" />
  </div>
);

/** What went wrong, in the words of the desk where it has some. */
export function wordsOf(error: unknown): string {
  if (error instanceof Unreachable) return t('offline.short');
  if (error instanceof Refusal) return error.words;
  // A fault of the console: said to its developers, and no page is lost for it.
  reportError(error);
  return t('fault');
}

/** Does something and says so if the desk refuses it; gives whether it was done. */
export async function attempt(run: () => Promise<unknown>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    say({ text: wordsOf(error), bad: true });
    return false;
  }
}

export const Failed = ({ error, again }: { error: unknown; again: () => void }) => (
  <div class="banner banner--bad" role="alert">
    <Icon name="octagon" />
    <div>
      <p>{wordsOf(error)}</p>
      <p>
        <button class="link" type="button" onClick={again}>
          {t('again')}
        </button>
      </p>
    </div>
  </div>
);

/** Loads something for a page, and again when asked to. */
export function useLoaded<T>(load: () => Promise<T>, deps: unknown[]): { value: T | undefined; error: unknown; again: () => void; set: (value: T) => void } {
  const [state, setState] = useState<{ value?: T; error?: unknown; deps: string }>({ deps: '' });
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify(deps);
  useEffect(() => {
    let current = true;
    load().then(
      (value) => current && setState({ value, deps: key }),
      (error: unknown) => current && setState({ error, deps: key }),
    );
    return () => {
      current = false;
    };
  }, [key, turn]);
  const fresh = state.deps === key;
  return { value: fresh ? state.value : undefined, error: fresh ? state.error : undefined, again: () => setTurn(turn + 1), set: (value) => setState({ value, deps: key }) };
}

export const useTitle = (title: string) => useEffect(() => void (document.title = `${title} · Helpdesk`), [title]);
