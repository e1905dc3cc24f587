/** The INVITE of an outbound leg: at once with the caller's own offer, or with that of a place, as soon as it is open. */
import { legId, type AgentId, type LegId, type PlaceId } from '../../kernel/ids.js';
import type { RingTarget } from '../../routing/hunt-plan.js';
import { emit, queueRules, say, setLeg, type Draft } from './call-draft.js';
import { openPlace } from './call-sound.js';
import { hasMedia } from './call-sound-wants.js';
import type { OutLeg } from './call-types.js';
import { nobody, type Counterpart } from '../sound/sound.js';

export type CallTarget = Pick<RingTarget, 'route'> & Partial<RingTarget>;

export function ring(draft: Draft, target: CallTarget, agent?: AgentId, step = 0): LegId {
  const { call, nextLeg } = draft.state;
  const id = legId(`${call}/${String(nextLeg)}`);
  draft.state = { ...draft.state, nextLeg: nextLeg + 1 };
  const leg: Omit<OutLeg, 'state'> = {
    ...(agent === undefined ? {} : { agent }),
    ...(target.device === undefined ? {} : { device: target.device }),
    ...(target.confirmKey === undefined ? {} : { confirmKey: target.confirmKey }),
    rungWith: nobody,
    step,
  };
  const place = placeFor(draft, id, target);
  setLeg(draft, id, {
    ...leg,
    state:
      place === undefined
        ? { name: 'ringing', rang: false }
        : { name: 'preparing', place, target: { route: target.route } },
  });
  if (place === undefined) sendInvite(draft, id, target, ofCaller(draft));
  else ringPrepared(draft, place);
  if (agent !== undefined && target.device !== undefined) {
    emit(draft, { type: 'call.device_rung', call, agent, device: target.device });
  }
  return id;
}

/** The customer who is called back gets the session of the agent who has accepted, or a place beside theirs. */
export function ringCustomer(draft: Draft, target: CallTarget, agentLeg: LegId): LegId {
  const { call, nextLeg, sound } = draft.state;
  const id = legId(`${call}/${String(nextLeg)}`);
  draft.state = { ...draft.state, nextLeg: nextLeg + 1 };
  const agent = sound.parties.get(agentLeg);
  const near = agent?.place;
  const isAnchored = queueRules(draft.state)?.isAnchored === true && hasMedia(draft.state);
  const place = isAnchored || agent?.sdp === undefined ? openPlace(draft, id, undefined, near) : undefined;
  if (place !== undefined) {
    setLeg(draft, id, {
      step: 0,
      rungWith: nobody,
      state: { name: 'preparing', place, target: { route: target.route } },
    });
  } else {
    setLeg(draft, id, { step: 0, rungWith: nobody, state: { name: 'ringing', rang: false } });
    sendInvite(draft, id, target, { kind: 'party', leg: agentLeg, sdp: agent?.sdp ?? '' });
  }
  return id;
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
  const near = [...draft.state.sound.places.keys()][0];
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
