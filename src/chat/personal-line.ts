/**
 * Beside those of the departments the ledger keeps one line per agent, with that agent as its only member: chats that
 * are for one person wait there, and reach them by the same matching, under the same limits, as all others.
 */
import { agentId, queueId, type AgentId, type QueueId } from '../kernel/ids.js';

/** Ids in configurations do not begin so. */
const MARK = '@';

export function personalLine(agent: AgentId): QueueId {
  return queueId(`${MARK}${agent}`);
}

/** Whose line it is; `undefined` for a department's. */
export function agentOfLine(queue: QueueId): AgentId | undefined {
  return isPersonalLine(queue) ? agentId(queue.slice(MARK.length)) : undefined;
}

export function isPersonalLine(queue: QueueId): boolean {
  return queue.startsWith(MARK);
}
