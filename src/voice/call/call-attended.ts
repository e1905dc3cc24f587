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
import { turnAway } from './call-conference.js';
import { dropLeg, emit, otherParty, say, setCallerState, setPhase, takeNewWork, type Draft } from './call-draft.js';
import { finish } from './call-ends.js';
import { setParty } from './call-sound.js';
import { handOver } from './call-transfer.js';
import type { CallState, GivenParty, GivenSession, HeldAgent } from './call-types.js';
import { isHold } from '../sound/sdp-session.js';
import { nobody, type Party } from '../sound/sound.js';
import { withoutBeingHeld } from '../sdp.js';
import type { RequestToken } from '../signalling.js';

/** Gives the party who talks with `leaving` away, and `leaving` too where that is asked for; everything else of this call ends. */
export function giveAway(draft: Draft, leaving: LegId, withLeaving: boolean): void {
  const { phase, caller, work, sound } = draft.state;
  const given = otherParty(draft.state, leaving);
  if (phase.name !== 'talking' || phase.third !== undefined || given === undefined) return;
  const agent = given === phase.peer ? held(phase.agent, work) : held(caller.dialler?.agent, caller.dialler?.work);
  const own = sound.parties.get(leaving)?.sdp;
  const isHolding = own !== undefined && isHold(own);
  const host = withLeaving && !isHolding ? { leg: leaving, session: sessionOf(draft.state, leaving) } : undefined;
  say(draft, {
    type: 'give-party',
    party: {
      leg: given,
      session: sessionOf(draft.state, given),
      ...(agent === undefined ? {} : { agent }),
      name: nameOf(draft.state, given),
      ...(host === undefined ? {} : { host }),
    },
  });
  forgetParty(draft, given);
  forgetRoom(draft, given);
  if (host !== undefined) forgetParty(draft, leaving);
  // The room goes along: nothing of this name is given back here.
  if (agent?.work === work) takeNewWork(draft);
  finish(draft, { by: 'agent', outcome: 'answered' });
}

function held(agent: AgentId | undefined, work: WorkId | undefined): HeldAgent | undefined {
  return agent === undefined || work === undefined ? undefined : { agent, work };
}

function sessionOf({ sound }: CallState, leg: LegId): GivenSession {
  const party: Party = sound.parties.get(leg) ?? { with: nobody };
  const { place: _ours, relayed: _over, refused: _past, sdp, ...session } = party;
  // The agent may have put them on hold to ask for the transfer.
  return { ...session, ...(sdp === undefined ? {} : { sdp: withoutBeingHeld(sdp) }) };
}

function nameOf({ phase, caller, destination }: CallState, leg: LegId): string {
  if (leg === caller.leg) return caller.dialler?.agent ?? caller.from;
  const agent = phase.name === 'talking' ? phase.agent : undefined;
  return agent ?? (destination.kind === 'number' ? destination.number : caller.from);
}

/** Nothing more is said to it. */
function forgetParty(draft: Draft, given: LegId): void {
  if (given === draft.state.caller.leg) setCallerState(draft, 'over');
  else dropLeg(draft, given);
}

/** It is not given back. */
function forgetRoom(draft: Draft, given: LegId): void {
  const { phase, caller } = draft.state;
  if (phase.name !== 'talking') return;
  if (given === phase.peer) {
    const { agent: _given, ...talking } = phase;
    setPhase(draft, talking);
  } else {
    const { dialler: _given, ...side } = caller;
    draft.state = { ...draft.state, caller: side };
  }
}

/** The other call's party has come, or there is no such call. */
export function partyTaken(
  draft: Draft,
  from: LegId,
  { token, agent, party }: { token: RequestToken; agent: AgentId; party?: GivenParty },
): void {
  const { phase, call } = draft.state;
  const isThere = phase.name === 'talking' && phase.third === undefined && otherParty(draft.state, from) !== undefined;
  if (party === undefined || !isThere) {
    say(draft, { type: 'respond', leg: from, token, status: 481 });
    // Who was given up for a call that is over meanwhile.
    return party === undefined ? undefined : turnAway(draft, party);
  }
  say(draft, { type: 'respond', leg: from, token, status: 202 }, { type: 'notify-refer', leg: from, status: 200 });
  handOver(draft, phase, from, { ...party, sinceMs: draft.atMs });
  setParty(draft, party.leg, party.session);
  emit(draft, { type: 'call.transferred', call, agent, to: party.name });
}
