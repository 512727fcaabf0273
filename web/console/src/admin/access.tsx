import { api, call, filled, ok, type Schema } from '../api';
import { date, number } from '../format';
import { t } from '../i18n';
import { agentName, agents, groupName, groups } from '../state';
import { attempt, Choice, useLoaded } from '../ui';
import { Listed, On, Panel, Rows } from './parts';
import { Collection, Lines, type Shown } from './settings';

export function SignInPage() {
  const way = useLoaded(() => ok(api.GET('/api/sign-in')), []).value;
  return (
    <Lines<Schema<'SignInIdentity'>>
      title={t('admin.sign-in')}
      hint={way ? (way.authority ? t('sign-in.provider', { name: way.name ?? way.authority, authority: way.authority }) : t('sign-in.keys')) : t('loading')}
      path="/api/sign-in/identities"
      fields={[]}
      columns={[
        [t('agent'), (one) => agentName(one.agent)],
        [t('sign-in.issuer'), (one) => one.issuer],
        [t('sign-in.subject'), (one) => one.subject],
        [t('at'), (one) => date(one.at)],
      ]}
      name={(one) => agentName(one.agent)}
      idOf={(one) => one.id}
      removeWords={t('remove')}
    />
  );
}

export const Workspaces = (shown: Shown) => (
  <Collection<Schema<'Workspace'>>
    {...shown}
    section="workspaces"
    path="/api/workspaces"
    title={t('admin.workspaces')}
    hint={t('workspaces.hint')}
    fresh={t('workspace.new')}
    name={(one) => one.name}
    empty={{ name: '', active: true }}
    columns={[
      [t('name'), (one) => one.name],
      ['Id', (one) => one.id],
      // The home workspace has always been there.
      [t('made'), (one) => (Date.parse(one.createdAt) ? date(one.createdAt) : '–')],
      [t('active'), (one) => <On on={one.active} />],
    ]}
    panels={[
      {
        title: t('workspace'),
        fields: [
          { name: 'name', label: t('name'), kind: 'text' },
          { name: 'id', label: 'Id', kind: 'text', hint: t('workspace.id-hint'), only: 'new' },
          { name: 'active', label: t('active'), kind: 'tick', only: 'old' },
        ],
      },
    ]}
    removeWords={t('workspace.close')}
    once={(answer: Schema<'OpenedWorkspace'>) => [[t('workspace.key'), answer.adminKey]]}
  />
);

/** Who is there to be given tickets, and what waits where. */
export function Routing({ admin }: Shown) {
  const states = ['online', 'away', 'off'] as const;
  return (
    <Listed
      title={t('admin.routing')}
      hint={t('routing.hint')}
      load={async () => {
        const [there, waiting] = await Promise.all([ok(api.GET('/api/agents/presence')), Promise.all(groups.value.filter((one) => one.routing).map(async (one) => ({ group: one, queue: await filled<unknown>(100, (cursor) => call('GET', `/api/groups/${one.id}/queue?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)) })))]);
        return { there: there.items, waiting };
      }}
    >
      {({ there, waiting }, again) => (
        <>
          <Panel title={t('presence')}>
            <Rows
              inside
              label={t('presence')}
              head={[t('name'), t('presence'), t('load'), t('skills'), t('admin.groups')]}
              rows={agents.value
                .filter((one) => one.active)
                .map((one) => {
                  const seen = there.find((other) => other.agent === one.id);
                  const set = (presence: string) =>
                    attempt(async () => {
                      await call('PUT', `/api/agents/${one.id}/presence`, { presence });
                      again();
                    });
                  return {
                    key: one.id,
                    cells: [
                      admin ? <a href={`/desk/admin/agents/${one.id}`}>{one.name}</a> : one.name,
                      admin ? <Choice hidden label={`${t('presence')}: ${one.name}`} value={seen?.presence ?? 'off'} options={states.map((state) => [state, t(`presence.${state}`)])} onChange={set} /> : t(`presence.${seen?.presence ?? 'off'}`),
                      `${number(seen?.load ?? 0, 1)}${one.capacity ? ` / ${one.capacity}` : ''}`,
                      one.skills.join(', ') || '–',
                      one.groups.map(groupName).join(', '),
                    ],
                  };
                })}
            />
          </Panel>
          <Panel title={t('routing.groups')}>
            <Rows
              inside
              label={t('routing.groups')}
              head={[t('group'), t('routing'), t('fetch.backlog')]}
              rows={groups.value.map((one) => {
                const queue = waiting.find((other) => other.group.id === one.id)?.queue;
                return {
                  key: one.id,
                  cells: [admin ? <a href={`/desk/admin/groups/${one.id}`}>{one.name}</a> : one.name, one.routing ? t(`routing.${one.routing}`) : t('routing.none'), queue ? `${number(queue.items.length)}${queue.nextCursor ? '+' : ''}` : '–'],
                };
              })}
            />
          </Panel>
        </>
      )}
    </Listed>
  );
}
