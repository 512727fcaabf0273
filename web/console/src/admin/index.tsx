import type { ComponentChildren } from 'preact';
import { useRoute } from 'preact-iso';
import { t } from '../i18n';
import { admin } from '../state';
import { Choice, Empty, useTitle } from '../ui';
import { useLocation } from 'preact-iso';
import { Configuration } from './configuration';
import { Agents, Calendars, Groups, Keys } from './people';
import { Automations, Macros, Policies, Views } from './rules';
import { Audit, DeadLetters, Deliveries, Receipts, Webhooks } from './system';

type Section = 'agents' | 'groups' | 'policies' | 'calendars' | 'automations' | 'macros' | 'views' | 'receipts' | 'webhooks' | 'deliveries' | 'dead-letters' | 'keys' | 'configuration' | 'audit';

const parts = [
  ['people', ['agents', 'groups']],
  ['service', ['policies', 'calendars']],
  ['work', ['automations', 'macros', 'views']],
  ['system', ['receipts', 'webhooks', 'deliveries', 'dead-letters', 'keys', 'configuration', 'audit']],
] as const satisfies readonly (readonly [string, readonly Section[]])[];

/** What only admins may look at. */
const forAdmins: ReadonlySet<Section> = new Set(['webhooks', 'deliveries', 'dead-letters', 'keys', 'configuration', 'audit']);
const open = (section: Section) => admin.value || !forAdmins.has(section);

/** Everything that a workspace can be told. Agents see what they work with, admins change it. */
export function Admin() {
  const { params } = useRoute();
  const { route } = useLocation();
  const section = (params.section || 'agents') as Section;
  const known = parts.some(([, sections]) => (sections as readonly string[]).includes(section));
  return (
    <div class="desk desk--inbox desk--admin">
      <nav class="views adminnav" aria-label={t('nav.admin')}>
        <div class="views__head">
          <h2>{t('nav.admin')}</h2>
        </div>
        {parts.map(([part, sections]) => (
          <>
            <h3>{t(`part.${part}`)}</h3>
            <ul class="views__list">
              {sections.filter(open).map((one) => (
                <li key={one}>
                  <a href={`/desk/admin/${one}`} aria-current={one === section ? 'page' : undefined}>
                    <span class="truncate">{t(`admin.${one}`)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </nav>
      <div class="adminpage">
        <nav class="adminswitch" aria-label={t('nav.admin')}>
          <Choice hidden label={t('nav.admin')} value={section} options={parts.flatMap(([, sections]) => sections.filter(open).map((one): [string, string] => [one, t(`admin.${one}`)]))} onChange={(next) => route(`/desk/admin/${next}`)} />
        </nav>
        {known && open(section) ? <Page section={section} id={params.id} /> : <Missing />}
      </div>
    </div>
  );
}

function Page({ section, id }: { section: Section; id: string | undefined }): ComponentChildren {
  const can = { id, admin: admin.value };
  // Agents make macros and views of their own; everything else is changed by admins.
  const shown = admin.value || section === 'macros' || section === 'views' ? can : { ...can, id: undefined };
  switch (section) {
    case 'agents':
      return <Agents {...shown} />;
    case 'groups':
      return <Groups {...shown} />;
    case 'policies':
      return <Policies {...shown} />;
    case 'calendars':
      return <Calendars {...shown} />;
    case 'automations':
      return <Automations {...shown} />;
    case 'macros':
      return <Macros {...shown} />;
    case 'views':
      return <Views {...shown} />;
    case 'receipts':
      return <Receipts />;
    case 'webhooks':
      return <Webhooks id={id} />;
    case 'deliveries':
      return <Deliveries />;
    case 'dead-letters':
      return <DeadLetters />;
    case 'keys':
      return <Keys />;
    case 'configuration':
      return <Configuration />;
    case 'audit':
      return <Audit />;
  }
}

function Missing() {
  useTitle(t('nothing-here'));
  return (
    <main class="page" id="main">
      <h1 class="vh">{t('nothing-here')}</h1>
      <Empty icon="search" title={t('nothing-here')} />
    </main>
  );
}
