/**
 * A call's life, as a pure function: what is and what happened go in, what is next and what to do come out.
 * No I/O, no clock, no random; {@link ./call-runner.ts} does what the commands say.
 *
 * ```
 *  started ──► starting ──► waiting ◄────────────── nobody took it ─────────────┐
 *             (an agent        │  offered by the ledger                         │
 *              dials: room)    ├──────────────► offering ──► (call-offers.ts) ──┤
 *                              │                                │ accepted      │
 *                              │ max wait, full: overflow       ▼               │
 *                              ├─► another queue, agent ──►  talking            │
 *                              └─► number ──► dialling ──200──► │               │
 *                                                │ refused      │ BYE           │
 *  caller leaves, at any point ─────────────────►└───► over ◄───┘  forgotten when the last leg has gone
 * ```
 */
import type { LegId, WorkId } from '../../kernel/ids.js';
import { giveAway, partyTaken } from './call-attended.js';
import { leftConference, thirdJoined, thirdRefused } from './call-conference.js';
import {
  agentLeftCallback,
  callbackClaimed,
  callbackConfirmed,
  callbackOver,
  callbackTakenOver,
  callbackTimerFired,
  callbackWatchFired,
  customerFailed,
} from './call-callback.js';
import { endCallback } from './call-callback-end.js';
import { callbackResumed, isStillCalledBack } from './call-return.js';
import { draftOf, dropLeg, say, setCallerState, setLegState, stepOf, type Draft } from './call-draft.js';
import { enqueued, goOn, headFor, leftQueue } from './call-destination.js';
import { finish, forgetIfDone } from './call-ends.js';
import {
  acceptDecided,
  assignRefused,
  beginOffers,
  deviceAnswered,
  deviceFailed,
  offerExpired,
  ringTimedOut,
  stepTimedOut,
} from './call-offers.js';
import { takeKey } from './call-keys.js';
import { arrangeRecording, recordingAsked } from './call-recording.js';
import { arrange } from './call-sound.js';
import { mediaMayBeBack, placeReported } from './call-places.js';
import { described, offerAnswered, offerCancelled, offerRefused } from './call-session.js';
import { callerLeftMessage, menuTimedOut } from './call-menu.js';
import { setWatched, tellWatchers, watchedAt } from './call-spy.js';
import { recalled, transferAsked } from './call-transfer.js';
import { callerAcked, connect, customerAnswered, partyAnswered, requested } from './call-talk.js';
import { announce, beginTune, positionKnown } from './call-waiting.js';
import { statusForDialler } from '../outcome.js';
import type { CallInput, Step } from './call-messages.js';
import type { CallState, CallerSide, Destination, DialledBy, Routes, Timer } from './call-types.js';
import type { LegEvent } from '../signalling.js';
import { nobody, silence, type Party, type SoundState } from '../sound/sound.js';

/** @param options.arrivedMs milliseconds since the epoch; the caller's place in line goes by it */
export function newCall(options: {
  call: WorkId;
  arrivedMs: number;
  caller: Omit<CallerSide, 'state'>;
  destination: Destination;
  routes: Routes;
  dialled?: DialledBy;
  /** Of a site with media servers. */
  house?: SoundState['house'];
}): CallState {
  const { leg, sdpOffer } = options.caller;
  const party: Party = { ...(sdpOffer === undefined ? {} : { sdp: sdpOffer }), with: nobody };
  return {
    call: options.call,
    work: options.call,
    nextWork: 2,
    arrivedMs: options.arrivedMs,
    caller: { ...options.caller, state: 'ringing' },
    destination: options.destination,
    routes: options.routes,
    ...(options.dialled === undefined ? {} : { dialled: options.dialled }),
    phase: { name: 'starting' },
    legs: new Map(),
    nextLeg: 1,
    sound: { ...silence(options.house), parties: new Map([[leg, party]]) },
  };
}

export function step(state: CallState, input: CallInput): Step {
  const draft = draftOf(state, input.atMs);
  apply(draft, input);
  arrange(draft);
  arrangeRecording(draft);
  tellWatchers(draft);
  forgetIfDone(draft);
  return stepOf(draft);
}

function apply(draft: Draft, input: CallInput): void {
  switch (input.type) {
    case 'started':
      return started(draft);
    case 'dialler-room':
      if (draft.state.phase.name !== 'starting') return;
      if (input.result.type === 'assigned') return headFor(draft, draft.state.destination);
      return finish(draft, { by: 'controller', outcome: 'refused', status: 486 });
    case 'enqueued':
      return enqueued(draft, input.result);
    case 'offered':
    case 'extended':
      return beginOffers(draft, input.attempt, input.offers, input.decision);
    case 'assign-refused':
      if (draft.state.phase.name !== 'waiting') return;
      return assignRefused(draft, input.result);
    case 'more-agents-free':
      return moreAgentsFree(draft);
    case 'accept-decided':
      return acceptDecided(draft, input.leg, input.agent, input.result);
    case 'offer-expired':
      return offerExpired(draft, input.agent, input.attempt);
    case 'left-queue':
      return leftQueue(draft, input.outcome);
    case 'nobody-free':
      return beginTune(draft);
    case 'position':
      return positionKnown(draft, input);
    case 'place':
      return placeReported(draft, input.place, input.event);
    case 'leg':
      return input.leg === draft.state.caller.leg
        ? callerEvent(draft, input.event)
        : peerEvent(draft, input.leg, input.event);
    case 'timer':
      return timerFired(draft, input.timer);
    case 'callback-claimed':
    case 'callback-resumed':
    case 'callback-confirmed':
    case 'callback-over':
    case 'callback-taken-over':
      return callbackDecided(draft, input);
    case 'watched':
      return watchedAt(draft, input.place);
    case 'watch':
      return setWatched(draft, input.agent);
    case 'inherit':
    case 'give-away':
    case 'third-joined':
    case 'party-taken':
      return joinedWithAnother(draft, input);
    case 'record':
      return recordingAsked(draft, input.act);
    case 'transfer':
      return transferAsked(draft, input.dialled);
    case 'hang-up':
      return hangUp(draft, input.why);
  }
}

/** What the book that all controllers share has answered, or tells of a call back. */
function callbackDecided(draft: Draft, input: Extract<CallInput, { type: `callback-${string}` }>): void {
  switch (input.type) {
    case 'callback-claimed':
      return callbackClaimed(draft, input.number, input.isNew);
    case 'callback-resumed':
      return callbackResumed(draft, input.callback);
    case 'callback-confirmed':
      return callbackConfirmed(draft, input.isKept);
    case 'callback-over':
      return callbackOver(draft, input.why);
    case 'callback-taken-over':
      return callbackTakenOver(draft, input.from);
  }
}

type FromAnother = Extract<CallInput, { type: 'inherit' | 'give-away' | 'third-joined' | 'party-taken' }>;

/** A party goes from one call of an agent to the other. */
function joinedWithAnother(draft: Draft, input: FromAnother): void {
  switch (input.type) {
    case 'inherit':
      return inherit(draft, input.work, input.wrapUpMs);
    case 'give-away':
      return giveAway(draft, input.leg, input.withLeaving);
    case 'third-joined':
      return thirdJoined(draft, input.agent, input.party);
    case 'party-taken':
      return partyTaken(draft, input.leg, input);
  }
}

function hangUp(draft: Draft, why: 'stopping' | 'asked'): void {
  if (draft.state.callback !== undefined) endCallback(draft, why === 'asked' ? 'cancelled' : 'stopped');
  finish(draft, {
    by: 'controller',
    outcome: draft.state.phase.name === 'talking' ? 'answered' : 'refused',
    // Another controller may take who calls again, unless it was this call that somebody wanted gone.
    ...(why === 'stopping' ? { status: 503, retryAfterS: 10 } : { status: 480 }),
  });
}

function started(draft: Draft): void {
  const dialler = draft.state.caller.dialler;
  const { agent, work } = dialler ?? {};
  if (agent === undefined || work === undefined) return headFor(draft, draft.state.destination);
  say(draft, { type: 'take-dialler-room', agent, work });
}

/** Ring to all means all: who becomes free while it rings is told too. */
function moreAgentsFree(draft: Draft): void {
  const { phase, destination } = draft.state;
  if (phase.name !== 'offering' || destination.kind !== 'queue') return;
  if (destination.rules.strategy.kind === 'ring-to-all')
    say(draft, { type: 'extend', work: draft.state.work, attempt: phase.attempt });
}

function callerEvent(draft: Draft, event: LegEvent): void {
  const talking = draft.state.phase.name === 'talking';
  switch (event.type) {
    case 'cancelled':
    case 'failed':
      setCallerState(draft, 'over');
      if (draft.state.callback !== undefined || isStillCalledBack(draft)) return;
      return finish(draft, { by: 'caller', outcome: 'abandoned' });
    case 'ended':
      setCallerState(draft, 'over');
      // Gone, but not given up: an agent is to call.
      if (
        draft.state.callback !== undefined ||
        isStillCalledBack(draft) ||
        leftConference(draft, draft.state.caller.leg)
      )
        return;
      callerLeftMessage(draft);
      return finish(draft, {
        by: event.by === 'peer' ? 'caller' : 'fault',
        outcome: talking ? 'answered' : 'abandoned',
      });
    case 'acked':
      return callerAcked(draft, event.sdp);
    case 'request':
      return takeKey(draft, draft.state.caller.leg, event)
        ? undefined
        : requested(draft, draft.state.caller.leg, event);
    case 'described':
      return described(draft, draft.state.caller.leg, event.sdp);
    case 'offer-answered':
      return offerAnswered(draft, draft.state.caller.leg, event.sdp);
    case 'request-cancelled':
      return offerCancelled(draft, draft.state.caller.leg, event.token);
    case 'offer-refused':
      return offerRefused(draft, draft.state.caller.leg);
    case 'progress':
    case 'answered':
      return; // only outbound legs say these
  }
}

function peerEvent(draft: Draft, leg: LegId, event: LegEvent): void {
  const { phase } = draft.state;
  const isDialled = phase.name === 'dialling' && phase.leg === leg;
  const isPeer = phase.name === 'talking' && phase.peer === leg;
  switch (event.type) {
    case 'progress':
      return peerProgress(draft, leg, event);
    case 'answered':
      if (isCustomer(draft, leg)) return customerAnswered(draft, leg, event.sdp);
      return isDialled ? dialledAnswered(draft, leg, event.sdp) : deviceAnswered(draft, leg, event.sdp);
    case 'failed':
      if (isCustomer(draft, leg)) {
        dropLeg(draft, leg);
        return customerFailed(draft, callbackFailure(event.status));
      }
      if (!isDialled) return deviceFailed(draft, leg, event);
      dropLeg(draft, leg);
      if (recalled(draft)) return;
      return finish(draft, { by: 'callee', outcome: 'failed', status: statusForDialler(event.status) });
    case 'ended':
      if (phase.name === 'calling-back' && phase.agentLeg === leg) return agentLeftCallback(draft);
      if (leftConference(draft, leg)) return;
      if (!isPeer) return deviceFailed(draft, leg, { status: 403 });
      dropLeg(draft, leg);
      return finish(draft, { by: endedBy(event.by, phase.agent !== undefined), outcome: 'answered' });
    case 'request':
      return takeKey(draft, leg, event) ? undefined : requested(draft, leg, event);
    case 'described':
      return described(draft, leg, event.sdp);
    case 'offer-answered':
      return offerAnswered(draft, leg, event.sdp);
    case 'request-cancelled':
      return offerCancelled(draft, leg, event.token);
    case 'offer-refused':
      offerRefused(draft, leg);
      return thirdRefused(draft, leg);
    case 'cancelled':
    case 'acked':
      return; // only the caller's leg says these
  }
}

function dialledAnswered(draft: Draft, id: LegId, sdp: string): void {
  const leg = draft.state.legs.get(id);
  if (leg !== undefined) partyAnswered(draft, id, leg, sdp);
  connect(draft, id);
}

function inherit(draft: Draft, work: WorkId, wrapUpMs: number): void {
  const { caller } = draft.state;
  if (caller.dialler === undefined) return;
  const dialler = { ...caller.dialler, work, wrapUpMs };
  draft.state = { ...draft.state, caller: { ...caller, dialler } };
}

function callbackFailure(status: number): 'busy' | 'no-answer' | 'unreachable' {
  if (status === 486 || status === 600) return 'busy';
  return status === 408 || status === 480 || status === 487 ? 'no-answer' : 'unreachable';
}

function isCustomer({ state: { phase } }: Draft, leg: LegId): boolean {
  return phase.name === 'calling-back' && phase.leg === leg;
}

function endedBy(by: Extract<LegEvent, { type: 'ended' }>['by'], isAgent: boolean): 'agent' | 'callee' | 'fault' {
  if (by !== 'peer') return 'fault';
  return isAgent ? 'agent' : 'callee';
}

function peerProgress(draft: Draft, id: LegId, event: Extract<LegEvent, { type: 'progress' }>): void {
  const leg = draft.state.legs.get(id);
  if (leg?.state.name !== 'ringing' || event.status <= 100) return;
  setLegState(draft, id, { name: 'ringing', rang: true });
  if (draft.state.destination.kind === 'queue') return;
  // Outside numbers bring their own announcements and ringing tones: early media goes through.
  const early = draft.state.phase.name === 'dialling' ? event.sdp : undefined;
  if (early === undefined) say(draft, { type: 'progress', status: 180 });
  else say(draft, { type: 'progress', status: 183, sdp: early });
}

function timerFired(draft: Draft, timer: Timer): void {
  const { phase, destination } = draft.state;
  switch (timer.name) {
    case 'ring':
      return ringTimedOut(draft, timer.agent);
    case 'step':
      return stepTimedOut(draft, timer.agent);
    case 'max-wait':
      if (phase.name === 'waiting' || phase.name === 'offering')
        say(draft, { type: 'leave-queue', work: draft.state.work });
      return;
    case 'announce':
      return announce(draft);
    case 'callback':
      return callbackTimerFired(draft);
    case 'callback-watch':
      return callbackWatchFired(draft);
    case 'menu':
      return menuTimedOut(draft, goOn);
    case 'media':
      return mediaMayBeBack(draft);
    case 'widen': {
      const strategy = destination.kind === 'queue' ? destination.rules.strategy : undefined;
      if (phase.name !== 'offering' || strategy?.kind !== 'widening') return;
      say(
        draft,
        { type: 'extend', work: draft.state.work, attempt: phase.attempt, count: strategy.add },
        { type: 'set-timer', timer, afterMs: strategy.everyMs },
      );
    }
  }
}
