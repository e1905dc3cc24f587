/**
 * The life of one piece of work of another system, as a pure function: what is and what happened go in, what is next and
 * what to do come out. No I/O, no clock, no random; {@link ./item-runner.ts} does what the commands say.
 *
 * ```
 *                  offered by the ledger            accepted, or pulled out of the line
 *  started ──► waiting ─────────────────► offered ───────────► active ──┐ closed
 *                │ ▲  ▲                    │                            │
 *   max wait,    │ │  └────────────────────┘ declined, timed out,       │
 *   full: next   │ │                         agent gone: the last one   │
 *   line         └─┘                                                    ▼
 *   withdrawn, at any point; no next line; the controller stops ──► ended
 * ```
 *
 * - **Room.** `offered` and `active` hold room in the ledger. An item has one work there, whatever line it stands in.
 * - **An offer that could not be told** is taken back without blame: an address that does not answer would put agents away.
 * - **The other system asks, and is answered once**: an acceptance when the ledger has decided, everything else at once.
 *   What is asked twice is answered as the first time.
 */
import type { ItemId } from '../kernel/ids.js';
import { command, draftOf, done, emit, refuse, setTimer, stepOf, type Draft } from './item-draft.js';
import { answerWhenEnded, finish } from './item-ends.js';
import { leaveLineIfDue, linedUp, lineUp, moved } from './item-line.js';
import {
  accept,
  acceptDecided,
  decline,
  letPass,
  moreAgentsFree,
  offered,
  offerExpired,
  takeBackUntold,
  taken,
} from './item-offers.js';
import type { AskId, ItemAct, ItemInput, ItemState, ItemStep, LineRules, Timer } from './item-types.js';

/** @param options.sinceMs its age in every line: milliseconds since the epoch */
export function newItem(options: {
  readonly id: ItemId;
  readonly line: LineRules;
  readonly priority: number;
  readonly sinceMs: number;
  readonly atMs: number;
}): ItemState {
  const { id, line, priority, sinceMs, atMs } = options;
  return { id, line, priority, sinceMs, phase: { name: 'waiting', untilMs: atMs + line.maxWaitMs } };
}

export function step(state: ItemState, input: ItemInput): ItemStep {
  const draft = draftOf(state, input.atMs);
  apply(draft, input);
  return stepOf(draft);
}

function apply(draft: Draft, input: ItemInput): void {
  switch (input.type) {
    case 'started':
      return lineUp(draft, draft.state.line, input.ask);
    case 'adopted':
      return adopted(draft, input.isNews);
    case 'accept':
    case 'decline':
    case 'close':
    case 'withdraw':
      return act(draft, input, input.ask);
    case 'lined-up':
      return linedUp(draft, input.result, input.ask);
    case 'moved':
      return moved(draft, input.result);
    case 'offered':
      return offered(draft, input);
    case 'offer-expired':
      return offerExpired(draft, input.agent, input.attempt);
    case 'more-agents-free':
      return moreAgentsFree(draft);
    case 'accept-decided':
      return acceptDecided(draft, input.agent, input.attempt, input.result);
    case 'taken':
      return taken(draft, input.agent);
    case 'agent-absent':
      return letPass(draft, input.agent, 'unreachable');
    case 'timer':
      return timerFired(draft, input.timer, input.isUntold);
    case 'failed':
      return finish(draft, 'fault');
    case 'stop':
      return finish(draft, 'stopping');
  }
}

function adopted(draft: Draft, isNews: boolean): void {
  const { phase, id, line, sinceMs } = draft.state;
  const known = { item: id, queue: line.queue };
  if (phase.name === 'active' && isNews) {
    emit(draft, { type: 'work.accepted', ...known, agent: phase.agent, waitedMs: draft.atMs - sinceMs });
  }
  if (phase.name !== 'waiting' && phase.name !== 'offered') return;
  setTimer(draft, { name: 'line' }, phase.untilMs - draft.atMs);
  if (phase.name !== 'offered') return;
  const agents = [...phase.offers.keys()];
  for (const agent of agents) setTimer(draft, { name: 'offer', agent }, line.offerTimeoutMs);
  const untilMs = draft.atMs + line.offerTimeoutMs;
  if (isNews) emit(draft, { type: 'work.offered', ...known, attempt: phase.attempt, agents, untilMs });
}

function act(draft: Draft, wanted: ItemAct, ask: AskId): void {
  const { phase, line } = draft.state;
  if (phase.name === 'ended') {
    return command(draft, { type: 'answer', ask, answer: answerWhenEnded(wanted.type, phase.why) });
  }
  switch (wanted.type) {
    case 'accept':
      return accept(draft, wanted.agent, ask);
    case 'decline':
      return decline(draft, wanted.agent, wanted.cause, ask);
    case 'close':
      if (phase.name !== 'active') return refuse(draft, 'not-active', ask);
      if (wanted.agent !== undefined && wanted.agent !== phase.agent) return refuse(draft, 'taken', ask);
      finish(draft, 'closed', line.wrapUpMs);
      return done(draft, ask);
    case 'withdraw':
      finish(draft, 'withdrawn');
      return done(draft, ask);
  }
}

function timerFired(draft: Draft, timer: Timer, isUntold = false): void {
  if (timer.name === 'line') return leaveLineIfDue(draft);
  if (isUntold && takeBackUntold(draft)) return;
  letPass(draft, timer.agent, 'no-answer');
}
