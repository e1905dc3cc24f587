/** How a call, or an offer of it, comes to its end: everybody is told, and the ledger gets its room back. */
import type { CallEvent } from '../../kernel/events.js';
import type { AgentId } from '../../kernel/ids.js';
import type { DeclineCause } from '../../ledger/ledger.js';
import { endCallback } from './call-callback-end.js';
import {
  clearTimers,
  completedElsewhere,
  dismissAll,
  emit,
  queueRules,
  say,
  setCallerState,
  setPhase,
  type Draft,
} from './call-draft.js';

type EndedEvent = Extract<CallEvent, { type: 'call.ended' }>;

export interface Ending {
  readonly by: EndedEvent['by'];
  readonly outcome: EndedEvent['outcome'];
  /** For a caller who has not been answered. */
  readonly status?: number;
  /** Sent with a 503 (RFC 3261 §20.33). */
  readonly retryAfterS?: number;
}

/** Ends the call for everybody. The legs that are left report back one by one; then the call is forgotten. */
export function finish(draft: Draft, ending: Ending): void {
  const { phase, caller, call, work, arrivedMs } = draft.state;
  if (phase.name === 'over') return;
  if (draft.state.callback !== undefined) endCallback(draft, 'given-up');
  const rules = queueRules(draft.state);
  const talking = phase.name === 'talking' ? phase : undefined;
  const talkedMs = talking === undefined ? 0 : draft.atMs - talking.sinceMs;

  const agent = talking === undefined ? undefined : (talking.agent ?? caller.dialler?.agent);

  withdrawAllOffers(draft, ending.by === 'caller' ? 'caller-left' : 'taken-back');
  if (talking?.agent !== undefined) {
    say(draft, { type: 'release', agent: talking.agent, work, wrapUpMs: rules?.wrapUpMs ?? 0, talkMs: talkedMs });
  } else {
    say(draft, { type: 'abandon', work });
  }
  if (talking?.third?.agent !== undefined) {
    const { agent: third, sinceMs } = talking.third;
    say(draft, { type: 'release', ...third, wrapUpMs: 0, talkMs: draft.atMs - sinceMs });
  }
  if (caller.dialler?.work !== undefined) {
    const { agent: dialler, work: own, wrapUpMs = 0 } = caller.dialler;
    say(draft, { type: 'release', agent: dialler, work: own, wrapUpMs, talkMs: talkedMs });
  }

  setPhase(draft, { name: 'over' });
  dismissAll(draft, () => true);
  sendCallerAway(draft, ending);
  emit(draft, {
    type: 'call.ended',
    call,
    ...(rules === undefined ? {} : { queue: rules.queue }),
    ...(agent === undefined ? {} : { agent }),
    by: ending.by,
    outcome: ending.outcome,
    waitedMs: (talking?.sinceMs ?? draft.atMs) - arrivedMs,
    talkedMs,
  });
}

function sendCallerAway(draft: Draft, ending: Ending): void {
  const state = draft.state.caller.state;
  if (state === 'answered') say(draft, { type: 'bye', leg: draft.state.caller.leg });
  if (state !== 'ringing') return;
  const retry = ending.retryAfterS === undefined ? {} : { retryAfterS: ending.retryAfterS };
  say(draft, { type: 'reject', status: ending.status ?? 480, ...retry });
  setCallerState(draft, 'over');
}

/** Says `forget` once nothing is left to wait for. */
export function forgetIfDone(draft: Draft): void {
  const { phase, caller, legs } = draft.state;
  if (phase.name === 'over' && caller.state === 'over' && legs.size === 0) say(draft, { type: 'forget' });
}

/** What became of an offer, for the agent it was made to. */
type OfferOutcome = DeclineCause | 'answered-elsewhere' | 'caller-left' | 'taken-back';

/** Stops all phones of one agent; the ledger knows already or is told by the caller. */
export function withdrawOffer(draft: Draft, agent: AgentId, outcome: OfferOutcome): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering' || !phase.offers.has(agent)) return;
  const offers = new Map(phase.offers);
  offers.delete(agent);
  setPhase(draft, { ...phase, offers });
  clearTimers(draft, { name: 'ring', agent }, { name: 'step', agent });
  dismissAll(draft, (leg) => leg.agent === agent, outcome === 'answered-elsewhere' ? completedElsewhere : undefined);
  emit(draft, { type: 'call.offer_ended', call: draft.state.call, agent, attempt: phase.attempt, outcome });
}

export function withdrawAllOffers(draft: Draft, outcome: OfferOutcome): void {
  const phase = draft.state.phase;
  if (phase.name !== 'offering') return;
  for (const agent of phase.offers.keys()) withdrawOffer(draft, agent, outcome);
  clearTimers(draft, { name: 'widen' });
}
