import { api, filled, ok } from './api';
import { t } from './i18n';
import { heardAt } from './live';
import { me } from './state';
import { useLoaded } from './ui';

/** What waits for the answer of whoever is signed in; nothing at all where nothing does. */
export function MineToDecide() {
  const agent = me.value?.agent;
  const mine = useLoaded(async () => (agent ? (await filled(10, (cursor) => ok(api.GET('/api/approvals', { params: { query: { limit: 10, cursor } } })))).items : []), [agent, heardAt.value]).value ?? [];
  if (!mine.length) return null;
  return (
    <>
      <h3>{t('approvals.mine')}</h3>
      <ul class="views__list">
        {mine.map((one) => (
          <li key={one.approval.id}>
            <a href={`/desk/tickets/${one.number}`}>
              <span class="truncate">{one.approval.question}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
