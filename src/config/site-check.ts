/** What the checks across places share: the site as read, its tree, and the names that are defined anywhere. */
import type { ProblemList } from './problem.js';
import type { SiteInput } from './site-schema.js';
import { keysAt, nodeAt, valueRange, type SourceNode, type SourcePath } from './source-tree.js';
import { suggestName } from './suggestion.js';

export interface SiteCheck {
  readonly input: SiteInput;
  readonly tree: SourceNode;
  /** All that the files define, also what has errors of its own; a reference to it is not unknown. */
  readonly whole: SourceNode;
  readonly problems: ProblemList;
}

const sections = {
  agents: 'agent',
  teams: 'team',
  queues: 'queue',
  trunks: 'trunk',
  hours: 'hours',
  menus: 'menu',
  voicemails: 'voicemail',
} as const;

/** Among thousands of names each search takes milliseconds, and nobody reads so many problems. */
const suggestionsUpTo = 200;

/** Reports a name that is defined nowhere. `true` when it is defined, or when its section cannot be read at all. */
export function checkReference(
  site: SiteCheck,
  section: keyof typeof sections,
  name: string,
  path: SourcePath,
): boolean {
  const defined = nodeAt(site.whole, [section]);
  if (defined !== undefined && defined.kind !== 'map') return true;
  const known = keysAt(site.whole, [section]);
  if (known.includes(name)) return true;
  const suggestion = site.problems.count() < suggestionsUpTo ? suggestName(name, known, section) : '';
  const message = `unknown ${sections[section]} \`${name}\`${suggestion}`;
  site.problems.error(valueRange(site.tree, path), message);
  return false;
}
