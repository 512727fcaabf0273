import type { ComponentType } from 'preact';
import { useLocation, useRoute } from 'preact-iso';
import { useEffect } from 'preact/hooks';
import { Unreachable } from '../api';
import { t } from '../i18n';
import { admin } from '../state';
import { Choice, Empty, Failed, Loading, useLoaded, useTitle } from '../ui';
import { openParts, openSections, type Section } from './sections';
import type { Shown } from './settings';

/** A page of the administration. */
interface PageOf {
  load: () => Promise<ComponentType<Shown>>;
  /** Agents have some of their own, which they change; everything else is changed by admins. */
  own?: true;
}

const people = () => import('./people');
const rules = () => import('./rules');
const system = () => import('./system');
const mail = () => import('./mail');
const alerts = () => import('./alerts');
const desk = () => import('./desk');
const access = () => import('./access');
const portal = () => import('./portal');

/** What each page shows. */
const pages: Record<Section, PageOf> = {
  agents: { load: async () => (await people()).Agents },
  groups: { load: async () => (await people()).Groups },
  routing: { load: async () => (await access()).Routing },
  contacts: { load: async () => (await desk()).ContactSettings },
  policies: { load: async () => (await import('./policies')).Policies },
  calendars: { load: async () => (await import('./calendars')).Calendars },
  closing: { load: async () => (await desk()).Closing },
  satisfaction: { load: async () => (await desk()).Satisfaction },
  automations: { load: async () => (await rules()).Automations },
  macros: { load: async () => (await rules()).Macros, own: true },
  views: { load: async () => (await rules()).Views, own: true },
  forms: { load: async () => (await import('./forms')).Forms },
  categories: { load: async () => (await desk()).Categories },
  knowledge: { load: async () => (await desk()).KnowledgeSettings },
  synonyms: { load: async () => (await portal()).SynonymSettings },
  portal: { load: async () => (await portal()).PortalSettings },
  chat: { load: async () => (await desk()).WebChat },
  mailboxes: { load: async () => (await mail()).Mailboxes },
  mail: { load: async () => (await mail()).MailSettings },
  templates: { load: async () => (await mail()).Templates },
  suppressions: { load: async () => (await mail()).Suppressions },
  'blocked-senders': { load: async () => (await mail()).BlockedSenders },
  'alert-sources': { load: async () => (await alerts()).AlertSources },
  'maintenance-windows': { load: async () => (await alerts()).MaintenanceWindows },
  'telephone-systems': { load: async () => (await alerts()).TelephoneSystems },
  'report-schedules': { load: async () => (await import('./reports')).Schedules },
  prices: { load: async () => (await desk()).CostSettings },
  retention: { load: async () => (await desk()).RetentionSettings },
  'sign-in': { load: async () => (await access()).SignInPage },
  workspaces: { load: async () => (await access()).Workspaces },
  receipts: { load: async () => (await system()).Receipts },
  webhooks: { load: async () => (await import('./webhooks')).Webhooks },
  deliveries: { load: async () => (await system()).Deliveries },
  'dead-letters': { load: async () => (await system()).DeadLetters },
  keys: { load: async () => (await people()).Keys },
  configuration: { load: async () => (await import('./configuration')).Configuration },
  audit: { load: async () => (await system()).Audit },
};

/** Everything that a workspace can be told. Agents see what they work with, admins change it. */
export function Admin() {
  const { params } = useRoute();
  const { route } = useLocation();
  const section = (params.section || 'agents') as Section;
  const known = openSections().includes(section);
  useEffect(() => document.querySelector('.adminnav [aria-current]')?.scrollIntoView({ block: 'nearest' }), [section]);
  return (
    <div class="desk desk--inbox desk--admin">
      <nav class="views adminnav" aria-label={t('nav.admin')}>
        <div class="views__head">
          <h2>{t('nav.admin')}</h2>
        </div>
        {openParts().map(([part, sections]) => (
          <>
            <h3>{t(`part.${part}`)}</h3>
            <ul class="views__list">
              {sections.map((one) => (
                <li key={one}>
                  <a href={`/desk/admin/${one}`} aria-current={one === section ? 'page' : undefined}>
                    <span>{t(`admin.${one}`)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
      </nav>
      <div class="adminpage">
        <nav class="adminswitch" aria-label={t('nav.admin')}>
          <Choice hidden label={t('nav.admin')} value={known ? section : ''} options={[...(known ? [] : [['', t('nothing-here')] as [string, string]]), ...openSections().map((one): [string, string] => [one, t(`admin.${one}`)])]} onChange={(next) => next && route(`/desk/admin/${next}`)} />
        </nav>
        {known ? <Page section={section} id={params.id} /> : <Missing />}
      </div>
    </div>
  );
}

function Page({ section, id }: { section: Section; id: string | undefined }) {
  const { load, own } = pages[section];
  const { value, error, again } = useLoaded(() =>
    load().then(
      (Shown) => ({ Shown }),
      () => Promise.reject(new Unreachable()),
    ), [section]);
  if (!value)
    return (
      <main class="page" id="main">
        <h1 class="vh">{t(`admin.${section}`)}</h1>
        {error ? <Failed error={error} again={again} /> : <Loading />}
      </main>
    );
  return <value.Shown id={admin.value || own ? id : undefined} admin={admin.value} />;
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
