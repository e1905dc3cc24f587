/**
 * Attended transfer (RFC 5589 §7): an agent who has two calls joins the other parties of both, and leaves.
 *
 * ```
 *  first call:   A ── agent                         A ── X, one call
 *  consultation:      agent ── X      ──REFER──►    the consultation is over
 * ```
 * The first call takes X over from the consultation, with the room that X's part in it takes.
 */
import type { AgentId, LegId, WorkId } from '../../kernel/ids.js';
import { emit, say, setPhase, type Draft } from './call-draft.js';
import { finish } from './call-ends.js';
import { setParty } from './call-sound.js';
import { leaveTalk, takeNewWork } from './call-transfer.js';
import type { GivenParty } from './call-types.js';
import { nobody, type Party } from '../sound/sound.js';
import { withoutBeingHeld } from '../sdp.js';
import type { RequestToken } from '../signalling.js';

/** Gives the party who talks with `leaving` away; everything else of this call ends. */
export function giveAway(draft: Draft, leaving: LegId): void {
  const { phase, caller, work, sound } = draft.state;
  if (phase.name !== 'talking') return;
  const given = leaving === phase.peer ? caller.leg : phase.peer;
  const agent = given === phase.peer ? held(phase.agent, work) : held(caller.dialler?.agent, caller.dialler?.work);
  const party: Party = sound.parties.get(given) ?? { with: nobody };
  const { place: _ours, relayed: _over, refused: _past, sdp, ...session } = party;
  say(draft, {
    type: 'give-party',
    party: {
      leg: given,
      // The agent may have put them on hold to ask for the transfer.
      session: { ...session, ...(sdp === undefined ? {} : { sdp: withoutBeingHeld(sdp) }) },
      ...(agent === undefined ? {} : { agent }),
    },
  });
  forgetParty(draft, given);
  // The room goes along: nothing of this name is given back here.
  if (agent?.work === work) takeNewWork(draft);
  finish(draft, { by: 'agent', outcome: 'answered' });
}

function held(agent: AgentId | undefined, work: WorkId | undefined): GivenParty['agent'] {
  return agent === undefined || work === undefined ? undefined : { agent, work };
}

/** Nothing more is said to it, and its room is not given back. */
function forgetParty(draft: Draft, given: LegId): void {
  const { phase, caller, legs } = draft.state;
  if (phase.name !== 'talking') return;
  if (given === phase.peer) {
    const { agent: _given, ...talking } = phase;
    setPhase(draft, talking);
    const left = new Map(legs);
    left.delete(given);
    draft.state = { ...draft.state, legs: left };
  } else {
    const { dialler: _given, ...side } = caller;
    draft.state = { ...draft.state, caller: { ...side, state: 'over' } };
  }
}

/** The other call's party has come, or there is no such call. */
export function partyTaken(
  draft: Draft,
  from: LegId,
  { token, agent, party }: { token: RequestToken; agent: AgentId; party?: GivenParty },
): void {
  const { phase, call } = draft.state;
  if (party === undefined || phase.name !== 'talking') {
    return say(draft, { type: 'respond', leg: from, token, status: 481 });
  }
  say(draft, { type: 'respond', leg: from, token, status: 202 }, { type: 'notify-refer', leg: from, status: 200 });
  leaveTalk(draft, phase, from);
  const legs = new Map(draft.state.legs).set(party.leg, {
    ...(party.agent === undefined ? {} : { agent: party.agent.agent }),
    step: 0,
    rungWith: nobody,
    state: { name: 'connected' },
  });
  draft.state = { ...draft.state, legs, ...(party.agent === undefined ? {} : { work: party.agent.work }) };
  setParty(draft, party.leg, party.session);
  setPhase(draft, {
    name: 'talking',
    peer: party.leg,
    ...(party.agent === undefined ? {} : { agent: party.agent.agent }),
    sinceMs: draft.atMs,
  });
  emit(draft, { type: 'call.transferred', call, agent, to: party.agent?.agent ?? 'the other call' });
}
