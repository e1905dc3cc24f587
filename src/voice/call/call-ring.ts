/** The INVITE of an outbound leg: at once with the caller's own offer, or with that of a place, as soon as it is open. */
import { legId, type AgentId, type LegId, type PlaceId } from '../../kernel/ids.js';
import type { RingTarget } from '../../routing/hunt-plan.js';
import { emit, queueRules, say, setLeg, type Draft } from './call-draft.js';
import { anyPlace, openPlace } from './call-sound.js';
import { hasMedia } from './call-sound-wants.js';
import type { OutLeg } from './call-types.js';
import { nobody, type Counterpart } from '../sound/sound.js';

export type CallTarget = Pick<RingTarget, 'route'> & Partial<RingTarget>;

export function ring(draft: Draft, target: CallTarget, agent?: AgentId, step = 0): LegId {
  const id = nextLegId(draft);
  const leg = {
    ...(agent === undefined ? {} : { agent }),
    ...(target.device === undefined ? {} : { device: target.device }),
    ...(target.confirmKey === undefined ? {} : { confirmKey: target.confirmKey }),
    step,
  };
  addLeg(draft, id, leg, target, placeFor(draft, id, target) ?? ofCaller(draft));
  if (agent !== undefined && target.device !== undefined) {
    emit(draft, { type: 'call.device_rung', call: draft.state.call, agent, device: target.device });
  }
  return id;
}

/** The customer who is called back gets the session of the agent who has accepted, or a place beside theirs. */
export function ringCustomer(draft: Draft, target: CallTarget, agentLeg: LegId): LegId {
  const id = nextLegId(draft);
  const agent = draft.state.sound.parties.get(agentLeg);
  const isAnchored = queueRules(draft.state)?.isAnchored === true && hasMedia(draft.state);
  const offer =
    isAnchored || agent?.sdp === undefined
      ? openPlace(draft, id, undefined, agent?.place)
      : ({ kind: 'party', leg: agentLeg, sdp: agent.sdp } as const);
  addLeg(draft, id, { step: 0 }, target, offer);
  return id;
}

function nextLegId(draft: Draft): LegId {
  const { call, nextLeg } = draft.state;
  draft.state = { ...draft.state, nextLeg: nextLeg + 1 };
  return legId(`${call}/${String(nextLeg)}`);
}

/** @param offer whose SDP it is rung with: a counterpart's at once, a place's as soon as it is open */
function addLeg(
  draft: Draft,
  id: LegId,
  leg: Omit<OutLeg, 'state' | 'rungWith'>,
  { route }: CallTarget,
  offer: PlaceId | Counterpart,
): void {
  if (typeof offer === 'string') {
    setLeg(draft, id, { ...leg, rungWith: nobody, state: { name: 'preparing', place: offer, target: { route } } });
    return ringPrepared(draft, offer);
  }
  setLeg(draft, id, { ...leg, rungWith: offer, state: { name: 'ringing', rang: false } });
  sendInvite(draft, id, { route }, offer);
}

/** Rings the legs that were prepared for a place, when it is open. */
export function ringPrepared(draft: Draft, place: PlaceId): void {
  const sdp = draft.state.sound.places.get(place)?.sdp;
  if (sdp !== undefined) ringWaitingFor(draft, place, { kind: 'place', place, sdp });
}

/** The place came to nothing: its phones ring with the caller's own offer. */
export function ringWithout(draft: Draft, place: PlaceId): void {
  ringWaitingFor(draft, place, ofCaller(draft));
}

function ringWaitingFor(draft: Draft, place: PlaceId, rungWith: Counterpart): void {
  for (const [id, { state }] of draft.state.legs) {
    if (state.name === 'preparing' && state.place === place) sendInvite(draft, id, state.target, rungWith);
  }
}

function sendInvite(draft: Draft, id: LegId, { route }: Pick<RingTarget, 'route'>, rungWith: Counterpart): void {
  const leg = draft.state.legs.get(id);
  if (leg === undefined) return;
  setLeg(draft, id, { ...leg, rungWith, state: { name: 'ringing', rang: false } });
  say(draft, {
    type: 'ring',
    leg: id,
    target: { route },
    ...(rungWith.kind === 'nobody' ? {} : { sdpOffer: rungWith.sdp }),
  });
}

/**
 * Who has to press a key hears a prompt first, each by a place of their own. Where both parties stay on a media server,
 * all phones of the attempt get the offer of one place, and the winner has it.
 */
function placeFor(draft: Draft, id: LegId, { confirmKey }: CallTarget): PlaceId | undefined {
  if (!hasMedia(draft.state)) return undefined;
  const near = anyPlace(draft);
  if (confirmKey !== undefined) return openPlace(draft, id, undefined, near);
  // Nobody is there yet whose offer they could get.
  const isAlone = draft.state.callback !== undefined;
  if (queueRules(draft.state)?.isAnchored !== true && !isAlone) return undefined;
  return sharedPlace(draft) ?? openPlace(draft, `${draft.state.call}/agents`, undefined, near);
}

function sharedPlace(draft: Draft): PlaceId | undefined {
  const prefix = `${draft.state.call}/agents@`;
  return [...draft.state.sound.places.keys()].find((place) => place.startsWith(prefix));
}

function ofCaller(draft: Draft): Counterpart {
  const { caller, sound } = draft.state;
  const sdp = sound.parties.get(caller.leg)?.sdp;
  return sdp === undefined ? nobody : { kind: 'party', leg: caller.leg, sdp };
}
