import type { Key } from '../i18n';
import { language, t } from '../i18n';

/** What the fields of settings are called, as in their editors. */
const fields: Record<string, Key> = {
  acknowledgementsPerHour: 'mail.acknowledgements',
  active: 'active',
  address: 'mailbox.address',
  after: 'satisfaction.after',
  aliases: 'mailbox.aliases',
  allowedOrigins: 'chat.origins',
  automatic: 'mailbox.automatic',
  by: 'schedule.by',
  channels: 'satisfaction.channels',
  closePendingAfter: 'closing.pending',
  closeResolvedAfter: 'closing.resolved',
  colour: 'portal.colour',
  columns: 'view.columns',
  community: 'portal.community',
  condition: 'conditions',
  correlateBy: 'alert.correlate',
  currency: 'prices.currency',
  darkColour: 'portal.dark-colour',
  day: 'schedule.day',
  definition: 'hours',
  descriptions: 'description',
  details: 'form.details',
  enabled: 'chat.enabled',
  entraId: 'agent.entra',
  escalatesTo: 'escalates-to',
  every: 'schedule.every',
  farewell: 'closing.farewell',
  fields: 'form.fields',
  footer: 'mail.footer',
  fromName: 'mail.from',
  groupBy: 'view.group-by',
  groups: 'admin.groups',
  hour: 'schedule.hour',
  icon: 'form.icon',
  includeWords: 'webhook.words',
  keep: 'mail.keep',
  labels: 'window.labels',
  mapping: 'alert.mapping',
  names: 'name',
  on: 'automation.when',
  overrides: 'hours.other',
  personal: 'macro.personal',
  position: 'position.name',
  publishers: 'knowledge.publishers',
  receive: 'mailbox.receive',
  recipients: 'schedule.recipients',
  region: 'contacts.region',
  remindPendingAfter: 'closing.remind',
  reminder: 'closing.reminder',
  report: 'schedule.report',
  review: 'knowledge.review',
  role: 'agent.role',
  scale: 'satisfaction.scale',
  secret: 'alert.secret',
  sender: 'blocked.sender',
  sendGridKey: 'mailbox.sendgrid',
  shared: 'view.shared',
  sort: 'order',
  sources: 'admin.alert-sources',
  text: 'template.text',
  timeZone: 'time-zone',
  title: 'portal.title',
  toRequesters: 'mail.to-requesters',
  weekday: 'report.day',
  weekly: 'window.hours',
  zone: 'time-zone',
};
for (const name of ['actions', 'calendar', 'capacity', 'description', 'email', 'events', 'group', 'holidays', 'hours', 'language', 'name', 'period', 'policy', 'priority', 'reason', 'routing', 'skills', 'subject', 'tags', 'tier', 'type', 'version'] as const) fields[name] = name;
/** Where a kind of setting calls its field otherwise. */
const special: Record<string, Key> = {
  'alert-source.every': 'alert.every',
  'alert-source.kind': 'alert.kind',
  'automation.on': 'automation.when',
  'form.active': 'form.offered',
  'maintenance-window.from': 'window.from',
  'maintenance-window.to': 'window.to',
  'portal.footer': 'portal.footer',
  'satisfaction.active': 'satisfaction.active',
  'search-synonyms.groups': 'synonyms.groups',
  'telephone-system.kind': 'telephone.kind',
  'view.groups': 'view.groups',
};

/** What a field of a setting is called; its own name where the console has no word for it. */
export function settingField(field: string, kind = ''): string {
  const key = special[`${kind}.${field}`] ?? fields[field];
  if (key) return t(key);
  return kind === 'cost-settings' ? t(`prices.${field}`, field) : kind === 'retention' ? t(`retention.${field}`, field) : field;
}

/** What kind of thing names a setting that somebody wants to remove. */
export const userName = (kind: string) => (kind === 'tickets' ? t('tickets') : kind === 'teams' ? t('channel.teams') : t(`admin.${kind.replaceAll(' ', '-')}`, kind));

/** What a setting is called, in the language of the page where it has names in several. */
export function settingName(setting: unknown): string | undefined {
  const { name, names, address, subject, sender } = (setting ?? {}) as Record<string, unknown>;
  const found = name ?? names ?? address ?? subject ?? sender;
  if (found && typeof found === 'object') {
    const all = found as Record<string, string>;
    return all[language.value] ?? all.en ?? Object.values(all)[0];
  }
  return typeof found === 'string' && found ? found : undefined;
}
