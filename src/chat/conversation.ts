/**
 * A chat's life, as a pure function: what is and what happened go in, what is next and what to do come out.
 * No I/O, no clock, no random; {@link ./conversation-runner.ts} does what the commands say.
 *
 * ```
 *  started ──► opened ──── out of hours ──────────────────────────────────────────────────► closed
 *                │ routed                                                                   ▲   │
 *     dedicated, │ or had last                                                              │   │ visitor writes:
 *                ├───────────► asking ── not there ──┐                                      │   │ opened again;
 *                │              │   │ there, full:   │                                      │   │ agent reopens:
 *                │   has room   │   │ their own line │                                      │   │ asking
 *                └──────────────┼───┴──► waiting ◄───┴─── nobody took it ───┐               │   ▼
 *                               │         │  offered by the ledger          │               │  ...
 *                               └─────────┴──────────► offered ─────────────┤               │   │ not in time
 *                                         │                                 │ accepted      │   ▼
 *                     max wait, full,     │                                 ▼               │ forgotten
 *                     person has gone:    │     ┌── transfer accepted ─► talking ──────────►│
 *                     next line, or close ┘     └───────────────────────┘ │ ▲ │ agent gone, │
 *                                                        visitor silent,  │ │ │ given back, │
 *                                                        or lost          ▼ │ ▼ department  │
 *                                                                   inactive  waiting       │
 *   close, by whomever, at any point; a visitor who is lost before anybody talks ──────────►┘
 *   taken by a supervisor: waiting, offered ─► asking ─► talking; talking ─► talking, with another agent
 * ```
 *
 * - **Room.** `offered` and `talking` hold room in the ledger, `inactive` and `closed` none. An inactive chat whose
 *   visitor returns asks its agent for room again (`asking`), waits for it in that agent's own line while they are
 *   there, and goes to its department when they are not.
 * - **Works.** Each stay in a line, and each holding, is a work with an id of its own; what is heard of an earlier one
 *   changes nothing. A transfer to a colleague is a second work beside the first until it is accepted.
 * - **Nobody absent.** Whoever gets a chat is asked for through the ledger, which refuses who is not there.
 */
import type { AgentId, ConversationId } from '../kernel/ids.js';
import { adopted } from './conversation-adopt.js';
import { draftOf, clearTimer, command, emit, refuse, stepOf, update, type Draft } from './conversation-draft.js';
import { finish, park } from './conversation-ends.js';
import { leaveLine, lineGone, linedUp, moved, placed } from './conversation-line.js';
import { accepted, acceptDecided, declined, moreAgentsFree, offered, offerExpired } from './conversation-offers.js';
import { asked, askPerson, routed } from './conversation-person.js';
import { agentWrote, waitForVisitor } from './conversation-standing.js';
import { take } from './conversation-take.js';
import { giveBack, mayAct, transfer, turnInactive, unassign } from './conversation-talk.js';
import type { ConversationInput, ConversationState, ConversationStep, Timer } from './conversation-types.js';

/** @param options.atMs milliseconds since the epoch; its age in every line */
export function newConversation(options: {
  id: ConversationId;
  atMs: number;
  customer?: string;
  /** The agent of a chat that is taken up again from the store. */
  lastAgent?: AgentId;
  /** It was closed, and waits for its visitor to write again. */
  isClosed?: boolean;
}): ConversationState {
  const { id, atMs, customer, lastAgent, isClosed = false } = options;
  return {
    id,
    sinceMs: atMs,
    isReopened: isClosed || lastAgent !== undefined,
    visitor: { isConnected: true, ...(customer === undefined ? {} : { customer }) },
    ...(lastAgent === undefined ? {} : { lastAgent }),
    works: 0,
    phase: isClosed ? { name: 'closed', atMs } : { name: 'opened' },
  };
}

export function step(state: ConversationState, input: ConversationInput): ConversationStep {
  const draft = draftOf(state, input.atMs);
  if (state.phase.name !== 'forgotten') apply(draft, input);
  return stepOf(draft);
}

function apply(draft: Draft, input: ConversationInput): void {
  switch (input.type) {
    case 'started':
      if (draft.state.phase.name === 'opened') command(draft, { type: 'find-route' });
      return;
    case 'adopted':
      return adopted(draft, input.works);
    case 'routed':
      return routed(draft, input.route);
    case 'asked':
      return asked(draft, input.work, input.result);
    case 'lined-up':
      return linedUp(draft, input.work, input.result);
    case 'line-gone':
      return lineGone(draft);
    case 'moved':
      return moved(draft, input.work, input.result);
    case 'offered':
      return offered(draft, input);
    case 'offer-expired':
      return offerExpired(draft, input.work, input.agent, input.attempt);
    case 'more-agents-free':
      return moreAgentsFree(draft, input.work);
    case 'placed':
      return placed(draft, input.work, input.place);
    case 'accept-decided':
      return acceptDecided(draft, input);
    case 'visitor-wrote':
      visitorCame(draft);
      return visitorWrote(draft);
    case 'visitor-came':
      return visitorCame(draft);
    case 'visitor-lost':
      return visitorLost(draft);
    case 'timer':
      return timerFired(draft, input.timer);
    case 'failed':
      return finish(draft, { by: 'fault', why: 'fault' });
    case 'park':
      return park(draft);
    default:
      return agentActed(draft, input);
  }
}

type AgentInput = Extract<
  ConversationInput,
  {
    type:
      'accepted' | 'declined' | 'agent-wrote' | 'agent-absent' | 'transfer' | 'give-back' | 'reopen' | 'take' | 'close';
  }
>;

function agentActed(draft: Draft, input: AgentInput): void {
  switch (input.type) {
    case 'accepted':
      return accepted(draft, input.work, input.agent);
    case 'declined':
      return declined(draft, input.work, input.agent, 'declined');
    case 'agent-wrote':
      return agentWrote(draft, input.agent);
    case 'agent-absent':
      return agentAbsent(draft, input.agent);
    case 'transfer':
      return transfer(draft, input.by, input.to, input.note);
    case 'give-back':
      return giveBack(draft, input.by);
    case 'reopen':
      return reopenedByAgent(draft, input.agent);
    case 'take':
      return take(draft, input.by);
    case 'close':
      return close(draft, input.by);
  }
}

function visitorWrote(draft: Draft): void {
  const { phase, id } = draft.state;
  switch (phase.name) {
    case 'talking':
      return clearTimer(draft, { name: 'inactive' });
    case 'inactive':
      clearTimer(draft, { name: 'close' });
      return askPerson(draft, phase.agent, 'resume');
    case 'closed':
      clearTimer(draft, { name: 'forget' });
      update(draft, { sinceMs: draft.atMs, isReopened: true, phase: { name: 'opened' } });
      emit(draft, { type: 'chat.reopened', chat: id, by: 'visitor' });
      return command(draft, { type: 'find-route' });
    case 'opened':
    case 'asking':
    case 'waiting':
    case 'offered':
    case 'forgotten':
      return;
  }
}

function visitorCame(draft: Draft): void {
  update(draft, { visitor: { ...draft.state.visitor, isConnected: true } });
  clearTimer(draft, { name: 'lost' });
}

function visitorLost(draft: Draft): void {
  const { phase, visitor } = draft.state;
  if (!visitor.isConnected) return;
  update(draft, { visitor: { ...visitor, isConnected: false } });
  if (phase.name !== 'closed') waitForVisitor(draft);
}

/** Did not come back: nobody is kept busy for them. */
function visitorIsGone(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name === 'talking') return turnInactive(draft);
  if (phase.name !== 'inactive') finish(draft, { by: 'visitor', why: 'visitor-left' });
}

function agentAbsent(draft: Draft, agent: AgentId): void {
  const { phase } = draft.state;
  switch (phase.name) {
    case 'talking':
      if (phase.agent === agent) return unassign(draft, 'agent-absent');
      if (phase.transfer?.to === agent) declined(draft, phase.transfer.work, agent, 'unreachable');
      return;
    case 'offered':
      return declined(draft, phase.work, agent, 'unreachable');
    case 'waiting':
      if (phase.line?.kind === 'person' && phase.line.agent === agent) leaveLine(draft, 'agent-absent');
      return;
    // Whether they are there is asked when the visitor returns.
    case 'inactive':
    case 'opened':
    case 'asking':
    case 'closed':
    case 'forgotten':
      return;
  }
}

function reopenedByAgent(draft: Draft, agent: AgentId): void {
  if (draft.state.phase.name !== 'closed') return refuse(draft, agent, { what: 'reopen', why: 'not-now' });
  clearTimer(draft, { name: 'forget' });
  update(draft, { sinceMs: draft.atMs, isReopened: true });
  askPerson(draft, agent, 'reopen');
}

function close(draft: Draft, by: Extract<ConversationInput, { type: 'close' }>['by']): void {
  if (by.kind === 'visitor') return finish(draft, { by: 'visitor', why: 'asked' });
  const { phase } = draft.state;
  const owner = phase.name === 'talking' || phase.name === 'inactive' ? phase.agent : undefined;
  if (!mayAct(by, owner)) return refuse(draft, by.agent, { what: 'close', why: 'not-yours' });
  finish(draft, { by: 'agent', why: 'asked' });
}

function timerFired(draft: Draft, timer: Timer): void {
  const { phase } = draft.state;
  switch (timer.name) {
    case 'line':
      return leaveLine(draft, 'max-wait');
    case 'offer': {
      const work = phase.name === 'talking' ? phase.transfer?.work : phase.name === 'offered' ? phase.work : undefined;
      if (work !== undefined) declined(draft, work, timer.agent, 'no-answer');
      return;
    }
    case 'inactive':
      return turnInactive(draft);
    case 'close':
      if (phase.name === 'inactive') finish(draft, { by: 'controller', why: 'inactive' });
      return;
    case 'lost':
      return visitorIsGone(draft);
    case 'forget':
      if (phase.name === 'closed') park(draft);
      return;
  }
}
