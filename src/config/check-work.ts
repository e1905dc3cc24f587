/** Work of other systems: what its queues and webhooks name, that overflows end, and what travels in the clear. */
import { isLoopback } from './network-address.js';
import { checkMembers } from './check-members.js';
import type { SiteCheck } from './site-check.js';
import type { SiteInput } from './site-schema.js';
import { keyRange, keysAt, valueRange, type SourcePath } from './source-tree.js';
import { suggestName } from './suggestion.js';

type WorkInput = NonNullable<SiteInput['work']>;

export function checkWork(site: SiteCheck): void {
  const { work } = site.input;
  if (work === undefined) return;
  if (keysAt(site.whole, ['work', 'queues']).length === 0) {
    site.problems.error(valueRange(site.tree, ['work', 'queues']), 'work needs at least one queue');
  }
  for (const [id, queue] of Object.entries(work.queues)) {
    const path = ['work', 'queues', id];
    checkMembers(site, queue.members, [...path, 'members']);
    checkClash(site, id, path);
    if (queue.overflow === 'end') continue;
    const at = [...path, 'overflow', 'queue'];
    if (!checkQueue(site, queue.overflow.queue, at)) continue;
    const next = work.queues[queue.overflow.queue];
    if (next === undefined || next.channel === queue.channel) continue;
    const message = `\`${queue.overflow.queue}\` takes work of the channel ${next.channel}, this queue ${queue.channel}`;
    site.problems.error(valueRange(site.tree, at), message);
  }
  checkCircles(site, work);
  checkWebhooks(site, work);
}

/** All are lines of one ledger. */
function checkClash(site: SiteCheck, id: string, path: SourcePath): void {
  const clashes = [
    ...(keysAt(site.whole, ['queues']).includes(id) ? ['a queue of calls'] : []),
    ...(keysAt(site.whole, ['chat', 'departments']).includes(id) ? ['a department'] : []),
  ];
  for (const what of clashes) {
    const message = `${what} is called \`${id}\`, too; call one of them otherwise, such as \`${id}-work\``;
    site.problems.error(keyRange(site.tree, path), message);
  }
}

function checkQueue(site: SiteCheck, name: string, path: SourcePath): boolean {
  const known = keysAt(site.whole, ['work', 'queues']);
  if (known.includes(name)) return true;
  const suggestion = suggestName(name, known, 'queues of work');
  site.problems.error(valueRange(site.tree, path), `unknown queue of work \`${name}\`${suggestion}`);
  return false;
}

/** Each circle is told once, at the overflow of whichever of its queues stands first. */
function checkCircles(site: SiteCheck, { queues }: WorkInput): void {
  const told = new Set<string>();
  for (const start of Object.keys(queues)) {
    if (told.has(start)) continue;
    const trail: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !trail.includes(at)) {
      trail.push(at);
      const overflow: WorkInput['queues'][string]['overflow'] | undefined = queues[at]?.overflow;
      at = overflow === undefined || overflow === 'end' ? undefined : overflow.queue;
    }
    if (at !== start) continue;
    const circle = [...trail, start].map((id) => `\`${id}\``).join(' → ');
    const place = valueRange(site.tree, ['work', 'queues', start, 'overflow']);
    site.problems.error(place, `overflow goes round in a circle: ${circle}; let one of them end in \`end\``);
    for (const id of trail) told.add(id);
  }
}

function checkWebhooks(site: SiteCheck, { webhooks }: WorkInput): void {
  for (const [name, { url, queues = [] }] of Object.entries(webhooks)) {
    const path = ['work', 'webhooks', name];
    for (const [index, queue] of queues.entries()) checkQueue(site, queue, [...path, 'queues', index]);
    const { protocol, hostname } = new URL(url);
    if (protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))) continue;
    const message = 'events travel in the clear to another machine; use `https`';
    site.problems.warning(valueRange(site.tree, [...path, 'url']), message);
  }
}
