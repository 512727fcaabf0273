import { useState } from 'preact/hooks';
import { call, ok, api, type Schema } from '../api';
import { number } from '../format';
import { t, type Key } from '../i18n';
import { agentName, agents, groupName, groups, loadDirectory, say } from '../state';
import { Avatar, Choice, Day, Dialog, wordsOf } from '../ui';
import { Editor, Remove } from './editor';
import { amount } from './fields';
import { CalendarChoice, list, Listed, On, Panel, Rows, Several, Text, Tick, words } from './parts';

const root = '/desk/admin';
const groupOptions = (): [string, string][] => groups.value.map((one) => [one.id, one.name]);

export function Agents({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id) return <AgentEditor key={id} id={id} />;
  return (
    <Listed
      title={t('admin.agents')}
      load={async () => {
        const [people, there] = await Promise.all([list<Schema<'Agent'>>('/api/agents'), ok(api.GET('/api/agents/presence'))]);
        return people.map((person) => ({ person, presence: there.items.find((one) => one.agent === person.id) }));
      }}
      {...(admin ? { add: { words: t('agent.new'), href: `${root}/agents/new` } } : {})}
    >
      {(people) => (
        <Rows
          label={t('admin.agents')}
          head={[t('name'), t('email'), t('admin.groups'), t('presence'), t('load'), t('active')]}
          rows={people.map(({ person, presence }) => ({
            key: person.id,
            cells: [
              <span class="person">
                <Avatar name={person.name} size="sm" />
                {admin ? <a href={`${root}/agents/${person.id}`}>{person.name}</a> : person.name}
              </span>,
              person.email,
              person.groups.map(groupName).join(', '),
              presence ? t(`presence.${presence.presence}`) : '–',
              presence?.load === null || presence === undefined ? '–' : `${number(presence.load ?? 0, 1)}${presence.capacity ? ` / ${presence.capacity}` : ''}`,
              <On on={person.active} />,
            ],
          }))}
        />
      )}
    </Listed>
  );
}

type AgentDraft = Pick<Schema<'Agent'>, 'name' | 'email' | 'entraId' | 'role' | 'groups' | 'skills' | 'capacity' | 'calendar' | 'active'> & { skillText?: string };

function AgentEditor({ id }: { id: string }) {
  return (
    <Editor<AgentDraft>
      section={`${root}/agents`}
      path="/api/agents"
      id={id}
      empty={{ name: '', email: '', entraId: null, role: 'agent', groups: [], skills: [], capacity: null, calendar: null, active: true }}
      title={(one) => one.name}
      saved={loadDirectory}
      successors={async () => agents.value.filter((one) => one.active)}
      body={(one, fresh) => ({
        name: one.name,
        email: one.email,
        role: one.role,
        ...(fresh && !one.entraId ? {} : { entraId: one.entraId || null }),
        groups: one.groups,
        skills: one.skillText === undefined ? one.skills : words(one.skillText),
        active: one.active,
        ...(fresh && one.capacity === null ? {} : { capacity: one.capacity }),
        ...(fresh && one.calendar === null ? {} : { calendar: one.calendar }),
      })}
    >
      {(one, set, wrong) => (
        <Panel title={t('agent')}>
          <div class="row2">
            <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
            <Text label={t('email')} type="email" value={one.email} onChange={(email) => set({ email })} wrong={wrong('email')} />
            <Choice label={t('agent.role')} value={one.role} options={(['agent', 'admin'] as const).map((role) => [role, t(`role.${role}`)])} onChange={(role) => set({ role: role as AgentDraft['role'] })} />
            <Text label={t('agent.entra')} value={one.entraId ?? ''} onChange={(entraId) => set({ entraId })} wrong={wrong('entraId')} />
          </div>
          <Several label={t('admin.groups')} all={groupOptions()} chosen={one.groups} onChange={(chosen) => set({ groups: chosen })} />
          <Text label={t('skills')} hint={t('skills.hint')} value={one.skillText ?? one.skills.join(', ')} onChange={(skillText) => set({ skillText })} wrong={wrong('skills')} />
          <div class="row2">
            <Text label={t('capacity')} hint={t('capacity.hint')} value={`${one.capacity ?? ''}`} onChange={(typed) => set({ capacity: amount(typed) as number | null })} wrong={wrong('capacity')} />
            <CalendarChoice value={one.calendar} none={t('calendar.always')} onChange={(calendar) => set({ calendar })} />
          </div>
          <Tick label={t('active')} on={one.active} onChange={(active) => set({ active })} />
        </Panel>
      )}
    </Editor>
  );
}

export function Groups({ id, admin }: { id?: string | undefined; admin: boolean }) {
  if (id) return <GroupEditor key={id} id={id} />;
  return (
    <Listed title={t('admin.groups')} load={() => Promise.all([list<Schema<'Group'>>('/api/groups'), list<Schema<'Calendar'>>('/api/calendars')])} {...(admin ? { add: { words: t('group.new'), href: `${root}/groups/new` } } : {})}>
      {([teams, calendars]) => (
        <Rows
          label={t('admin.groups')}
          head={[t('name'), t('tier'), t('escalates-to'), t('calendar'), t('routing')]}
          rows={teams.map((one) => ({
            key: one.id,
            cells: [admin ? <a href={`${root}/groups/${one.id}`}>{one.name}</a> : one.name, one.tier, groupName(one.escalatesTo) || '–', calendars.find((calendar) => calendar.id === one.calendar)?.name ?? one.calendar ?? '–', one.routing ? t(`routing.${one.routing}`) : t('routing.none')],
          }))}
        />
      )}
    </Listed>
  );
}

type GroupDraft = Pick<Schema<'Group'>, 'name' | 'tier' | 'escalatesTo' | 'calendar' | 'routing'>;

function GroupEditor({ id }: { id: string }) {
  return (
    <Editor<GroupDraft>
      section={`${root}/groups`}
      path="/api/groups"
      id={id}
      empty={{ name: '', tier: 1, escalatesTo: null, calendar: null, routing: null }}
      title={(one) => one.name}
      saved={loadDirectory}
      successors={async () => groups.value}
      body={(one, fresh) => (fresh ? Object.fromEntries(Object.entries(pick(one)).filter(([, value]) => value !== null)) : pick(one))}
    >
      {(one, set, wrong) => (
        <Panel title={t('group')}>
          <div class="row2">
            <Text label={t('name')} value={one.name} onChange={(name) => set({ name })} wrong={wrong('name')} />
            <Choice label={t('tier')} value={`${one.tier}`} options={['1', '2', '3'].map((tier) => [tier, tier])} onChange={(tier) => set({ tier: Number(tier) })} />
            <Choice label={t('escalates-to')} value={one.escalatesTo ?? ''} options={[['', '–'], ...groupOptions().filter(([other]) => other !== id)]} onChange={(to) => set({ escalatesTo: to || null })} />
            <CalendarChoice value={one.calendar} none="–" onChange={(calendar) => set({ calendar })} />
            <Choice
              label={t('routing')}
              value={one.routing ?? ''}
              options={[['', t('routing.none')], ...(['round-robin', 'least-busy', 'skills'] as const).map((way): [string, string] => [way, t(`routing.${way}`)])]}
              onChange={(routing) => set({ routing: (routing || null) as GroupDraft['routing'] })}
            />
          </div>
        </Panel>
      )}
    </Editor>
  );
}

const pick = ({ name, tier, escalatesTo, calendar, routing }: GroupDraft) => ({ name, tier, escalatesTo, calendar, routing });

const scopes: Record<Schema<'KeyScope'>, Key> = { notes: 'key.notes' };

export function Keys() {
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<Schema<'KeyWithSecret'> | null>(null);
  const [going, setGoing] = useState<Schema<'AccessKey'> | null>(null);
  return (
    <Listed title={t('admin.keys')} hint={t('keys.hint')} load={() => list<Schema<'AccessKey'>>('/api/keys')} add={{ words: t('key.new'), run: () => setAdding(true) }}>
      {(keys, again) => (
        <>
          <Rows
            label={t('admin.keys')}
            head={[t('name'), t('role'), t('agent'), t('scopes'), t('made'), '']}
            rows={keys.map((one) => ({
              key: one.id,
              cells: [
                one.name,
                t(`role.${one.role}`),
                agentName(one.agent) || '–',
                one.scopes.map((scope) => t(scopes[scope])).join(', ') || '–',
                <Day at={one.createdAt} />,
                <button class="btn btn--sm btn--danger" type="button" aria-label={`${t('revoke')} ${one.name}`} onClick={() => setGoing(one)}>
                  {t('revoke')}
                </button>,
              ],
            }))}
          />
          {adding ? (
            <NewKey
              close={() => setAdding(false)}
              made={(key) => {
                setAdding(false);
                setShown(key);
                again();
              }}
            />
          ) : null}
          {shown ? (
            <Dialog title={t('key.made')} close={() => setShown(null)}>
              <p>{t('key.once')}</p>
              <p class="mono said collision__yours">{shown.key}</p>
              <button
                class="btn"
                type="button"
                onClick={() =>
                  navigator.clipboard.writeText(shown.key).then(
                    () => say({ text: t('copied') }),
                    () => say({ text: t('copy.failed'), bad: true }),
                  )
                }
              >
                {t('copy')}
              </button>
            </Dialog>
          ) : null}
          {going ? <Remove name={going.name} path={`/api/keys/${going.id}`} close={() => setGoing(null)} done={again} /> : null}
        </>
      )}
    </Listed>
  );
}

function NewKey({ close, made }: { close: () => void; made: (key: Schema<'KeyWithSecret'>) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Schema<'KeyRole'>>('agent');
  const [agent, setAgent] = useState(agents.value[0]?.id ?? '');
  const [notes, setNotes] = useState(false);
  const [wrong, setWrong] = useState('');
  const submit = async () => {
    try {
      made(await call('POST', '/api/keys', { name, role, ...(role === 'integration' ? (notes ? { scopes: ['notes'] } : {}) : { agent }) }));
    } catch (error) {
      setWrong(wordsOf(error));
    }
  };
  return (
    <Dialog
      title={t('key.new')}
      close={close}
      onSubmit={submit}
      foot={
        <>
          <button class="btn" type="button" onClick={close}>
            {t('cancel')}
          </button>
          <button class="btn btn--primary" type="submit">
            {t('key.make')}
          </button>
        </>
      }
    >
      {wrong ? (
        <p class="error" role="alert">
          {wrong}
        </p>
      ) : null}
      <Text label={t('name')} value={name} onChange={setName} />
      <Choice label={t('role')} value={role} options={(['agent', 'admin', 'integration'] as const).map((one) => [one, t(`role.${one}`)])} onChange={(next) => setRole(next as Schema<'KeyRole'>)} />
      {role === 'integration' ? <Tick label={t('key.notes')} on={notes} onChange={setNotes} /> : <Choice label={t('agent')} value={agent} options={agents.value.map((one) => [one.id, one.name])} onChange={setAgent} />}
    </Dialog>
  );
}
