// Where the API reference tells of what a page of the console works with.
const chapters: readonly (readonly [place: string, address: string])[] = [
  ['/desk/tickets', '/docs#tag/Tickets'],
  ['/desk/knowledge', '/docs#tag/Knowledge-base'],
  ['/desk/supervisor', '/docs#tag/Reports'],
  ['/desk/admin/policies', '/docs#tag/SLA'],
  ['/desk/admin/calendars', '/docs#tag/SLA'],
  ['/desk/admin/automations', '/docs#tag/Automations'],
  ['/desk/admin/macros', '/docs#tag/Automations'],
  ['/desk/admin/views', '/docs#tag/Views'],
  ['/desk/admin/forms', '/docs#tag/Forms'],
  ['/desk/admin/receipts', '/docs#tag/Intake'],
  ['/desk/admin/mailboxes', '/docs#tag/Mail'],
  ['/desk/admin/alert-sources', '/docs#tag/Alerts'],
  ['/desk/admin/webhooks', '/docs#tag/Webhooks'],
  ['/desk/admin/deliveries', '/docs#tag/Webhooks'],
  ['/desk/admin/dead-letters', '/docs#tag/Operations'],
  ['/desk/admin/audit', '/docs#tag/Audit'],
  ['/desk/admin', '/docs#tag/Directory'],
  ['/desk', '/docs#tag/Views'],
];

export const referenceOf = (path: string) => chapters.find(([place]) => path === place || path.startsWith(`${place}/`))?.[1] ?? '/docs';
