/** Two parties joined: who answered gets the caller, and what one asks of its dialog goes to the other. */
import type { AgentId, LegId } from '../../kernel/ids.js';
import {
  clearTimers,
  completedElsewhere,
  dismissAll,
  dropLeg,
  emit,
  otherParty,
  queueRules,
  say,
  setLegState,
  setPhase,
  type Draft,
} from './call-draft.js';
import { endCallback } from './call-callback-end.js';
import { withdrawAllOffers } from './call-ends.js';
import { startRecording } from './call-recording.js';
import { arrange, setParty } from './call-sound.js';
import { takeOffer } from './call-session.js';
import { forgetRecall, referred } from './call-transfer.js';
import { endTune } from './call-waiting.js';
import type { OutLeg } from './call-types.js';
import type { LegEvent } from '../signalling.js';

type PeerRequest = Extract<LegEvent, { type: 'request' }>;

/** Joins the caller to the leg that won; all others are told that the call was completed elsewhere. */
export function connect(draft: Draft, winner: LegId, agent?: AgentId): void {
  const { call, arrivedMs, caller } = draft.state;
  const device = draft.state.legs.get(winner)?.device;
  endCallback(draft, 'answered');
  setLegState(draft, winner, { name: 'connected' });
  const recording = queueRules(draft.state)?.recording;
  endOffersExcept(draft, agent);
  const talking = {
    name: 'talking',
    peer: winner,
    ...(agent === undefined ? {} : { agent }),
    sinceMs: draft.atMs,
  } as const;
  setPhase(draft, recording === 'always' ? startRecording(draft.state, talking) : talking);
  // The caller first: the others' ringing may end a moment later.
  arrange(draft);
  dismissAll(draft, (_leg, id) => id !== winner, completedElsewhere);
  clearTimers(draft, { name: 'max-wait' }, { name: 'widen' });
  endTune(draft);
  forgetRecall(draft);

  const who = agent ?? caller.dialler?.agent;
  if (agent !== undefined) {
    const rules = queueRules(draft.state);
    emit(draft, {
      type: 'call.accepted',
      call,
      ...(rules === undefined ? {} : { queue: rules.queue }),
      agent,
      ...(device === undefined ? {} : { device }),
      waitedMs: draft.atMs - arrivedMs,
    });
  }
  emit(draft, { type: 'call.connected', call, ...(who === undefined ? {} : { agent: who }) });
}

/** Who is called back has answered, and is the caller from now on. */
export function customerAnswered(draft: Draft, id: LegId, sdp: string): void {
  const { phase, callback } = draft.state;
  const leg = dropLeg(draft, id);
  if (phase.name !== 'calling-back' || callback === undefined || leg === undefined) return;
  draft.state = { ...draft.state, caller: { leg: id, state: 'answered', from: callback.number } };
  partyAnswered(draft, id, leg, sdp);
  connect(draft, phase.agentLeg, phase.agent);
}

/** Who has answered is a party from now on, with whom it was rung with. */
export function partyAnswered(draft: Draft, id: LegId, { rungWith }: OutLeg, sdp: string): void {
  // The place may have been lost while the phone rang; another is opened then.
  const isThere = rungWith.kind === 'place' && draft.state.sound.places.has(rungWith.place);
  setParty(draft, id, { sdp, with: rungWith, ...(isThere ? { place: rungWith.place } : {}) });
}

export function endOffersExcept(draft: Draft, winner: AgentId | undefined): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering' || winner === undefined) return;
  const offers = new Map(phase.offers);
  offers.delete(winner);
  setPhase(draft, { ...phase, offers });
  withdrawAllOffers(draft, 'answered-elsewhere');
}

/** The caller's ACK; when the offer was the callee's, it carries the answer to it (RFC 3264 §4 in delayed form). */
export function callerAcked(draft: Draft, sdp: string | undefined): void {
  const { caller } = draft.state;
  if (caller.sdpOffer === undefined && sdp !== undefined) setParty(draft, caller.leg, { sdp });
}

/** Re-INVITE, UPDATE, INFO and the like: passed to the other party while two talk, refused otherwise. */
export function requested(draft: Draft, from: LegId, request: PeerRequest): void {
  if (request.method === 'REFER') return referred(draft, from, request);
  if (takeOffer(draft, from, request)) return;
  const other = otherParty(draft.state, from);
  if (other !== undefined) return say(draft, { type: 'relay', to: other, token: request.token });
  // RFC 3261 §14.2: an offer that cannot be dealt with now gets 491; what asks for nothing is taken note of.
  const status = request.method === 'INVITE' || request.method === 'UPDATE' ? 491 : 200;
  say(draft, { type: 'respond', leg: from, token: request.token, status });
}
