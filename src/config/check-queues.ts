import { checkAllowed } from './check-agents.js';
import { formatDuration } from './duration.js';
import { checkMembers } from './check-members.js';
import { checkReference, type SiteCheck } from './site-check.js';
import type { SiteInput } from './site-schema.js';
import { keyRange, nodeAt, valueRange, type SourcePath } from './source-tree.js';

type QueueInput = SiteInput['queues'][string];

/** Teams and queues: who and what they name. */
export function checkQueues(site: SiteCheck): void {
  checkTeams(site);
  for (const [id, queue] of Object.entries(site.input.queues)) {
    const path = ['queues', id];
    checkAnybody(site, queue, [...path, 'members']);
    checkStrategy(site, queue, path);
    checkStandby(site, queue, path);
  }
  checkStoreDown(site);
}

function checkTeams(site: SiteCheck): void {
  for (const [id, { agents, supervisors }] of Object.entries(site.input.teams)) {
    checkAgentList(site, agents, ['teams', id, 'agents']);
    checkAgentList(site, supervisors, ['teams', id, 'supervisors']);
  }
}

function checkAgentList(site: SiteCheck, agents: readonly string[], path: SourcePath): void {
  const seen = new Set<string>();
  for (const [index, agent] of agents.entries()) {
    const at = [...path, index];
    checkReference(site, 'agents', agent, at);
    if (seen.has(agent))
      site.problems.error(valueRange(site.tree, at), `agent \`${agent}\` stands in this list already`);
    seen.add(agent);
  }
}

function checkAnybody(site: SiteCheck, queue: QueueInput, path: SourcePath): void {
  const members = checkMembers(site, queue.members, path);
  const written = nodeAt(site.whole, path);
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
