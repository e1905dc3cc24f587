/** A chat as it is handed on to another controller: all that its life depends on, as JSON. */
import type { AgentId } from '../kernel/ids.js';
import type { ChatFacts } from '../routing/rules.js';
import type { ConversationState, OfferState, Phase } from './conversation-types.js';
import type { Marks, Side } from './message-log.js';

export interface ConversationSnapshot {
  readonly state: ConversationState;
  /** What the rules go by. */
  readonly facts: ChatFacts;
  readonly marks: Readonly<Record<Side, Marks>>;
}

/** Of what is written: another one is not read, and the chat begins anew from what was said. */
const VERSION = 1;

type StoredPhase = Exclude<Phase, { name: 'offered' }> | StoredOffered;
type StoredOffered = Omit<Extract<Phase, { name: 'offered' }>, 'offers'> & {
  readonly offers: readonly (readonly [AgentId, OfferState])[];
};

export function writeSnapshot({ state, facts, marks }: ConversationSnapshot): string {
  const { phase } = state;
  const stored: StoredPhase = phase.name === 'offered' ? { ...phase, offers: [...phase.offers] } : phase;
  return JSON.stringify({ version: VERSION, state: { ...state, phase: stored }, facts, marks });
}

/** @returns `undefined` for what another version has written */
export function readSnapshot(text: string): ConversationSnapshot | undefined {
  const { version, state, facts, marks } = JSON.parse(text) as ConversationSnapshot & { version: unknown };
  if (version !== VERSION) return undefined;
  const phase = state.phase as StoredPhase;
  if (phase.name !== 'offered') return { state, facts, marks };
  return { state: { ...state, phase: { ...phase, offers: new Map(phase.offers) } }, facts, marks };
}
