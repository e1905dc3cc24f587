import type { BreakInput, RotationInput } from './duty-schema.js';
import { resolveMembers } from './queue-members.js';
import { checkReference, type SiteCheck } from './site-check.js';
import type { SiteInput } from './site-schema.js';
import { nodeAt, valueRange, type SourcePath } from './source-tree.js';

/** Breaks, hours of duty and rotations: what they name. */
export function checkDuty(site: SiteCheck): void {
  for (const [id, agent] of Object.entries(site.input.agents)) checkPerson(site, agent, ['agents', id]);
  for (const [id, team] of Object.entries(site.input.teams)) checkPerson(site, team, ['teams', id]);
  for (const [id, queue] of Object.entries(site.input.queues)) {
    const path = ['queues', id];
    for (const [index, member] of queue.members.entries()) {
      if (typeof member === 'string' || member.hours === undefined) continue;
      checkReference(site, 'hours', member.hours, [...path, 'members', index, 'hours']);
    }
    if (queue.duty === undefined) continue;
    const members = resolveMembers(queue.members, site.input.teams).members.map(({ agent }) => agent);
    checkRotation(site, queue.duty, new Set(members), [...path, 'duty', 'groups']);
  }
}

function checkPerson(
  site: SiteCheck,
  { breaks = [], duty = [] }: Pick<SiteInput['agents'][string], 'breaks' | 'duty'>,
  path: SourcePath,
): void {
  checkBreaks(site, breaks, [...path, 'breaks']);
  checkHours(site, duty, [...path, 'duty']);
}

function checkBreaks(site: SiteCheck, breaks: readonly BreakInput[], path: SourcePath): void {
  for (const [index, { hours }] of breaks.entries()) {
    const isShort = nodeAt(site.tree, [...path, index])?.kind === 'scalar';
    checkReference(site, 'hours', hours, isShort ? [...path, index] : [...path, index, 'hours']);
  }
}

function checkHours(site: SiteCheck, names: readonly string[], path: SourcePath): void {
  const isShort = nodeAt(site.tree, path)?.kind === 'scalar';
  for (const [index, hours] of names.entries()) checkReference(site, 'hours', hours, isShort ? path : [...path, index]);
}

function checkRotation(
  site: SiteCheck,
  { groups }: RotationInput,
  members: ReadonlySet<string>,
  path: SourcePath,
): void {
  for (const [turn, group] of groups.entries()) {
    const at = [...path, turn];
    if (!Array.isArray(group)) {
      checkReference(site, 'teams', group.team, [...at, 'team']);
      continue;
    }
    for (const [index, agent] of group.entries()) {
      if (!checkReference(site, 'agents', agent, [...at, index]) || members.has(agent)) continue;
      const message = `agent \`${agent}\` is no member of this queue; add them to its \`members\``;
      site.problems.error(valueRange(site.tree, [...at, index]), message);
    }
  }
}
