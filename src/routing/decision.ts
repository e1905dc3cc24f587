/** Why this agent, and why not that one: what every match leaves behind. */
import type { StrategyKind } from '../config/staffing.js';
import type { AgentId } from '../kernel/ids.js';

export interface Decision {
  readonly strategy: StrategyKind;
  /** Who could take the work, in the order in which the strategy would choose them. */
  readonly candidates: readonly { readonly agent: AgentId; readonly key: number }[];
  readonly chosen: readonly AgentId[];
  /** Why each other member of the queue was passed over, in words for people: `on a call`, `away: lunch`. */
  readonly passedOver: readonly { readonly agent: AgentId; readonly why: string }[];
}
