/**
 * Sending a call on from an agent to somebody else, by REFER (RFC 3515, RFC 5589 §6) or by the API.
 *
 * ```
 *  A talks with B ──B refers──► B is thanked and leaves, A hears ringing ──► A talks with C
 *                                        └── C does not answer: B is called back with A
 * ```
 * Only agents may send calls on, and only to where they may dial themselves: a caller who could would make calls at the
 * site's expense.
 */
import type { AgentId, LegId } from '../../kernel/ids.js';
import { dropLeg, emit, forget, queueRules, say, setPhase, takeNewWork, type Draft } from './call-draft.js';
import { headFor } from './call-destination.js';
import { clearParty, setParty } from './call-sound.js';
import { endTune } from './call-waiting.js';
import type { CallerSide, CallState, Destination, HeldAgent, Phase } from './call-types.js';
import { withoutBeingHeld } from '../sdp.js';
import { nobody } from '../sound/sound.js';
import type { LegEvent } from '../signalling.js';

type Talking = Extract<Phase, { name: 'talking' }>;
type Refer = Extract<LegEvent, { type: 'request' }>;

export function referred(draft: Draft, from: LegId, { token, referTo }: Refer): void {
  const { phase } = draft.state;
  const refuse = (status: number): void => say(draft, { type: 'respond', leg: from, token, status });
  if (phase.name !== 'talking' || phase.third !== undefined) return refuse(491);
  const agent = agentAt(draft, phase, from);
  if (agent === undefined) return refuse(403);
  if (referTo === undefined) return refuse(400);
  if (referTo.replaces !== undefined) {
    return say(draft, { type: 'find-dialog', leg: from, token, agent, replaces: referTo.replaces });
  }
  const to = draft.state.dialled?.(agent, referTo.user, draft.atMs);
  if (to === undefined) return refuse(404);
  say(draft, { type: 'respond', leg: from, token, status: 202 }, { type: 'notify-refer', leg: from, status: 200 });
  transfer(draft, phase, from, to, referTo.user);
}

/** Why a transfer by the API is left undone. */
export type TransferRefusal = 'not-talking' | 'not-allowed' | 'in-conference';

/** By the API: whoever of the two is the agent leaves; the callee, where both are. */
export function transferAsked(draft: Draft, dialled: string): void {
  const asked = askedTransfer(draft.state, dialled, draft.atMs);
  if (typeof asked !== 'string') transfer(draft, asked.phase, asked.from, asked.to, dialled);
}

/** @returns `undefined` when {@link transferAsked} would send the call on */
export function transferRefusal(state: CallState, dialled: string, atMs: number): TransferRefusal | undefined {
  const asked = askedTransfer(state, dialled, atMs);
  return typeof asked === 'string' ? asked : undefined;
}

function askedTransfer(
  state: CallState,
  dialled: string,
  atMs: number,
): TransferRefusal | { readonly phase: Talking; readonly from: LegId; readonly to: Destination } {
  const { phase, caller } = state;
  if (phase.name !== 'talking') return 'not-talking';
  if (phase.third !== undefined) return 'in-conference';
  const agent = phase.agent ?? caller.dialler?.agent;
  const to = agent === undefined ? undefined : state.dialled?.(agent, dialled, atMs);
  const from = phase.agent === undefined ? caller.leg : phase.peer;
  return to === undefined ? 'not-allowed' : { phase, from, to };
}

export function agentAt(draft: Draft, phase: Talking, leg: LegId): AgentId | undefined {
  if (leg === phase.third?.leg) return phase.third.agent?.agent;
  return leg === phase.peer ? phase.agent : draft.state.caller.dialler?.agent;
}

function transfer(draft: Draft, phase: Talking, from: LegId, to: Destination, dialled: string): void {
  const { call } = draft.state;
  const agent = agentAt(draft, phase, from);
  leaveTalk(draft, phase, from, 'asked');
  if (agent !== undefined) emit(draft, { type: 'call.transferred', call, agent, to: dialled });
  // A queue has an overflow of its own; who goes to one person or number may come back.
  const recallTo = to.kind === 'agent' || to.kind === 'number' ? agent : undefined;
  draft.state = { ...draft.state, ...(recallTo === undefined ? {} : { recallTo }) };
  headFor(draft, to);
}

/** The transfer came to nothing: the caller goes back to who sent them on. @returns false when nobody did */
export function recalled(draft: Draft): boolean {
  const { recallTo, call } = draft.state;
  if (recallTo === undefined || draft.state.caller.state !== 'answered') return false;
  forgetRecall(draft);
  emit(draft, { type: 'call.transfer_failed', call, agent: recallTo });
  takeNewWork(draft);
  // The pause after the call would stand in the way of its own return.
  say(draft, { type: 'end-wrap-up', agent: recallTo });
  headFor(draft, { kind: 'agent', agent: recallTo, ignorePresence: true });
  return true;
}

export function forgetRecall(draft: Draft): void {
  if (draft.state.recallTo === undefined) return;
  forget(draft, 'recallTo');
}

/** Who talks in place of who is leaving. */
interface Successor {
  readonly leg: LegId;
  readonly agent?: HeldAgent;
  readonly sinceMs: number;
}

/** One of two who talk leaves, and has somebody to talk in their place. */
export function handOver(
  draft: Draft,
  phase: Talking,
  leaving: LegId,
  { leg, agent: held, sinceMs }: Successor,
  how: Leaving = 'asked',
): void {
  leaveTalk(draft, phase, leaving, how);
  const agent = held === undefined ? {} : { agent: held.agent };
  const legs = new Map(draft.state.legs).set(leg, {
    ...agent,
    step: 0,
    rungWith: nobody,
    state: { name: 'connected' },
  });
  draft.state = { ...draft.state, legs, ...(held === undefined ? {} : { work: held.work }) };
  setPhase(draft, { name: 'talking', peer: leg, ...agent, sinceMs });
}

/** Whether who leaves has yet to be told to, or has hung up. */
type Leaving = 'asked' | 'gone';

/** One of two who talk leaves; the other one is the call's only party, whatever they were before. */
function leaveTalk(draft: Draft, phase: Talking, leaving: LegId, how: Leaving): void {
  const talkMs = draft.atMs - phase.sinceMs;
  const { caller, work } = draft.state;
  if (leaving === phase.peer) {
    const wrapUpMs = queueRules(draft.state)?.wrapUpMs ?? 0;
    if (phase.agent !== undefined) say(draft, { type: 'release', agent: phase.agent, work, wrapUpMs, talkMs });
    part();
  } else {
    const { agent, work: own, wrapUpMs = 0 } = caller.dialler ?? {};
    if (agent !== undefined && own !== undefined) say(draft, { type: 'release', agent, work: own, wrapUpMs, talkMs });
    part();
    promote(draft, phase);
  }
  const staying = leaving === phase.peer ? caller.leg : phase.peer;
  // What was being passed on to the one, the next one knows nothing of: each is offered the other anew.
  clearParty(draft, staying, 'relayed');
  takeOffHold(draft, staying);
  takeNewWork(draft);
  setPhase(draft, { name: 'waiting' });
  endTune(draft);

  function part(): void {
    if (how === 'asked') sendAway(draft, leaving);
    else dropLeg(draft, leaving);
  }
}

/** Whoever comes next has not put them on hold. */
export function takeOffHold(draft: Draft, leg: LegId): void {
  const sdp = draft.state.sound.parties.get(leg)?.sdp;
  if (sdp !== undefined) setParty(draft, leg, { sdp: withoutBeingHeld(sdp) });
}

/** With a BYE, whoever it is in the call. */
export function sendAway(draft: Draft, leg: LegId): void {
  const legs = new Map(draft.state.legs);
  const known = legs.get(leg) ?? { step: 0, rungWith: { kind: 'nobody' } as const };
  legs.set(leg, { ...known, state: { name: 'leaving' } });
  draft.state = { ...draft.state, legs };
  say(draft, { type: 'bye', leg });
}

/** The callee takes the caller's part; an agent among them goes on holding the room that the call took. */
function promote(draft: Draft, { peer, agent }: Talking): void {
  const { work, caller, destination } = draft.state;
  const legs = new Map(draft.state.legs);
  legs.delete(peer);
  const promoted: CallerSide = {
    leg: peer,
    state: 'answered',
    from: destination.kind === 'number' ? destination.number : (agent ?? caller.from),
    ...(agent === undefined ? {} : { dialler: { agent, work } }),
  };
  draft.state = { ...draft.state, legs, caller: promoted };
}
