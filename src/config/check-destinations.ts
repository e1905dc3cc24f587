import { checkAllowed } from './check-agents.js';
import type { DestinationInput } from './destination-schema.js';
import { checkReference, type SiteCheck } from './site-check.js';
import { keyRange, valueRange, type SourcePath } from './source-tree.js';
import { waysOf, type Stop, type Way } from './ways.js';

/** Entry points, menus, overflows: that they lead somewhere, that callers come to an end, and that everything is reached. */
export function checkDestinations(site: SiteCheck): void {
  const ways = waysOf(site.input);
  for (const way of ways) checkWay(site, way);
  for (const [id, { hours }] of Object.entries(site.input.menus)) {
    if (hours !== undefined) checkReference(site, 'hours', hours.open, ['menus', id, 'hours', 'open']);
  }
  checkCircles(site, ways);
  checkUnreached(site, ways);
}

function checkWay(site: SiteCheck, { to, path }: Way): void {
  if (typeof to === 'string') return;
  if ('queue' in to) checkReference(site, 'queues', to.queue, [...path, 'queue']);
  else if ('agent' in to) checkReference(site, 'agents', to.agent, [...path, 'agent']);
  else if ('menu' in to) checkReference(site, 'menus', to.menu, [...path, 'menu']);
  else if ('voicemail' in to) {
    // A queue's `box` names its voicemail by itself.
    checkReference(site, 'voicemails', to.voicemail, path.at(-1) === 'box' ? path : [...path, 'voicemail']);
  } else if ('number' in to) {
    checkReference(site, 'trunks', to.trunk, [...path, 'trunk']);
    checkAllowed(site, to.number, to.trunk, [...path, 'number']);
  }
}

/** A caller who does nothing must come to an end: what nobody has chosen may not lead back. Each circle is told once. */
function checkCircles(site: SiteCheck, ways: readonly Way[]): void {
  const onwards = new Map<string, { readonly next: Stop; readonly path: SourcePath }[]>();
  for (const { from, to, path, isChosen } of ways) {
    const next = stopOf(to);
    if (from === undefined || isChosen || next === undefined || next.kind === 'voicemail') continue;
    const edge = { next, path: [...path, next.kind] };
    onwards.set(nameOf(from), [...(onwards.get(nameOf(from)) ?? []), edge]);
  }
  const settled = new Set<string>();
  const follow = (name: string, trail: readonly { name: string; path: SourcePath }[]): void => {
    for (const { next, path } of onwards.get(name) ?? []) {
      const target = nameOf(next);
      const steps = [...trail, { name, path }];
      const start = steps.findIndex((step) => step.name === target);
      const begin = steps[start];
      if (begin !== undefined) {
        const circle = [...steps.slice(start).map((step) => step.name), target].join(' → ');
        const at = valueRange(site.tree, begin.path);
        site.problems.error(at, `overflow goes round in a circle: ${circle}; let one of them end elsewhere`);
      } else if (!settled.has(target)) follow(target, steps);
    }
    settled.add(name);
  };
  for (const name of onwards.keys()) if (!settled.has(name)) follow(name, []);
}

function stopOf(to: DestinationInput): Stop | undefined {
  if (typeof to === 'string') return undefined;
  if ('queue' in to) return { kind: 'queue', id: to.queue };
  if ('menu' in to) return { kind: 'menu', id: to.menu };
  return 'voicemail' in to ? { kind: 'voicemail', id: to.voicemail } : undefined;
}

function nameOf({ kind, id }: Stop): string {
  return kind === 'queue' ? `\`${id}\`` : `${kind} \`${id}\``;
}

function checkUnreached({ input, tree, problems }: SiteCheck, ways: readonly Way[]): void {
  const reached = new Set(ways.flatMap(({ to }) => stopOf(to) ?? []).map(nameOf));
  const sections = { queue: 'queues', menu: 'menus', voicemail: 'voicemails' } as const;
  for (const kind of ['queue', 'menu', 'voicemail'] as const) {
    for (const id of Object.keys(input[sections[kind]])) {
      if (reached.has(nameOf({ kind, id }))) continue;
      problems.warning(
        keyRange(tree, [sections[kind], id]),
        `no entry point, menu or overflow leads to ${kind} \`${id}\``,
      );
    }
  }
}
