import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import { call, ok, api, Refusal, type Schema } from './api';
import { compare, Decide, keepDraft, Remove, typedOn, useDraft, type Clash } from './admin/editor';
import { list, Listed, Panel, Rows, Text, words } from './admin/parts';
import { moment } from './format';
import { isLanguage, language, languages, t } from './i18n';
import { say } from './state';
import { attempt, Choice, Day, Failed, Field, Icon, Loading, useLoaded, useTitle, wordsOf } from './ui';

type Summary = Schema<'ArticleSummary'>;
type Article = Schema<'Article'>;
type Category = Schema<'Category'>;
type State = Summary['state'];

const root = '/desk/knowledge';
const states = ['draft', 'review', 'published', 'archived'] as const satisfies readonly State[];
const chip = { draft: 'st-pending', review: 'st-new', published: 'st-resolved', archived: 'st-closed' } as const;
const StateChip = ({ state }: { state: State }) => <span class={`chip ${chip[state]}`}>{t(`article.${state}`)}</span>;
const spoken = (code: string) => (isLanguage(code) ? languages[code] : code);
const categoryName = (one: Category) => one.names[language.value] ?? Object.values(one.names)[0] ?? one.id;

export function Knowledge() {
  const { params } = useRoute();
  return params.id ? <ArticlePage key={params.id} id={params.id} /> : <ArticleList />;
}

function ArticleList() {
  const [state, setState] = useState('');
  const [asked, setAsked] = useState('');
  const [typed, setTyped] = useState('');
  return (
    <Listed
      title={t('nav.knowledge')}
      deps={[state, asked]}
      load={async () => {
        const [articles, categories] = await Promise.all([list<Summary>(`/api/articles${state ? `?state=${state}` : ''}`), list<Category>('/api/article-categories')]);
        if (!asked) return { articles, categories };
        const found = await ok(api.GET('/api/knowledge/search', { params: { query: { q: asked, limit: 100 } } }));
        const order = new Map(found.items.map((one, index) => [one.id, index]));
        return { articles: articles.filter((one) => order.has(one.id)).sort((a, b) => order.get(a.id)! - order.get(b.id)!), categories };
      }}
      add={{ words: t('article.new'), href: `${root}/new` }}
    >
      {({ articles, categories }) => (
        <>
          <form
            class="toolbar"
            role="search"
            onSubmit={(event) => {
              event.preventDefault();
              setAsked(typed.trim());
            }}
          >
            <Text label={t('article.search')} value={typed} onChange={setTyped} />
            <Choice label={t('state')} value={state} options={[['', t('all')], ...states.map((one): [string, string] => [one, t(`article.${one}`)])]} onChange={setState} />
            <button class="btn" type="submit">
              {t('search')}
            </button>
            <a class="btn btn--quiet" href="/desk/community">
              {t('community')}
            </a>
          </form>
          <Rows
            label={t('nav.knowledge')}
            head={[t('article.title'), t('language'), t('article.category'), t('state'), t('article.who'), t('article.changed'), t('article.readers')]}
            none={t('article.none')}
            rows={articles.map((one) => ({
              key: one.id,
              cells: [
                <a href={`${root}/${one.id}`} lang={one.language}>
                  {one.title}
                </a>,
                spoken(one.language),
                categories.filter((category) => category.id === one.category).map(categoryName)[0] ?? '–',
                <StateChip state={one.state} />,
                t(`visibility.${one.visibility}`),
                <Day at={one.updatedAt} />,
                one.url ? (
                  <a href={one.url} target="_blank" rel="noopener">
                    {t('article.see')}
                  </a>
                ) : (
                  '–'
                ),
              ],
            }))}
          />
        </>
      )}
    </Listed>
  );
}

interface Draft {
  title: string;
  body: string;
  language: string;
  category: string | null;
  tags: string;
  visibility: Summary['visibility'];
  organisations: string;
  summary: string;
}

const draftOf = ({ article, body }: Article): Draft => ({
  title: article.title,
  body,
  language: article.language,
  category: article.category,
  tags: article.tags.join(', '),
  visibility: article.visibility,
  organisations: article.organisations.join(', '),
  summary: article.summary ?? '',
});

/** What somebody began with. */
interface Base {
  revision: number;
  start: Draft;
}

const fieldNames = (): Record<keyof Draft, string> => ({
  title: t('article.title'),
  body: t('article.body'),
  language: t('language'),
  category: t('article.category'),
  tags: t('tags'),
  visibility: t('article.who'),
  organisations: t('article.organisations'),
  summary: t('article.summary'),
});

/** An article is written beside what it will look like. */
function ArticlePage({ id }: { id: string }) {
  const fresh = id === 'new';
  const { query, route } = useLocation();
  const loaded = useLoaded<{ article: Article | null; start: Draft; categories: Category[] }>(async () => {
    const categories = await list<Category>('/api/article-categories');
    if (!fresh) {
      const article = await call<Article>('GET', `/api/articles/${id}`);
      return { article, start: draftOf(article), categories };
    }
    const start: Draft = { title: '', body: '', language: language.value, category: null, tags: '', visibility: 'public', organisations: '', summary: '' };
    if (!query.ticket) return { article: null, start, categories };
    const ticket = await ok(api.GET('/api/tickets/{id}', { params: { path: { id: query.ticket } } }));
    return { article: null, start: { ...start, title: ticket.subject.slice(0, 150), body: ticket.resolution ?? '', tags: ticket.tags.slice(0, 20).join(', ') }, categories };
  }, [id, query.ticket]);
  const path = `/api/articles/${id}`;
  const [kept, setKept, latest] = useDraft(fresh && query.ticket ? `${path}?ticket=${query.ticket}` : path, () => value?.title || t('article.new'));
  const [clash, setClash] = useState<(Clash & { changed: string[]; base: Base; of: Draft }) | null>(null);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [removing, setRemoving] = useState(false);
  const [turn, setTurn] = useState(0);
  const value = (kept?.value as Draft | undefined) ?? loaded.value?.start;
  useTitle(value?.title || t('article.new'));
  if (loaded.error)
    return (
      <main class="page" id="main">
        <Failed error={loaded.error} again={loaded.again} />
      </main>
    );
  if (!value || !loaded.value)
    return (
      <main class="page" id="main">
        <Loading />
      </main>
    );
  const { article, categories } = loaded.value;
  const base = (kept?.base as Base | undefined) ?? { revision: article?.revision ?? 0, start: value };
  const set = (part: Partial<Draft>) => setKept({ value: { ...value, ...part }, base });
  const again = () => {
    loaded.again();
    setTurn((now) => now + 1);
  };
  const body = (one: Draft) => ({
    title: one.title,
    body: one.body,
    language: one.language,
    category: one.category ?? (fresh ? undefined : null),
    tags: words(one.tags),
    visibility: one.visibility,
    ...(one.visibility === 'organisations' ? { organisations: words(one.organisations) } : {}),
    summary: one.summary || (fresh ? undefined : null),
  });
  /** What was typed on since it was sent, as a change of what the desk has now. */
  const rest = (sent: Draft, answer: Article) => {
    const start = draftOf(answer);
    const typed = typedOn(sent, latest(), start);
    return typed && { value: typed.value, base: { revision: answer.revision, start } };
  };
  // What only one of two people has changed is saved; what both have is asked about.
  const put = async (mine: Draft, from: Base, sent: Draft): Promise<boolean> => {
    try {
      const next = await call<Article>('PATCH', path, body(mine), { 'If-Match': `"${from.revision}"` });
      setKept(rest(sent, next));
      setClash(null);
      loaded.set({ article: next, start: draftOf(next), categories });
      setTurn((now) => now + 1);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 412) throw error;
      const found = await call<Article>('GET', path);
      if (found.revision === from.revision) throw error;
      const theirs = draftOf(found);
      const { changed, fields } = compare({ ...from.start }, { ...mine }, { ...theirs });
      const base = { revision: found.revision, start: theirs };
      if (!fields.length) return put(taking(theirs, mine, changed), base, sent);
      setClash({ mine: { ...mine }, theirs: { ...theirs }, fields, changed, base, of: sent });
      return false;
    }
  };
  /** Whether it worked. */
  const trying = async (run: () => Promise<boolean>): Promise<boolean> => {
    setRefusal(null);
    setBusy(true);
    try {
      return await run();
    } catch (error) {
      setClash(null);
      if (error instanceof Refusal) setRefusal(error);
      else say({ text: wordsOf(error), bad: true });
      return false;
    } finally {
      setBusy(false);
    }
  };
  const make = async (): Promise<boolean> => {
    const made = await call<Article>('POST', '/api/articles', body(value));
    const more = rest(value, made);
    if (more) keepDraft(`/api/articles/${made.article.id}`, more);
    setKept(null);
    route(`${root}/${made.article.id}`, true);
    return true;
  };
  const save = () => trying(() => (fresh ? make() : put(value, base, value)));
  const saveAndStay = async () => {
    if (await save()) say({ text: t('saved') });
  };
  const decide = async (taken: Set<string>) => {
    const { mine, changed, base: theirs, of } = clash!;
    const wanted = taking(theirs.start, mine as unknown as Draft, changed.filter((field) => !taken.has(field)));
    if (await trying(() => put(wanted, theirs, of))) say({ text: t('saved') });
  };
  const step = async (name: 'submit' | 'return' | 'publish' | 'archive') => {
    if (kept && !(await save())) return;
    setBusy(true);
    await attempt(async () => {
      await call('POST', `${path}/${name}`, name === 'return' ? {} : undefined);
      say({ text: t(`article.did-${name}`) });
      again();
    });
    setBusy(false);
  };
  const state = article?.article.state;
  const newer = article && article.article.publishedVersion !== null && article.article.publishedVersion !== article.article.version;
  const button = (name: 'submit' | 'return' | 'publish' | 'archive') => (
    <button class="btn" type="button" disabled={busy} onClick={() => step(name)}>
      {t(`article.${name}`)}
    </button>
  );
  return (
    <main class="page" id="main">
      <div>
        <p class="crumbs">
          <a href={root}>{t('nav.knowledge')}</a>
        </p>
        <div class="page__head">
          <h1>{value.title || t('article.new')}</h1>
          {state ? <StateChip state={state} /> : null}
          {kept ? <span class="muted hint">{t('unsaved')}</span> : newer ? <span class="muted hint">{t('article.newer')}</span> : null}
          <div class="toolbar">
            {article?.article.url ? (
              <a class="btn btn--quiet" href={article.article.url} target="_blank" rel="noopener">
                {t('article.see')}
              </a>
            ) : null}
            {article ? (
              <button class="btn btn--danger" type="button" onClick={() => setRemoving(true)}>
                {t('remove')}
              </button>
            ) : null}
            {kept ? (
              <button class="btn btn--quiet" type="button" onClick={() => setKept(null)}>
                {t('discard')}
              </button>
            ) : null}
            {state === 'draft' ? button('submit') : null}
            {state === 'review' || state === 'archived' ? button('return') : null}
            {state === 'draft' || state === 'review' ? button('publish') : null}
            {state === 'published' ? button('archive') : null}
            <button class="btn btn--primary" type="button" disabled={busy} onClick={saveAndStay}>
              {t('save')}
            </button>
          </div>
        </div>
      </div>
      {refusal ? (
        <div class="banner banner--bad" role="alert">
          <Icon name="octagon" />
          <div>{refusal.words}</div>
        </div>
      ) : null}
      <div class="editor">
        <div class="stack">
          <Panel title={t('article')}>
            <Text label={t('article.title')} value={value.title} onChange={(title) => set({ title })} wrong={refusal?.of('title')} />
            <Text label={t('article.summary')} value={value.summary} onChange={(summary) => set({ summary })} wrong={refusal?.of('summary')} />
            <Field label={t('article.body')} hint={t('article.markdown')} wrong={refusal?.of('body')}>
              {(field) => <textarea {...field} class="textarea mono" rows={20} value={value.body} onInput={(event) => set({ body: event.currentTarget.value })} />}
            </Field>
            <div class="row2">
              <Choice label={t('language')} value={value.language} options={Object.entries(languages)} onChange={(next) => set({ language: next })} />
              <Choice label={t('article.category')} value={value.category ?? ''} options={[['', '–'], ...categories.map((one): [string, string] => [one.id, categoryName(one)])]} onChange={(next) => set({ category: next || null })} />
              <Choice label={t('article.who')} value={value.visibility} options={(['public', 'organisations', 'agents'] as const).map((one) => [one, t(`visibility.${one}`)])} onChange={(next) => set({ visibility: next as Draft['visibility'] })} />
              {value.visibility === 'organisations' ? <Text label={t('article.organisations')} value={value.organisations} onChange={(organisations) => set({ organisations })} wrong={refusal?.of('organisations')} /> : null}
              <Text label={t('tags')} value={value.tags} onChange={(tags) => set({ tags })} wrong={refusal?.of('tags')} />
            </div>
          </Panel>
        </div>
        <div class="stack">
          <Preview body={value.body} lang={value.language} />
          {article ? <History key={turn} id={id} restored={() => {
                // Where something is typed it stays, and the field does not show it.
                if (kept) say({ text: t('saved') });
                again();
              }} /> : null}
        </div>
      </div>
      {removing ? <Remove name={value.title} path={path} close={() => setRemoving(false)} done={() => (setKept(null), route(root))} /> : null}
      {clash ? <Decide key={clash.base.revision} clash={clash} names={fieldNames()} close={() => setClash(null)} done={decide} /> : null}
    </main>
  );
}

/** One text with some fields of another. */
const taking = (one: Draft, other: Draft, fields: string[]): Draft => ({ ...one, ...Object.fromEntries(fields.map((field) => [field, other[field as keyof Draft]])) });

/** What readers will see. The desk makes the HTML, and makes it safe. */
function Preview({ body, lang }: { body: string; lang: string }) {
  const [html, setHtml] = useState('');
  const first = useRef(true);
  useEffect(() => {
    let current = true;
    const later = setTimeout(
      () =>
        void attempt(async () => {
          const made = body.trim() ? (await call<{ html: string }>('POST', '/api/knowledge/preview', { body })).html : '';
          if (current) setHtml(made);
        }),
      first.current ? 0 : 300,
    );
    first.current = false;
    return () => {
      current = false;
      clearTimeout(later);
    };
  }, [body]);
  return (
    <section class="panel">
      <header class="panel__head">
        <h2 id="preview">{t('article.preview')}</h2>
      </header>
      <div class="panel__body prose" lang={lang} tabIndex={0} role="region" aria-labelledby="preview" dangerouslySetInnerHTML={{ __html: html }} />
    </section>
  );
}

function History({ id, restored }: { id: string; restored: () => void }) {
  const { value } = useLoaded(() => list<Schema<'ArticleChange'>>(`/api/articles/${id}/changes`), [id]);
  const newest = Math.max(0, ...(value ?? []).map((one) => one.version));
  return (
    <section class="panel">
      <header class="panel__head">
        <h2>{t('article.history')}</h2>
      </header>
      {(value ?? []).slice(0, 20).map((one) => (
        <div key={one.revision} class="result">
          <p>
            <b>{one.by.name ?? one.by.id}</b>
            <span>
              {t(`did.${one.did}`)}, {t('version.of', { version: one.version })}
            </span>
            <time class="push muted" datetime={one.at}>
              {moment(one.at)}
            </time>
          </p>
          {one.words ? <p>{one.words}</p> : null}
          {(one.did === 'created' || one.did === 'edited') && one.version < newest ? (
            <p>
              <button
                class="link"
                type="button"
                aria-label={`${t('article.restore')}: ${t('version.of', { version: one.version })}`}
                onClick={() =>
                  attempt(async () => {
                    await call('POST', `/api/articles/${id}/versions/${one.version}/restore`);
                    restored();
                  })
                }
              >
                {t('article.restore')}
              </button>
            </p>
          ) : null}
        </div>
      ))}
    </section>
  );
}
