import { admin } from '../state';

/** The pages of the administration, by the part under which they stand: whether everybody at the desk sees them, or only admins. */
const parts = {
  people: { agents: 'all', groups: 'all', routing: 'all', contacts: 'admins' },
  service: { policies: 'all', calendars: 'all', closing: 'admins', satisfaction: 'admins' },
  work: { automations: 'all', macros: 'all', views: 'all', forms: 'all', categories: 'all', knowledge: 'admins', synonyms: 'admins' },
  channels: {
    portal: 'admins',
    chat: 'admins',
    mailboxes: 'all',
    mail: 'admins',
    templates: 'all',
    suppressions: 'all',
    'blocked-senders': 'all',
    'alert-sources': 'all',
    'maintenance-windows': 'all',
    'telephone-systems': 'all',
  },
  desk: { 'report-schedules': 'admins', prices: 'admins', retention: 'admins', 'sign-in': 'admins', workspaces: 'admins' },
  system: {
    receipts: 'all',
    webhooks: 'admins',
    deliveries: 'admins',
    'dead-letters': 'admins',
    keys: 'admins',
    configuration: 'admins',
    audit: 'admins',
  },
} as const satisfies Record<string, Record<string, 'all' | 'admins'>>;

type Part = keyof typeof parts;
export type Section = { [P in Part]: keyof (typeof parts)[P] }[Part];

/** The parts, each with the pages that whoever is signed in sees. */
export const openParts = (): [Part, Section[]][] =>
  Object.entries(parts).map(([part, pages]) => [part as Part, (Object.entries(pages) as [Section, 'all' | 'admins'][]).filter(([, who]) => admin.value || who === 'all').map(([section]) => section)] as [Part, Section[]]).filter(([, sections]) => sections.length > 0);

/** All of them, in order. */
export const openSections = () => openParts().flatMap(([, sections]) => sections);
