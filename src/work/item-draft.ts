/** The next state of an item in the making: what `step` works on, so that its parts can build on each other. */
import type { AgentId } from '../kernel/ids.js';
import type { WorkEvent, WorkOfferOutcome } from '../kernel/work-events.js';
import type {
  Answer,
  AskId,
  ItemCommand,
  ItemPhase,
  ItemState,
  ItemStep,
  Offer,
  RefusalReason,
  Timer,
} from './item-types.js';

export interface Draft {
  readonly atMs: number;
  state: ItemState;
  readonly commands: ItemCommand[];
}

export type WaitingPhase = Extract<ItemPhase, { name: 'waiting' }>;
export type OfferedPhase = Extract<ItemPhase, { name: 'offered' }>;

export function draftOf(state: ItemState, atMs: number): Draft {
  return { atMs, state, commands: [] };
}

export function stepOf(draft: Draft): ItemStep {
  return { state: draft.state, commands: draft.commands };
}

export function command(draft: Draft, ...commands: readonly ItemCommand[]): void {
  draft.commands.push(...commands);
}

export function emit(draft: Draft, event: WorkEvent): void {
  command(draft, { type: 'emit', event });
}

export function setPhase(draft: Draft, phase: ItemPhase): void {
  draft.state = { ...draft.state, phase };
}

export function update(draft: Draft, change: Partial<ItemState>): void {
  draft.state = { ...draft.state, ...change };
}

export function setTimer(draft: Draft, timer: Timer, afterMs: number): void {
  command(draft, { type: 'set-timer', timer, afterMs: Math.max(0, afterMs) });
}

export function clearTimer(draft: Draft, timer: Timer): void {
  command(draft, { type: 'clear-timer', timer });
}

export function done(draft: Draft, ...asks: readonly AskId[]): void {
  answer(draft, asks, { type: 'done' });
}

export function refuse(draft: Draft, why: RefusalReason, ...asks: readonly AskId[]): void {
  answer(draft, asks, { type: 'refused', why });
}

function answer(draft: Draft, asks: readonly AskId[], given: Answer): void {
  for (const ask of asks) command(draft, { type: 'answer', ask, answer: given });
}

/** Who waits for the ledger's word on this offer. */
export function asksOf(offer: Offer | undefined): readonly AskId[] {
  return offer?.state === 'accepting' ? offer.asks : [];
}

export function offerEnded(draft: Draft, agent: AgentId, attempt: number, outcome: WorkOfferOutcome): void {
  clearTimer(draft, { name: 'offer', agent });
  const { id, line } = draft.state;
  emit(draft, { type: 'work.offer_ended', item: id, queue: line.queue, agent, attempt, outcome });
}
