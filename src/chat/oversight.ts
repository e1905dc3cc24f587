/** Which chats a supervisor sees and may act on: those of the agents of their teams, and those that wait for one of them. */
import type { DepartmentConfig } from '../config/chat-config.js';
import type { AgentId, QueueId, TeamId } from '../kernel/ids.js';
import type { ConversationState } from './conversation-types.js';

/** As much of a site's people as chats know. */
export interface ChatStaff {
  readonly agents: ReadonlyMap<AgentId, { readonly name: string }>;
  readonly teams: ReadonlyMap<
    TeamId,
    { readonly agents: readonly AgentId[]; readonly supervisors: readonly AgentId[] }
  >;
}

export type DepartmentMembers = ReadonlyMap<QueueId, Pick<DepartmentConfig, 'members'>>;

export function isOverseen(
  state: ConversationState,
  by: AgentId,
  { staff, departments }: { staff: ChatStaff; departments: DepartmentMembers },
): boolean {
  const overseen = agentsOf(by, staff);
  const { phase, lastAgent, department } = state;
  // Somebody has it: then it is a matter of their team alone.
  if (phase.name === 'talking' || phase.name === 'inactive') return overseen.has(phase.agent);
  if (phase.name === 'closed' && lastAgent !== undefined) return overseen.has(lastAgent);
  if (department === undefined) return false;
  return departments.get(department.queue)?.members.some(({ agent }) => overseen.has(agent)) === true;
}

/** Agents of the teams that this one is supervisor of. */
function agentsOf(supervisor: AgentId, { teams }: ChatStaff): ReadonlySet<AgentId> {
  const theirs = [...teams.values()].filter(({ supervisors }) => supervisors.includes(supervisor));
  return new Set(theirs.flatMap(({ agents }) => agents));
}
