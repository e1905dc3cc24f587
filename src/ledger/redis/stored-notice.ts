/** What the store says beside answers: notices for other controllers, decisions in brief, and lists as Lua has them. */
import type { StrategyKind } from '../../config/staffing.js';
import type { AgentId, WorkId } from '../../kernel/ids.js';
import type { Decision } from '../../routing/decision.js';
import { whyNot } from '../../routing/why-not.js';
import type { HoldState, LedgerNotice, Unavailability } from '../ledger.js';

/** What Lua makes of a list: an empty one is a table like any other. */
export type LuaList<Item> = readonly Item[] | Record<string, never>;

/** Who was free, and not asked: an attempt asks everybody once. */
type LeftOut = { readonly type: 'offered-already' } | { readonly type: 'let-pass' };

export interface StoredDecision {
  readonly strategy: StrategyKind;
  /** Places, as the index of who is free has them. */
  readonly candidates: LuaList<string>;
  readonly chosen: LuaList<AgentId>;
  readonly passedOver?: LuaList<{
    readonly agent: AgentId;
    readonly why: LeftOut | Unavailability;
    readonly holds: LuaList<HoldState>;
  }>;
}

export function list<Item>(items: LuaList<Item> | undefined): readonly Item[] {
  return Array.isArray(items) ? (items as readonly Item[]) : [];
}

/** Where one phone of an agent can be reached. */
export interface StoredContact {
  readonly agent: AgentId;
  readonly account: string;
  readonly uri: string;
  /** The controller with which it has registered. */
  readonly node: string;
  readonly contact: { readonly proxy?: string; readonly expiresAtMs: number };
}

export interface ContactChange extends Pick<StoredContact, 'agent' | 'account' | 'uri'> {
  /** None: it is gone. */
  readonly contact?: StoredContact['contact'];
  /** Removes it in the name of that controller. */
  readonly of?: string;
}

/** What stands in the stream of notices. */
export type StoredNotice =
  | Exclude<LedgerNotice, { type: 'offered' | 'taken' }>
  | {
      readonly type: 'offered';
      readonly owner: string;
      readonly work: WorkId;
      readonly attempt: number;
      readonly agents: LuaList<AgentId>;
      /** Absent where the agent has pulled it. */
      readonly decision?: StoredDecision;
    }
  | (Extract<LedgerNotice, { type: 'taken' }> & { readonly owner: string })
  | ({ readonly type: 'contact' } & ContactChange);

/** As subscribers are told; nothing, when it is not for them. @param node who reads it */
export function parseNotice(notice: StoredNotice, node: string): LedgerNotice | undefined {
  if (notice.type === 'contact') return undefined;
  if (notice.type !== 'offered' && notice.type !== 'taken') return notice;
  const { owner, ...told } = notice;
  if (owner !== node) return undefined;
  if (told.type === 'taken') return told;
  const { decision, ...offered } = told;
  return {
    ...offered,
    agents: list(told.agents),
    ...(decision === undefined ? {} : { decision: parseDecision(decision) }),
  };
}

export function parseDecision(decision: StoredDecision): Decision {
  return {
    strategy: decision.strategy,
    candidates: parseCandidates(decision.strategy, list(decision.candidates)),
    chosen: list(decision.chosen),
    passedOver: list(decision.passedOver).map(({ agent, why, holds }) => ({ agent, why: inWords(why, list(holds)) })),
  };
}

const TIES_BY_IDLE: readonly StrategyKind[] = [
  ...(['priority', 'fewest-calls', 'least-talk-time'] as const),
  ...(['maximum-utilisation', 'average-utilisation'] as const),
];

/** A place (lib/room.lua) is the key, what breaks ties (the time where the longest idle goes first, and the order in the
 * config) and the name. */
function parseCandidates(strategy: StrategyKind, places: readonly string[]): Decision['candidates'] {
  const nameAt = TIES_BY_IDLE.includes(strategy) ? 30 : 18;
  const zero = strategy === 'maximum-utilisation' ? 0x800_0000_0000 : 0;
  return places.map((place) => ({
    agent: place.slice(nameAt) as AgentId,
    key: Number.parseInt(place.slice(0, 11), 16) - zero,
  }));
}

function inWords(why: LeftOut | Unavailability, holds: readonly HoldState[]): string {
  switch (why.type) {
    case 'offered-already':
      return 'being offered this already';
    case 'let-pass':
      return 'let this offer pass';
    default:
      return whyNot(why, holds);
  }
}
