import { checkAllowed } from './check-agents.js';
import { formatDuration } from './duration.js';
import { resolveMembers } from './queue-members.js';
import { checkReference, type SiteCheck } from './site-check.js';
import type { SiteInput } from './site-schema.js';
import { keyRange, nodeAt, valueRange, type SourcePath } from './source-tree.js';

type QueueInput = SiteInput['queues'][string];

/** Teams, queues and entry points: who and what they name, and where callers end up. */
export function checkQueues(site: SiteCheck): void {
  checkTeams(site);
  for (const [id, queue] of Object.entries(site.input.queues)) {
    const path = ['queues', id];
    checkMembers(site, queue, path);
    checkStrategy(site, queue, path);
    checkOverflow(site, queue, path);
    checkStandby(site, queue, path);
  }
  checkStoreDown(site);
  checkOverflowCycles(site);
  for (const [number, { queue }] of Object.entries(site.input.entry_points)) {
    checkReference(site, 'queues', queue, ['entry_points', number, 'queue']);
  }
  checkUnreached(site);
}

function checkTeams(site: SiteCheck): void {
  for (const [id, { agents }] of Object.entries(site.input.teams)) {
    const seen = new Set<string>();
    for (const [index, agent] of agents.entries()) {
      const path = ['teams', id, 'agents', index];
      checkReference(site, 'agents', agent, path);
      if (seen.has(agent)) {
        site.problems.error(valueRange(site.tree, path), `agent \`${agent}\` stands in this list already`);
      }
      seen.add(agent);
    }
  }
}

function checkMembers(site: SiteCheck, queue: QueueInput, path: SourcePath): void {
  for (const [index, member] of queue.members.entries()) {
    const at = [...path, 'members', index];
    if (typeof member === 'string') checkReference(site, 'agents', member, at);
    else if ('agent' in member) checkReference(site, 'agents', member.agent, [...at, 'agent']);
    else checkReference(site, 'teams', member.team, [...at, 'team']);
  }
  const { members, conflicts } = resolveMembers(queue.members, site.input.teams);
  for (const { index, message } of conflicts) {
    site.problems.error(valueRange(site.tree, [...path, 'members', index]), message);
  }
  const written = nodeAt(site.whole, [...path, 'members']);
  if (members.length === 0 && written?.kind === 'list' && queue.members.length === written.items.length) {
    site.problems.warning(written.at, 'nobody is in this queue; every caller goes to the overflow after `max_wait`');
  }
}

function checkStrategy(site: SiteCheck, queue: QueueInput, path: SourcePath): void {
  const { widening, strategy } = queue;
  const at = keyRange(site.tree, [...path, 'widening']);
  if (strategy !== 'widening') {
    if (widening !== undefined && nodeAt(site.tree, [...path, 'strategy']) !== undefined) {
      site.problems.error(at, `\`widening\` belongs to \`strategy: widening\`; this queue's is \`${strategy}\``);
    } else if (widening !== undefined) {
      site.problems.error(at, '`widening` belongs to `strategy: widening`; add that line');
    }
  } else if (widening !== undefined && widening.every >= queue.ring_timeout) {
    const message = `never widens: offers end after \`ring_timeout\` (${formatDuration(queue.ring_timeout)}); choose a shorter time`;
    site.problems.warning(valueRange(site.tree, [...path, 'widening', 'every']), message);
  }
}

function checkOverflow(site: SiteCheck, queue: QueueInput, path: SourcePath): void {
  const { overflow } = queue;
  if (typeof overflow === 'string') return;
  const at = [...path, 'overflow'];
  if ('queue' in overflow) checkReference(site, 'queues', overflow.queue, [...at, 'queue']);
  else if ('agent' in overflow) checkReference(site, 'agents', overflow.agent, [...at, 'agent']);
  else {
    checkReference(site, 'trunks', overflow.trunk, [...at, 'trunk']);
    checkAllowed(site, overflow.number, overflow.trunk, [...at, 'number']);
  }
}

function checkStandby(site: SiteCheck, queue: QueueInput, path: SourcePath): void {
  const seen = new Set<string>();
  for (const [index, entry] of (queue.standby ?? []).entries()) {
    const at = [...path, 'standby', index];
    const key =
      typeof entry === 'string'
        ? `agent \`${entry}\``
        : 'team' in entry
          ? `team \`${entry.team}\``
          : `\`${entry.number}\``;
    if (seen.has(key)) site.problems.error(valueRange(site.tree, at), `${key} stands in this list already`);
    seen.add(key);
    if (typeof entry === 'string') checkReference(site, 'agents', entry, at);
    else if ('team' in entry) checkReference(site, 'teams', entry.team, [...at, 'team']);
    else {
      checkReference(site, 'trunks', entry.trunk, [...at, 'trunk']);
      checkAllowed(site, entry.number, entry.trunk, [...at, 'number']);
    }
  }
}

function checkStoreDown(site: SiteCheck): void {
  const { queues, store, store_down: down } = site.input;
  const lists = Object.entries(queues).filter(([, { standby }]) => standby !== undefined);
  if (down === 'standby' && store !== 'memory') {
    if (lists.length > 0) return;
    const message = 'no queue has a `standby` list, so every call is refused while Redis is away';
    site.problems.warning(valueRange(site.tree, ['store_down']), message);
    return;
  }
  for (const [id] of lists) {
    const message = '`standby` is rung with `store_down: standby` and a store in Redis only';
    site.problems.warning(keyRange(site.tree, ['queues', id, 'standby']), message);
  }
}

/** A caller must come to an end: overflows from queue to queue may not lead back. Each circle is told once. */
function checkOverflowCycles(site: SiteCheck): void {
  const { queues } = site.input;
  const settled = new Set<string>();
  for (const start of Object.keys(queues)) {
    const trail: string[] = [];
    let current: string | undefined = start;
    while (current !== undefined && !settled.has(current) && !trail.includes(current)) {
      trail.push(current);
      current = overflowQueue(queues[current]);
    }
    if (current !== undefined && trail.includes(current)) {
      const circle = [...trail.slice(trail.indexOf(current)), current];
      const at = valueRange(site.tree, ['queues', current, 'overflow', 'queue']);
      const way = circle.map((id) => `\`${id}\``).join(' → ');
      site.problems.error(at, `overflow goes round in a circle: ${way}; let one of them end elsewhere`);
    }
    for (const id of trail) settled.add(id);
  }
}

function overflowQueue(queue: QueueInput | undefined): string | undefined {
  const overflow = queue?.overflow;
  return typeof overflow === 'object' && 'queue' in overflow ? overflow.queue : undefined;
}

function checkUnreached(site: SiteCheck): void {
  const { queues, entry_points: entryPoints } = site.input;
  const reached = new Set<string | undefined>([
    ...Object.values(entryPoints).map(({ queue }) => queue),
    ...Object.values(queues).map(overflowQueue),
  ]);
  for (const id of Object.keys(queues)) {
    if (reached.has(id)) continue;
    site.problems.warning(
      keyRange(site.tree, ['queues', id]),
      `no entry point and no overflow leads to queue \`${id}\``,
    );
  }
}
