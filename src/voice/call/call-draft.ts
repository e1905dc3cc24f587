/** The next state of a call in the making: what `step` works on, so that its parts can build on each other. */
import type { CallEvent } from '../../kernel/events.js';
import { workId, type AgentId, type LegId } from '../../kernel/ids.js';
import type { CallCommand, Step } from './call-messages.js';
import type { CallState, Offer, OutLeg, OutLegState, Phase, QueueRules, Timer } from './call-types.js';
import type { ReasonHeader } from '../signalling.js';

export interface Draft {
  readonly atMs: number;
  state: CallState;
  readonly commands: CallCommand[];
}

/** RFC 3326; phones that read it list no missed call. */
export const completedElsewhere: ReasonHeader = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' };

export function draftOf(state: CallState, atMs: number): Draft {
  return { atMs, state, commands: [] };
}

export function stepOf(draft: Draft): Step {
  return { state: draft.state, commands: draft.commands };
}

export function say(draft: Draft, ...commands: readonly CallCommand[]): void {
  draft.commands.push(...commands);
}

export function emit(draft: Draft, event: CallEvent): void {
  say(draft, { type: 'emit', event });
}

export function setPhase(draft: Draft, phase: Phase): void {
  draft.state = { ...draft.state, phase };
}

export function setCallerState(draft: Draft, state: CallState['caller']['state']): void {
  draft.state = { ...draft.state, caller: { ...draft.state.caller, state } };
}

export function setLeg(draft: Draft, id: LegId, leg: OutLeg): void {
  draft.state = { ...draft.state, legs: new Map(draft.state.legs).set(id, leg) };
}

export function setLegState(draft: Draft, id: LegId, state: OutLegState): void {
  const leg = draft.state.legs.get(id);
  if (leg !== undefined) setLeg(draft, id, { ...leg, state });
}

export function dropLeg(draft: Draft, id: LegId): OutLeg | undefined {
  const leg = draft.state.legs.get(id);
  if (leg === undefined) return undefined;
  const legs = new Map(draft.state.legs);
  legs.delete(id);
  draft.state = { ...draft.state, legs };
  return leg;
}

export function setOffer(draft: Draft, agent: AgentId, offer: Offer): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering') return;
  setPhase(draft, { ...phase, offers: new Map(phase.offers).set(agent, offer) });
}

export function offerOf(draft: Draft, agent: AgentId | undefined): Offer | undefined {
  const phase = draft.state.phase;
  return phase.name === 'offering' && agent !== undefined ? phase.offers.get(agent) : undefined;
}

export function queueRules(state: CallState): QueueRules | undefined {
  return state.destination.kind === 'queue' ? state.destination.rules : undefined;
}

/** With whom the leg talks, when it is one of two who do; of three, the first two. */
export function otherParty({ phase, caller }: CallState, leg: LegId): LegId | undefined {
  if (phase.name !== 'talking') return undefined;
  if (leg === caller.leg) return phase.peer;
  return leg === phase.peer ? caller.leg : undefined;
}

/** Without an entry that stood for something that is over. */
export function forget(
  draft: Draft,
  key: 'tune' | 'recallTo' | 'leavingFor' | 'callback' | 'keptCallback' | 'watchedPlace',
): void {
  const { [key]: _over, ...rest } = draft.state;
  draft.state = rest;
}

/** Sends a leg away by the means that fit its state (RFC 3261 §9 and §15); one that is leaving already is left alone. */
export function dismiss(draft: Draft, id: LegId, reason?: ReasonHeader): void {
  const leg = draft.state.legs.get(id);
  if (leg === undefined || leg.state.name === 'leaving') return;
  // Nothing has been sent to it yet.
  if (leg.state.name === 'preparing') return void dropLeg(draft, id);
  const because = reason === undefined ? {} : { reason };
  say(draft, { type: leg.state.name === 'ringing' ? 'cancel' : 'bye', leg: id, ...because });
  setLegState(draft, id, { name: 'leaving' });
}

export function dismissAll(draft: Draft, which: (leg: OutLeg, id: LegId) => boolean, reason?: ReasonHeader): void {
  for (const [id, leg] of draft.state.legs) if (which(leg, id)) dismiss(draft, id, reason);
}

/** Legs that may still come to something, by a rule of the asker's. */
export function hasLiveLeg(draft: Draft, which: (leg: OutLeg) => boolean): boolean {
  for (const leg of draft.state.legs.values()) if (leg.state.name !== 'leaving' && which(leg)) return true;
  return false;
}

/** What follows is another piece of work for the ledger: the agent of the last one may still be in wrap-up. */
export function takeNewWork(draft: Draft): void {
  const { call, nextWork } = draft.state;
  draft.state = { ...draft.state, work: workId(`${call}~${String(nextWork)}`), nextWork: nextWork + 1 };
}

export function clearTimers(draft: Draft, ...timers: readonly Timer[]): void {
  for (const timer of timers) say(draft, { type: 'clear-timer', timer });
}
