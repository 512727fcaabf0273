import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useLocation, useRoute } from 'preact-iso';
import type { Priority, Status, TicketSummary } from './api';
import { BulkBar } from './bulk';
import { ago, moment, time } from './format';
import { t } from './i18n';
import { useKeys } from './keys';
import { addressOf, canSort, counts, filters, listed, loadCounts, loadViews, ownViews, savedViews, show, showMore, starterViews, unread, viewName, viewOf, views, type Filter, type Sort, type View } from './lists';
import { heardAt } from './live';
import { NewTicket, priorities } from './new-ticket';
import { MineToDecide } from './mine';
import { prefetch } from './ticket-data';
import { agentName, agents, groupName, groups, now, onComeback } from './state';
import { Agent, attempt, channels, DueClock, Empty, Failed, Icon, Loading, Menu, PriorityMark, StatusChip, useTitle } from './ui';
import { useWindowRows } from './virtual';

const first = () => (starterViews.value.some((one) => one.id === 'open') ? 'open' : 'all');

export function Inbox() {
  const { params } = useRoute();
  const { query, route, path } = useLocation();
  const words = query.q ?? '';
  const id = params.view ?? first();
  const filter: Filter = id === 'all' ? Object.fromEntries(filters.flatMap((name) => (query[name] ? [[name, query[name]]] : []))) : {};
  const filterKey = JSON.stringify(filter);
  const [adding, setAdding] = useState(false);
  useEffect(() => {
    void attempt(async () => {
      if (!views.value.length) await loadViews();
      await loadCounts();
    });
  }, []);
  useEffect(() => {
    if (views.value.length || params.view) void show(id, words, filter);
  }, [id, words, filterKey, views.value.length > 0]);
  useEffect(() => onComeback(() => void show(id, words, filter)), [id, words, filterKey]);
  const title = words ? t('search.for', { words }) : viewName(viewOf(id));
  useTitle(title);
  const count = words || filterKey !== '{}' ? undefined : counts.value.get(id);
  const search = useRef<HTMLInputElement>(null);
  useKeys({ c: () => setAdding(true) });
  const viewItems = () => [...starterViews.value, ...ownViews, ...savedViews.value].map((view) => ({ words: viewName(view), run: () => route(`/desk/views/${view.id}`) }));
  return (
    <div class="desk desk--inbox">
      <nav class="views" aria-label={t('views')}>
        <div class="views__head">
          <h2>{t('views')}</h2>
          <a class="btn btn--quiet btn--icon btn--sm" href="/desk/admin/views/new" aria-label={t('view.new')}>
            <Icon name="plus" small />
          </a>
        </div>
        <ul class="views__list">
          {[...starterViews.value, ...ownViews].map((view) => (
            <ViewLink key={view.id} view={view} current={!words && view.id === id} />
          ))}
        </ul>
        {savedViews.value.length ? (
          <>
            <h3>{t('views.saved')}</h3>
            <ul class="views__list">
              {savedViews.value.map((view) => (
                <ViewLink key={view.id} view={view} current={!words && view.id === id} />
              ))}
            </ul>
          </>
        ) : null}
        <MineToDecide />
      </nav>
      <main class="list" id="main">
        <div class="list__top">
          <h1>
            {title} {count ? <span class="count">{`${count.count}${count.more ? '+' : ''}`}</span> : null}
          </h1>
          {heardAt.value ? <p class="muted list__live">{t('live', { time: time(heardAt.value) })}</p> : null}
          <span class="viewswitch">
            <Menu label={t('views')} items={viewItems}>
              <span class="truncate">{title}</span>
              {count ? <span class="count">{count.count}</span> : null}
              <Icon name="chev-down" small />
            </Menu>
          </span>
          <form
            class="list__search"
            role="search"
            onSubmit={(event) => {
              event.preventDefault();
              const asked = search.current!.value.trim();
              route(asked ? `${path.startsWith('/desk/views/') ? path : '/desk'}?q=${encodeURIComponent(asked)}` : path);
            }}
          >
            <label class="search">
              <Icon name="search" small />
              <span class="vh">{t('search.label')}</span>
              <input key={words} ref={search} class="input" type="search" placeholder={t('search')} defaultValue={words} onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()} />
              <kbd class="kbd" aria-hidden="true">
                /
              </kbd>
            </label>
          </form>
          <button class="btn btn--primary list__new" type="button" onClick={() => setAdding(true)}>
            <Icon name="plus" small />
            <span>{t('ticket.new')}</span>
          </button>
        </div>
        {words || canSort(id) ? (
          <div class="list__filter">
            {id === 'all' && !words ? <Filters filter={filter} /> : null}
            {words ? (
              <span class="token">
                {t('search.for', { words })}
                <button class="token__x" type="button" aria-label={t('search.end')} onClick={() => route(path)}>
                  <Icon name="x" small />
                </button>
              </span>
            ) : (
              <label class="list__order">
                <span class="vh">{t('order')}</span>
                <select
                  class="select"
                  value={listed.sort.value}
                  onChange={(event) => {
                    listed.sort.value = event.currentTarget.value as Sort;
                    void show(id);
                  }}
                >
                  {(['-updatedAt', 'updatedAt', '-createdAt', 'createdAt', 'dueAt'] as const).map((one) => (
                    <option key={one} value={one}>
                      {t(`order.${one}`)}
                    </option>
                  ))}
                </select>
              </label>
            )}
          </div>
        ) : null}
        <List title={title} words={words} />
        <BulkBar />
      </main>
      {adding ? <NewTicket close={() => setAdding(false)} /> : null}
    </div>
  );
}

/** Narrows the list of all tickets. What it is narrowed to stands in the address, so that it can be passed on. */
function Filters({ filter }: { filter: Filter }) {
  const { route } = useLocation();
  const go = (next: Filter) => route(addressOf('all', '', next));
  const words = (name: keyof Filter, value: string): string => {
    const one = (part: string) => (name === 'status' ? t(`status.${part as Status}`) : name === 'priority' ? t(`priority.${part as Priority}`) : name === 'group' ? groupName(part) : name === 'assignee' ? (part === 'none' ? t('nobody') : agentName(part)) : part);
    return value.split(',').map(one).join(', ');
  };
  const choose = (name: keyof Filter, values: string[]) => values.map((value, index) => ({ words: `${t(name)}: ${words(name, value)}`, line: index === 0, run: () => go({ ...filter, [name]: value }) }));
  return (
    <>
      <Menu
        label={t('filter')}
        buttonClass="btn btn--sm"
        items={() => [
          ...choose('status', ['new', 'open', 'pending', 'on-hold', 'resolved', 'closed']),
          ...choose('priority', [...priorities].reverse()),
          ...choose('group', groups.value.map((one) => one.id)),
          ...choose('assignee', ['none', ...agents.value.filter((one) => one.active).map((one) => one.id)]),
        ]}
      >
        <Icon name="filter" small />
        {t('filter')}
      </Menu>
      {filters.flatMap((name) => {
        const value = filter[name];
        return value
          ? [
              <span key={name} class="token">
                {t(name)}: {words(name, value)}
                <button class="token__x" type="button" aria-label={t('filter.remove', { name: t(name) })} onClick={() => go({ ...filter, [name]: undefined })}>
                  <Icon name="x" small />
                </button>
              </span>,
            ]
          : [];
      })}
    </>
  );
}

function ViewLink({ view, current }: { view: View; current: boolean }) {
  const count = counts.value.get(view.id);
  const icon = view.id === 'at-risk' ? 'triangle' : view.id === 'breached' ? 'octagon' : null;
  const loud = count?.count ? (view.id === 'at-risk' ? ' count--risk' : view.id === 'breached' ? ' count--bad' : '') : '';
  return (
    <li>
      <a href={`/desk/views/${view.id}`} aria-current={current ? 'page' : undefined}>
        {icon && loud ? <Icon name={icon} small /> : null}
        <span>{viewName(view)}</span>
        {count ? (
          <span class={`count${loud}`}>
            {count.count}
            {count.more ? '+' : ''}
            <span class="vh"> {t('tickets')}</span>
          </span>
        ) : null}
      </a>
    </li>
  );
}

function List({ title, words }: { title: string; words: string }) {
  const { route } = useLocation();
  const items = listed.items.value;
  const body = useRef<HTMLDivElement>(null);
  const top = useRef(0);
  const rows = useWindowRows(
    items.length,
    (index) => items[index]?.id ?? `${index}`,
    37,
    () => top.current,
  );
  useLayoutEffect(() => {
    const measured = body.current ? Math.round(body.current.getBoundingClientRect().top + window.scrollY) : 0;
    if (measured !== top.current) {
      top.current = measured;
      rows.measure();
    }
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - 30) void showMore();
  }, [last, items.length, listed.cursor.value]);

  const goTo = (index: number) => {
    const ticket = items[index];
    if (!ticket) return;
    listed.active.value = ticket.id;
    rows.scrollToIndex(index, { align: 'auto' });
    // At once where the row is there, so that an Enter right after it opens this ticket and not the one before.
    const focus = () => document.getElementById(`open-${ticket.id}`)?.focus({ preventScroll: true });
    if (document.getElementById(`open-${ticket.id}`)) focus();
    else requestAnimationFrame(() => requestAnimationFrame(focus));
    void prefetch(ticket.number);
  };
  const at = items.findIndex((one) => one.id === listed.active.value);
  const toggle = (id: string, on: boolean) => {
    const next = new Set(listed.selected.value);
    if (on) next.add(id);
    else next.delete(id);
    listed.selected.value = next;
  };
  useKeys({
    j: () => goTo(Math.min(items.length - 1, at + 1)),
    k: () => goTo(Math.max(0, at - 1)),
    o: () => items[at] && route(`/desk/tickets/${items[at].number}`),
    x: () => items[at] && toggle(items[at].id, !listed.selected.value.has(items[at].id)),
    Escape: () => {
      if (listed.selected.value.size) listed.selected.value = new Set();
      else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    },
  });

  if (listed.error.value) return <Failed error={listed.error.value} again={() => void show(listed.view.value, words)} />;
  if (!items.length && listed.state.value === 'loading') return <Loading />;
  if (!items.length)
    return (
      <Empty icon={words ? 'search' : 'inbox'} title={t(words ? 'search.none' : 'list.none')}>
        <p>{t(words ? 'search.none-hint' : 'list.none-hint')}</p>
      </Empty>
    );
  const whole = items.every((one) => listed.selected.value.has(one.id));
  return (
    <div class="tickets" role="table" aria-label={title} aria-rowcount={listed.cursor.value ? -1 : items.length + 1}>
      <div role="rowgroup">
        <div class="row row--head" role="row">
          <div class="c-check" role="columnheader">
            <label class="hit">
              <input class="tick" type="checkbox" aria-label={t('list.all')} checked={whole} onChange={(event) => (listed.selected.value = new Set(event.currentTarget.checked ? items.map((one) => one.id) : []))} />
            </label>
          </div>
          <div class="c-ch" role="columnheader">
            <span class="vh">{t('channel')}</span>
          </div>
          <div class="c-num" role="columnheader">
            {t('number')}
          </div>
          <div class="c-sub" role="columnheader">
            {t('subject')}
          </div>
          <div class="c-req" role="columnheader">
            {t('requester')}
          </div>
          <div class="c-last" role="columnheader">
            {t('last-speaker')}
          </div>
          <div class="c-st" role="columnheader">
            {t('status')}
          </div>
          <div class="c-pr" role="columnheader">
            {t('priority')}
          </div>
          <div class="c-as" role="columnheader">
            <abbr title={t('assignee')}>{t('list.agent')}</abbr>
          </div>
          <div class="c-sla" role="columnheader">
            {t('due')}
          </div>
        </div>
      </div>
      <div role="rowgroup" class="rows-v" ref={body} style={{ blockSize: `${rows.getTotalSize()}px` }}>
        {shown.map((one) => (
          <Row
            key={one.key}
            ticket={items[one.index]!}
            index={one.index}
            offset={one.start - top.current}
            measure={(element) => rows.measureElement(element)}
            selected={listed.selected.value.has(items[one.index]!.id)}
            active={listed.active.value === items[one.index]!.id}
            toggle={toggle}
          />
        ))}
      </div>
      <p class="list__end muted">{listed.cursor.value ? t('list.more', { count: items.length }) : t('list.end', { count: items.length })}</p>
    </div>
  );
}

/** Who said something last, and when. A reply of an agent has its arrow, so that what waits for the desk is seen without reading. */
function LastSpeaker({ ticket }: { ticket: TicketSummary }) {
  const last = ticket.lastWord;
  const at = last?.at ?? ticket.createdAt;
  const by = last?.by ?? (ticket.channel === 'alert' ? 'system' : 'requester');
  return (
    <>
      {by === 'agent' ? <Icon name="reply" small /> : by === 'requester' ? null : <Icon name={ticket.channel === 'alert' ? 'monitor' : 'bolt'} small />}
      <span class="truncate">{(by === 'agent' && agentName(last?.agent)) || (by === 'requester' ? t('list.requester') : t(`speaker.${by}`))}</span>
      <span class="count">
        <time datetime={at} title={moment(at)}>
          {ago(at, now.value)}
        </time>
      </span>
    </>
  );
}

function Row({ ticket, index, offset, measure, selected, active, toggle }: { ticket: TicketSummary; index: number; offset: number; measure: (element: HTMLElement | null) => void; selected: boolean; active: boolean; toggle: (id: string, on: boolean) => void }) {
  const fresh = unread(ticket);
  const done = ticket.status === 'resolved' || ticket.status === 'closed';
  const name = ticket.requester.name ?? ticket.requester.email;
  return (
    <div
      class={`row${fresh ? ' row--unread' : ''}${done ? ' row--done' : ''}${active ? ' row--active' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-index={index}
      ref={measure}
      style={{ transform: `translateY(${offset}px)` }}
      onPointerEnter={() => void prefetch(ticket.number)}
    >
      <div class="c-check" role="cell">
        <label class="hit">
          <input class="tick" type="checkbox" aria-label={t('list.select', { number: ticket.number })} checked={selected} onChange={(event) => toggle(ticket.id, event.currentTarget.checked)} />
        </label>
      </div>
      <div class="c-ch" role="cell">
        {fresh ? <span class="dot" role="img" aria-label={t('unread')} /> : <span class="dot dot--off" />}
        <Icon name={channels[ticket.channel]} small label={t(`channel.${ticket.channel}`)} />
      </div>
      <div class="c-num" role="cell">
        {ticket.number}
      </div>
      <div class="c-sub" role="cell">
        <a class="truncate" id={`open-${ticket.id}`} href={`/desk/tickets/${ticket.number}`} onFocus={() => (listed.active.value = ticket.id)}>
          {ticket.subject}
        </a>
        {ticket.tags.slice(0, 2).map((tag) => (
          <span key={tag} class="chip chip--tag">
            {tag}
          </span>
        ))}
      </div>
      <div class="c-req truncate" role="cell">
        {name}
      </div>
      <div class="c-last" role="cell">
        <LastSpeaker ticket={ticket} />
      </div>
      <div class="c-st" role="cell">
        <StatusChip status={ticket.status} />
      </div>
      <div class="c-pr" role="cell">
        <PriorityMark priority={ticket.priority} />
      </div>
      <div class="c-as" role="cell">
        <Agent id={ticket.assignee} />
      </div>
      <div class="c-sla" role="cell">
        <DueClock sla={ticket.sla} since={ticket.createdAt} done={done} />
      </div>
    </div>
  );
}
