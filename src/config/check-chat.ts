/** Chats: what departments, rules and customers name, that overflows end, and that transcripts can be kept. */
import { checkMembers } from './check-members.js';
import { checkReference, type SiteCheck } from './site-check.js';
import { pathIn, type SiteFolder } from './site-folder.js';
import type { SiteInput } from './site-schema.js';
import { keyRange, keysAt, nodeAt, valueRange, type SourcePath } from './source-tree.js';
import { suggestName } from './suggestion.js';

type ChatInput = NonNullable<SiteInput['chat']>;

export function checkChat(site: SiteCheck, folder: SiteFolder): void {
  const { chat } = site.input;
  if (chat === undefined) return;
  for (const [id, department] of Object.entries(chat.departments)) {
    const path = ['chat', 'departments', id];
    checkMembers(site, department.members, [...path, 'members']);
    checkClash(site, id, path);
    if (department.hours !== undefined) checkReference(site, 'hours', department.hours, [...path, 'hours']);
    if (department.overflow === 'close') continue;
    checkDepartment(site, department.overflow.department, [...path, 'overflow', 'department']);
  }
  checkOverflowCircles(site, chat);
  if (chat.default_department !== undefined) {
    checkDepartment(site, chat.default_department, ['chat', 'default_department']);
  } else if (keysAt(site.whole, ['chat', 'departments']).length === 0) {
    site.problems.error(valueRange(site.tree, ['chat', 'departments']), 'chats need at least one department');
  }
  checkRules(site, chat);
  checkReplies(site, chat);
  checkTranscripts(site, chat, folder);
}

/** An agent who types a shortcut must know what they get: in each department it stands for one text. */
function checkReplies(site: SiteCheck, { replies }: ChatInput): void {
  const taken = new Map<string, { readonly departments: readonly string[] | undefined }[]>();
  for (const [index, { shortcut, departments }] of replies.entries()) {
    const path = ['chat', 'replies', index];
    for (const [at, department] of (departments ?? []).entries()) {
      checkDepartment(site, department, [...path, 'departments', at]);
    }
    const others = taken.get(shortcut.toLowerCase()) ?? [];
    taken.set(shortcut.toLowerCase(), [...others, { departments }]);
    if (!others.some((other) => shareOne(other.departments, departments))) continue;
    const message = `another reply has the shortcut \`${shortcut}\` in the same department`;
    site.problems.error(valueRange(site.tree, [...path, 'shortcut']), message);
  }
}

/** Without a list it is offered in all. */
function shareOne(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one === undefined || other === undefined || one.some((department) => other.includes(department));
}

/** Both are lines of one ledger. */
function checkClash(site: SiteCheck, id: string, path: SourcePath): void {
  if (!keysAt(site.whole, ['queues']).includes(id)) return;
  const message = `a queue is called \`${id}\`, too; call one of them otherwise, such as \`${id}-chat\``;
  site.problems.error(keyRange(site.tree, path), message);
}

function checkDepartment(site: SiteCheck, name: string, path: SourcePath): void {
  const known = keysAt(site.whole, ['chat', 'departments']);
  if (known.includes(name)) return;
  const suggestion = suggestName(name, known, 'departments');
  site.problems.error(valueRange(site.tree, path), `unknown department \`${name}\`${suggestion}`);
}

/** Each circle is told once, at the overflow of whichever of its departments stands first. */
function checkOverflowCircles(site: SiteCheck, { departments }: ChatInput): void {
  const told = new Set<string>();
  for (const start of Object.keys(departments)) {
    if (told.has(start)) continue;
    const trail: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !trail.includes(at)) {
      trail.push(at);
      const overflow: ChatInput['departments'][string]['overflow'] | undefined = departments[at]?.overflow;
      at = overflow === undefined || overflow === 'close' ? undefined : overflow.department;
    }
    if (at === start) {
      const circle = [...trail, start].map((id) => `\`${id}\``).join(' → ');
      const place = valueRange(site.tree, ['chat', 'departments', start, 'overflow']);
      site.problems.error(place, `overflow goes round in a circle: ${circle}; let one of them end in \`close\``);
      for (const id of trail) told.add(id);
    }
  }
}

function checkRules(site: SiteCheck, { rules, dedicated }: ChatInput): void {
  for (const [index, { when, then }] of rules.entries()) {
    const path = ['chat', 'rules', index];
    if (when.hours !== undefined) checkReference(site, 'hours', when.hours, [...path, 'when', 'hours']);
    if (then.department !== undefined) checkDepartment(site, then.department, [...path, 'then', 'department']);
    if (then.agent !== undefined) checkReference(site, 'agents', then.agent, [...path, 'then', 'agent']);
  }
  for (const [index, { agent, customer }] of dedicated.entries()) {
    const path = ['chat', 'dedicated', index];
    checkReference(site, 'agents', agent, [...path, 'agent']);
    if (Object.values(customer).some((wanted) => wanted !== undefined)) continue;
    const message = 'this fits nobody; name `ids`, `emails` or `tags`';
    site.problems.error(valueRange(site.tree, [...path, 'customer']), message);
  }
}

function checkTranscripts(site: SiteCheck, { transcripts, retention }: ChatInput, folder: SiteFolder): void {
  if (transcripts === 'memory') {
    if (nodeAt(site.tree, ['chat', 'retention']) === undefined || retention === undefined) return;
    const message = '`transcripts: memory` forgets all chats at a stop, whatever the `retention`';
    site.problems.warning(valueRange(site.tree, ['chat', 'retention']), message);
    return;
  }
  if (!('pglite' in transcripts)) return;
  const path = pathIn(folder, transcripts.pglite);
  if (folder.look(path) === 'file' || !folder.canWrite(path)) {
    const message = `transcripts cannot be written to \`${transcripts.pglite}\``;
    site.problems.error(valueRange(site.tree, ['chat', 'transcripts', 'pglite']), message);
  }
}
