/** How callers get from one place to the next, as the files say it. */
import type { DestinationInput } from './destination-schema.js';
import type { SiteInput } from './site-schema.js';
import type { SourcePath } from './source-tree.js';

/** One way that callers may go. */
export interface Way {
  readonly to: DestinationInput;
  readonly path: SourcePath;
  /** Where it begins, when that is a queue or a menu. */
  readonly from?: Stop;
  /** The caller has chosen it by a key. */
  readonly isChosen: boolean;
}

export interface Stop {
  readonly kind: 'queue' | 'menu' | 'voicemail';
  readonly id: string;
}

/** All ways that the input tells of. */
export function waysOf(input: SiteInput): readonly Way[] {
  const ways: Way[] = [];
  for (const [number, { public: _public, language: _language, ...to }] of Object.entries(input.entry_points)) {
    ways.push({ to, path: ['entry_points', number], isChosen: true });
  }
  for (const [id, { overflow, while_waiting: waiting }] of Object.entries(input.queues)) {
    const from = { kind: 'queue', id } as const;
    ways.push({ to: overflow, path: ['queues', id, 'overflow'], from, isChosen: false });
    if (waiting === 'ringing' || waiting.voicemail === undefined) continue;
    const { box } = waiting.voicemail;
    ways.push({
      to: { voicemail: box },
      path: ['queues', id, 'while_waiting', 'voicemail', 'box'],
      from,
      isChosen: true,
    });
  }
  for (const [id, { keys, hours, otherwise }] of Object.entries(input.menus)) {
    const from = { kind: 'menu', id } as const;
    for (const [key, to] of Object.entries(keys)) {
      ways.push({ to, path: ['menus', id, 'keys', key], from, isChosen: true });
    }
    ways.push({ to: otherwise, path: ['menus', id, 'otherwise'], from, isChosen: false });
    if (hours !== undefined) {
      ways.push({ to: hours.closed, path: ['menus', id, 'hours', 'closed'], from, isChosen: false });
    }
  }
  return ways;
}
