/** From the members as written (agents and teams, with priorities) to each agent once. */
import type { SiteInput } from './site-schema.js';

export type MemberInput = SiteInput['queues'][string]['members'][number];

const defaultPriority = 50;

export interface ResolvedMember {
  readonly agent: string;
  readonly priority: number;
  /** Of duty for this queue. */
  readonly hours?: string | undefined;
}

export interface MemberConflict {
  /** Index in the written list. */
  readonly index: number;
  readonly message: string;
}

/**
 * In the order as written, a team's agents at the place of the team. An agent's own entry beats those of its teams,
 * place included. Teams that give an agent different priorities are a conflict, as is an entry that stands twice.
 */
export function resolveMembers(
  written: readonly MemberInput[],
  teams: SiteInput['teams'],
): { members: readonly ResolvedMember[]; conflicts: readonly MemberConflict[] } {
  const entries = written.map(normalise);
  const own = new Set(entries.flatMap((entry) => (entry.kind === 'agent' ? [entry.name] : [])));
  const seen = new Set<string>();
  const members = new Map<string, ResolvedMember & { readonly via: string }>();
  const conflicts: MemberConflict[] = [];
  for (const [index, { kind, name, priority, hours }] of entries.entries()) {
    if (seen.has(`${kind} ${name}`)) {
      conflicts.push({ index, message: `${kind} \`${name}\` stands in this list already` });
      continue;
    }
    seen.add(`${kind} ${name}`);
    const agents = kind === 'agent' ? [name] : (teams[name]?.agents ?? []).filter((agent) => !own.has(agent));
    for (const agent of agents) {
      const earlier = members.get(agent);
      if (earlier === undefined) {
        members.set(agent, { agent, priority, hours, via: name });
        continue;
      }
      if (earlier.priority === priority && earlier.hours === hours) continue;
      const both =
        earlier.priority === priority
          ? `hours ${earlier.hours ?? 'none'} by team \`${earlier.via}\` and ${hours ?? 'none'} by team \`${name}\``
          : `priority ${earlier.priority} by team \`${earlier.via}\` and ${priority} by team \`${name}\``;
      conflicts.push({ index, message: `agent \`${agent}\` gets ${both}; give the agent an entry of its own` });
    }
  }
  return {
    members: [...members.values()].map(({ agent, priority, hours }) => ({ agent, priority, hours })),
    conflicts,
  };
}

function normalise(member: MemberInput): {
  kind: 'agent' | 'team';
  name: string;
  priority: number;
  hours?: string | undefined;
} {
  if (typeof member === 'string') return { kind: 'agent', name: member, priority: defaultPriority };
  const priority = member.priority ?? defaultPriority;
  const { hours } = member;
  if ('agent' in member) return { kind: 'agent', name: member.agent, priority, hours };
  return { kind: 'team', name: member.team, priority, hours };
}
