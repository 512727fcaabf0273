import { useEffect, useState } from 'preact/hooks';
import { call, type Condition, type Schema } from '../api';
import { moment, number } from '../format';
import { language, languages, t, type Language } from '../i18n';
import { groupName } from '../state';
import { Choice, Failed, Icon, useLoaded } from '../ui';
import { ConditionBuilder, useFields, type Known } from './conditions';
import { bodyOf, Fields, Local, type FieldOf, type PanelOf } from './fields';
import { list, On, Panel, Tick } from './parts';
import { Collection, type Shown } from './settings';

type Form = Schema<'Form'>;
type Question = Schema<'FormField'>;
type Option = Question['options'][number];
type Kind = Question['type'];
type Words = Schema<'LocalText'>;

const kinds: Kind[] = ['text', 'long-text', 'number', 'date', 'choice', 'multi-choice', 'checkbox', 'file', 'contact', 'asset'];
const chosen = (kind: Kind) => kind === 'choice' || kind === 'multi-choice';
const written = (kind: Kind) => kind === 'text' || kind === 'long-text';

/** The words in a language, or those that are shown where it has none. */
const inWords = (text: Words | null | undefined, wanted: Language): string => text?.[wanted] ?? text?.en ?? Object.values(text ?? {}).find(Boolean) ?? '';

const more: Record<string, (kind: Kind) => boolean> = {
  minLength: written,
  maxLength: written,
  pattern: written,
  min: (kind) => kind === 'number',
  max: (kind) => kind === 'number',
  earliest: (kind) => kind === 'date',
  latest: (kind) => kind === 'date',
};
const limits = (): FieldOf<Question>[] =>
  (
    [
      ['minLength', t('form.min-length'), 'number'],
      ['maxLength', t('form.max-length'), 'number'],
      ['min', t('form.min'), 'number'],
      ['max', t('form.max'), 'number'],
      ['earliest', t('form.earliest'), 'text', t('form.day-hint')],
      ['latest', t('form.latest'), 'text', t('form.day-hint')],
      ['pattern', t('form.pattern'), 'text', t('form.pattern-hint')],
    ] as [string, string, FieldOf<Question>['kind'], string?][]
  ).map(([name, label, kind, hint]) => ({ name, label, kind, hint, when: (one: Question) => more[name]!(one.type) }));

const questionFields = (): FieldOf<Question>[] => [
  { name: 'name', label: t('form.field-name'), kind: 'text', hint: t('form.field-name-hint') },
  { name: 'type', label: t('answer.kind'), kind: 'choice', options: kinds.map((kind) => [kind, t(`form-type.${kind}`)]) },
  { name: 'label', label: t('form.question'), kind: 'local' },
  { name: 'help', label: t('form.help'), kind: 'local' },
  { name: 'required', label: t('form.required'), kind: 'tick' },
  ...limits(),
  { name: 'patternHelp', label: t('form.pattern-help'), kind: 'local', when: (one) => Boolean(one.pattern) },
];

const some = (condition: Condition | undefined | null) => (condition && JSON.stringify(condition) !== '{"all":[]}' && JSON.stringify(condition) !== '{"any":[]}' ? condition : undefined);

/** A question as it is sent: without what its kind has not. */
function questionBody(one: Question) {
  const fields = questionFields().filter((field) => field.when?.(one) ?? true);
  const body = bodyOf([{ title: '', fields }], one, true);
  return {
    ...body,
    ...(chosen(one.type) ? { options: one.options.map(({ value, label, when }) => ({ value, ...(Object.values(label ?? {}).some(Boolean) ? { label } : {}), ...(some(when as Condition) ? { when } : {}) })) } : {}),
    ...(some(one.visibleWhen) ? { visibleWhen: one.visibleWhen } : {}),
    ...(some(one.requiredWhen) ? { requiredWhen: one.requiredWhen } : {}),
  };
}

const panels = (): PanelOf<Form>[] => [
  {
    title: t('form'),
    fields: [
      { name: 'name', label: t('name'), kind: 'local' },
      { name: 'description', label: t('description'), kind: 'local' },
      { name: 'icon', label: t('form.icon'), kind: 'text' },
      { name: 'position', label: t('position.name'), kind: 'number', hint: t('position.hint') },
      { name: 'subject', label: t('subject'), kind: 'choice', options: (['required', 'optional', 'hidden'] as const).map((one) => [one, t(`form-words.${one}`)]) },
      { name: 'details', label: t('form.details'), kind: 'choice', options: (['required', 'optional', 'hidden'] as const).map((one) => [one, t(`form-words.${one}`)]) },
      { name: 'active', label: t('form.offered'), kind: 'tick' },
    ],
  },
  { title: t('form.fields'), fields: [{ name: 'fields', label: t('form.fields'), kind: 'own', own: (one, set, wrong) => <Questions of={one.fields} onChange={(fields) => set({ fields })} wrong={wrong('fields')} /> }] },
  {
    title: t('form.tickets'),
    fields: [
      { name: 'type', label: t('type'), kind: 'text' },
      { name: 'group', label: t('group'), kind: 'group', none: '–' },
      { name: 'priority', label: t('priority'), kind: 'choice', none: '–', options: (['low', 'normal', 'high', 'urgent'] as const).map((one) => [one, t(`priority.${one}`)]) },
      { name: 'tags', label: t('tags'), kind: 'list' },
    ],
  },
];

const formBody = (one: Form, fresh: boolean) => ({ ...bodyOf(panels(), one, fresh), fields: one.fields.map(questionBody) });

export const Forms = (shown: Shown) => (
  <Collection<Form>
    {...shown}
    section="forms"
    path="/api/forms"
    title={t('admin.forms')}
    hint={t('forms.hint')}
    fresh={t('form.new')}
    name={(one) => inWords(one.name, language.value)}
    empty={{ name: {}, description: null, icon: null, active: true, position: 100, subject: 'required', details: 'required', type: null, group: null, priority: null, tags: [], fields: [] }}
    columns={[
      [t('name'), (one) => `${one.icon ?? ''} ${inWords(one.name, language.value)}`.trim()],
      [t('version'), (one) => one.version],
      [t('form.fields'), (one) => number(one.fields.length)],
      [t('group'), (one) => groupName(one.group) || '–'],
      [t('form.offered'), (one) => <On on={one.active} />],
    ]}
    panels={panels()}
    body={formBody}
    aside={(one, fresh, set) => (
      <>
        <FormPreview draft={one} />
        {fresh ? null : <Versions id={one.id} take={({ name, description, icon, subject, details, type, group, priority, tags, fields }) => set({ name, description, icon, subject, details, type, group, priority, tags, fields })} />}
      </>
    )}
  />
);

const operators: Record<string, string[]> = {
  choice: ['is', 'is-not', 'in', 'not-in', 'is-set', 'is-empty'],
  'multi-choice': ['contains', 'contains-any', 'contains-all', 'contains-none', 'is-set', 'is-empty'],
  checkbox: ['is', 'is-not'],
  number: ['is', 'is-not', 'at-least', 'at-most', 'more-than', 'less-than', 'is-set', 'is-empty'],
};

/** What a condition of a question can ask for: the answers to questions before it. */
function answersBefore(known: Known, questions: Question[]): Known {
  const any = known.fields.find((one) => one.name.startsWith('answers.'));
  return {
    ...known,
    fields: any
      ? questions
          .filter((one) => one.name)
          .map((one) => ({
            ...any,
            name: `answers.${one.name}`,
            label: inWords(one.label, language.value) || one.name,
            choiceLabels: Object.fromEntries(one.options.map((option) => [option.value, inWords(option.label, language.value) || option.value])),
            type: (one.type === 'checkbox' ? 'flag' : one.type === 'number' ? 'number' : 'text') as typeof any.type,
            operators: any.operators.filter((operator) => (operators[one.type] ?? any.operators).includes(operator)),
            choices: chosen(one.type) ? one.options.map((option) => option.value) : null,
          }))
      : [],
  };
}

/** The questions in their order. One of them is open. */
function Questions({ of, onChange, wrong }: { of: Question[]; onChange: (all: Question[]) => void; wrong: string | undefined }) {
  const [open, setOpen] = useState<number | null>(null);
  const known = useFields('forms');
  const change = (index: number, part: Partial<Question>) => onChange(of.map((one, place) => (place === index ? { ...one, ...part } : one)));
  const move = (index: number, step: number) => {
    const next = [...of];
    const [one] = next.splice(index, 1);
    next.splice(index + step, 0, one!);
    onChange(next);
    if (open === index) setOpen(index + step);
    else if (open === index + step) setOpen(index);
  };
  const remove = (index: number) => {
    onChange(of.filter((_, place) => place !== index));
    if (open !== null && open >= index) setOpen(open === index ? null : open - 1);
  };
  const add = () => {
    onChange([...of, { name: '', type: 'text', label: {}, required: false, options: [] } as Question]);
    setOpen(of.length);
  };
  return (
    <>
      {wrong ? <p class="error">{wrong}</p> : null}
      <ol class="stack questions">
        {of.map((one, index) => {
          const what = inWords(one.label, language.value) || one.name || `${t('form.question')} ${index + 1}`;
          return (
            <li key={index} class="question">
              <div class="question__head">
                <button class="btn btn--quiet grow question__name" type="button" aria-expanded={open === index} onClick={() => setOpen(open === index ? null : index)}>
                  <Icon name={open === index ? 'down' : 'right'} small />
                  <span class="truncate">{what}</span>
                  <span class="muted">{t(`form-type.${one.type}`)}</span>
                </button>
                <button class="btn btn--quiet btn--icon btn--sm" type="button" aria-label={`${t('move-up')}: ${what}`} disabled={index === 0} onClick={() => move(index, -1)}>
                  <Icon name="up" small />
                </button>
                <button class="btn btn--quiet btn--icon btn--sm" type="button" aria-label={`${t('remove')}: ${what}`} onClick={() => remove(index)}>
                  <Icon name="x" small />
                </button>
              </div>
              {open === index ? (
                <div class="question__body stack">
                  <Fields of={questionFields().filter((field) => field.when?.(one) ?? true)} value={one} set={(part) => change(index, part)} wrong={() => undefined} />
                  {chosen(one.type) ? <Options of={one.options} known={known && answersBefore(known, of.slice(0, index))} onChange={(options) => change(index, { options })} /> : null}
                  <Sometimes label={t('form.visible-when')} value={one.visibleWhen} known={known && answersBefore(known, of.slice(0, index))} onChange={(visibleWhen) => change(index, { visibleWhen })} />
                  {one.required ? null : <Sometimes label={t('form.required-when')} value={one.requiredWhen} known={known && answersBefore(known, of.slice(0, index))} onChange={(requiredWhen) => change(index, { requiredWhen })} />}
                </div>
              ) : null}
            </li>
          );
        })}
      </ol>
      <div class="toolbar">
        <button class="btn" type="button" onClick={add}>
          <Icon name="plus" small />
          {t('form.question')}
        </button>
      </div>
    </>
  );
}

/** Always, or only when a condition about the answers before is true. */
function Sometimes({ label, value, known, onChange }: { label: string; value: Condition | undefined; known: Known | null | undefined; onChange: (condition: Condition | undefined) => void }) {
  if (!known?.fields.length && !value) return null;
  return (
    <>
      <Tick label={label} on={Boolean(value)} onChange={(on) => onChange(on ? ({ all: [] } as unknown as Condition) : undefined)} />
      {value && known ? <ConditionBuilder scope="forms" given={known} value={value} onChange={onChange} /> : null}
    </>
  );
}

function Options({ of, known, onChange }: { of: Option[]; known: Known | null | undefined; onChange: (all: Option[]) => void }) {
  const change = (index: number, part: Partial<Option>) => onChange(of.map((one, place) => (place === index ? { ...one, ...part } : one)));
  return (
    <fieldset class="stack">
      <legend class="label">{t('form.options')}</legend>
      {of.map((one, index) => {
        const what = `${t('form.option')} ${index + 1}`;
        return (
          <div key={index} class="question__option stack">
            <div class="toolbar">
              <input class="input grow" aria-label={`${what}, ${t('value')}`} placeholder={t('value')} value={one.value} onInput={(event) => change(index, { value: event.currentTarget.value })} />
              <button class="btn btn--quiet btn--icon" type="button" aria-label={`${t('remove')}: ${what}`} onClick={() => onChange(of.filter((_, place) => place !== index))}>
                <Icon name="x" small />
              </button>
            </div>
            <Local label={`${what}, ${t('form.option-words')}`} value={one.label} onChange={(label) => change(index, { label: label ?? {} })} />
            <Sometimes label={t('form.option-when')} value={one.when as Condition | undefined} known={known} onChange={(when) => change(index, { when: when as never })} />
          </div>
        );
      })}
      <div class="toolbar">
        <button class="btn btn--sm" type="button" onClick={() => onChange([...of, { value: '', label: {} } as Option])}>
          <Icon name="plus" small />
          {t('form.option')}
        </button>
      </div>
    </fieldset>
  );
}

type Answers = Record<string, string | boolean | string[]>;
/** Whether the desk can say anything about a draft yet. */
const isWhole = (one: Form) => Object.values(one.name ?? {}).some(Boolean) && one.fields.every((field) => field.name && Object.values(field.label).some(Boolean) && (!chosen(field.type) || (field.options.length && field.options.every((option) => option.value))));

/** The form as requesters will see it, by the desk's own rules, in one of the languages. */
function FormPreview({ draft }: { draft: Form }) {
  const [wanted, setWanted] = useState<Language>(language.value);
  const [answers, setAnswers] = useState<Answers>({});
  const [found, setFound] = useState<Schema<'FormPreview'> | null>(null);
  const [wrong, setWrong] = useState('');
  const given = Object.fromEntries(draft.fields.flatMap((field) => (answers[field.name] === undefined || answers[field.name] === '' || field.type === 'file' ? [] : [[field.name, answers[field.name]]])));
  const asked = JSON.stringify({ form: formBody(draft, true), answers: given });
  const whole = isWhole(draft);
  useEffect(() => {
    if (!whole) return;
    const later = setTimeout(
      () =>
        call<Schema<'FormPreview'>>('POST', '/api/forms/draft/preview', JSON.parse(asked)).then(
          (next) => {
            setFound(next);
            setWrong('');
          },
          (error: unknown) => setWrong(error instanceof Error ? ((error as { words?: string }).words ?? error.message) : `${error}`),
        ),
      250,
    );
    return () => clearTimeout(later);
  }, [asked, whole]);
  return (
    <section class="panel" aria-labelledby="form-preview">
      <header class="panel__head">
        <h2 id="form-preview">{t('article.preview')}</h2>
        <span class="push">
          <Choice hidden label={t('language')} value={wanted} options={Object.entries(languages)} onChange={(next) => setWanted(next as Language)} />
        </span>
      </header>
      <div class="panel__body stack" lang={wanted}>
        <p>
          <b>
            {draft.icon} {inWords(draft.name, wanted) || '–'}
          </b>
        </p>
        {inWords(draft.description, wanted) ? <p>{inWords(draft.description, wanted)}</p> : null}
        {wrong ? <p class="error">{wrong}</p> : whole ? null : <p class="hint">{t('form.unfinished')}</p>}
        {draft.fields.map((field, index) => {
          const seen = found?.fields.find((one) => one.name === field.name);
          if (seen ? !seen.visible : field.visibleWhen) return null;
          const error = answers[field.name] === undefined ? undefined : found?.errors[field.name];
          return <Asked key={index} field={field} wanted={wanted} required={seen?.required ?? field.required} options={seen?.options ?? null} value={answers[field.name]} wrong={error} onChange={(value) => setAnswers({ ...answers, [field.name]: value })} />;
        })}
        {found && whole ? (
          <p class="hint" role="status">
            {t(found.valid ? 'form.valid' : 'form.invalid')}
          </p>
        ) : null}
      </div>
    </section>
  );
}

function Asked({ field, wanted, required, options, value, wrong, onChange }: { field: Question; wanted: Language; required: boolean; options: string[] | null; value: Answers[string] | undefined; wrong: string | undefined; onChange: (value: Answers[string]) => void }) {
  const label = `${inWords(field.label, wanted) || field.name || '–'}${required ? ' *' : ''}`;
  const offered = field.options.filter((one) => options?.includes(one.value) ?? true);
  const text = typeof value === 'string' ? value : '';
  const hint = inWords(field.help, wanted);
  const said = (
    <>
      {hint ? <span class="hint">{hint}</span> : null}
      {wrong ? <span class="error">{wrong}</span> : null}
    </>
  );
  if (field.type === 'checkbox') return <Tick label={label} on={value === true} onChange={onChange} />;
  if (field.type === 'multi-choice') {
    const many = Array.isArray(value) ? value : [];
    return (
      <fieldset>
        <legend class="label">{label}</legend>
        <div class="several">
          {offered.map((one) => (
            <Tick key={one.value} label={inWords(one.label, wanted) || one.value} on={many.includes(one.value)} onChange={(on) => onChange(on ? [...many, one.value] : many.filter((other) => other !== one.value))} />
          ))}
        </div>
        {said}
      </fieldset>
    );
  }
  return (
    <label class="field">
      <span class="label">{label}</span>
      {field.type === 'choice' ? (
        <select class="select" value={text} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">–</option>
          {offered.map((one) => (
            <option key={one.value} value={one.value}>
              {inWords(one.label, wanted) || one.value}
            </option>
          ))}
        </select>
      ) : field.type === 'long-text' ? (
        <textarea class="textarea" rows={3} value={text} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : field.type === 'file' ? (
        <input class="input" type="file" disabled />
      ) : (
        <input class="input" type={field.type === 'date' ? 'date' : ('text' as 'date')} value={text} onInput={(event) => onChange(event.currentTarget.value)} />
      )}
      {said}
    </label>
  );
}

/** What the form was before. One of them is put into the draft; nothing is saved by that. */
function Versions({ id, take }: { id: string; take: (version: Form) => void }) {
  const { value, error, again } = useLoaded(() => list<Form>(`/api/forms/${encodeURIComponent(id)}/versions`), [id]);
  return (
    <Panel title={t('form.versions')}>
      {error ? <Failed error={error} again={again} /> : null}
      <ul class="days">
        {value?.map((one, index) => (
          <li key={one.version}>
            <span>{t('version.of', { version: one.version })}</span>
            <time class="muted">{moment(one.updatedAt)}</time>
            {index ? (
              <button class="btn btn--sm" type="button" aria-label={`${t('article.restore')}: ${one.version}`} onClick={() => take(one)}>
                {t('article.restore')}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
