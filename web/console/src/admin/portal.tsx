import { useRef, useState } from 'preact/hooks';
import { call, type Schema } from '../api';
import { t } from '../i18n';
import { say } from '../state';
import { attempt, Field } from '../ui';
import { Panel, words } from './parts';
import { Single } from './settings';

type Portal = Schema<'Portal'>;
type Synonyms = Schema<'Synonyms'>;

/** How the pages for requesters look, and whether they help each other there. */
export const PortalSettings = () => (
  <Single<Portal>
    section="portal"
    path="/api/portal"
    title={t('admin.portal')}
    hint={t('portal.hint')}
    panels={[
      {
        title: t('admin.portal'),
        fields: [
          { name: 'title', label: t('portal.title'), kind: 'local', hint: t('portal.title-hint') },
          { name: 'footer', label: t('portal.footer'), kind: 'local' },
          { name: 'colour', label: t('portal.colour'), kind: 'text', hint: t('portal.colour-hint') },
          { name: 'darkColour', label: t('portal.dark-colour'), kind: 'text' },
          { name: 'community', label: t('portal.community'), kind: 'tick' },
        ],
      },
    ]}
    aside={(one) => <Logo of={one} />}
  />
);

/** Changed at once: a picture is not typed. */
function Logo({ of }: { of: Portal }) {
  const [now, setNow] = useState<Portal | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const url = (now ?? of).logoUrl;
  const put = (logo: string | null) =>
    attempt(async () => {
      setNow(await call<Portal>('PATCH', '/api/portal', { logo }));
      say({ text: t('saved') });
    });
  const read = (file: File | undefined) => {
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => void put(`${reader.result}`.split(',')[1] ?? '');
    reader.readAsDataURL(file);
  };
  return (
    <Panel title={t('portal.logo')} hint={t('portal.logo-hint')}>
      {url ? <img class="logo" src={url} alt={t('portal.logo')} /> : null}
      <input ref={chooser} type="file" accept="image/png,image/jpeg,image/webp" hidden tabIndex={-1} onChange={(event) => read(event.currentTarget.files?.[0])} />
      <div class="toolbar">
        <button class="btn" type="button" onClick={() => chooser.current?.click()}>
          {t('portal.logo-choose')}
        </button>
        {url ? (
          <button class="btn" type="button" onClick={() => put(null)}>
            {t('portal.logo-remove')}
          </button>
        ) : null}
      </div>
    </Panel>
  );
}

/** Words that mean the same when tickets and articles are searched. */
export const SynonymSettings = () => (
  <Single<Synonyms>
    section="synonyms"
    path="/api/search/synonyms"
    title={t('admin.synonyms')}
    hint={t('synonyms.hint')}
    panels={[
      {
        title: t('admin.synonyms'),
        fields: [{ name: 'groups', label: t('synonyms.groups'), kind: 'own', own: (value, set, wrong) => <Groups of={value.groups ?? []} set={(groups) => set({ groups })} wrong={wrong('groups')} /> }],
      },
    ]}
  />
);

function Groups({ of, set, wrong }: { of: Synonyms['groups']; set: (groups: Synonyms['groups']) => void; wrong: string | undefined }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Field label={t('synonyms.groups')} hint={t('synonyms.groups-hint')} wrong={wrong}>
      {(id) => (
        <textarea
          {...id}
          class="textarea"
          rows={10}
          value={typed ?? of.map((group) => group.words.join(', ')).join('\n')}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            set(event.currentTarget.value.split('\n').map((line) => ({ words: words(line) })).filter((group) => group.words.length));
          }}
          onBlur={() => setTyped(null)}
        />
      )}
    </Field>
  );
}
