import { resolveMembers, type MemberInput, type ResolvedMember } from './queue-members.js';
import { checkReference, type SiteCheck } from './site-check.js';
import { valueRange, type SourcePath } from './source-tree.js';

/**
 * Names of agents and teams that nobody has, and entries that contradict each other.
 *
 * @param path of the list
 * @returns each agent once
 */
export function checkMembers(
  site: SiteCheck,
  members: readonly MemberInput[],
  path: SourcePath,
): readonly ResolvedMember[] {
  for (const [index, member] of members.entries()) {
    const at = [...path, index];
    if (typeof member === 'string') checkReference(site, 'agents', member, at);
    else if ('agent' in member) checkReference(site, 'agents', member.agent, [...at, 'agent']);
    else checkReference(site, 'teams', member.team, [...at, 'team']);
  }
  const resolved = resolveMembers(members, site.input.teams);
  for (const { index, message } of resolved.conflicts) {
    site.problems.error(valueRange(site.tree, [...path, index]), message);
  }
  return resolved.members;
}
