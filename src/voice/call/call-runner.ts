/**
 * Does what a call's `step` says and feeds what comes of it back, one input after the other.
 *
 * Everything of the call hangs on its runner: timers, legs and the caller's leg die with it.
 */
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import type { AgentId, LegId, QueueId, WorkId } from '../../kernel/ids.js';
import type { CallbackBook } from '../../ledger/callback-book.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { HuntPlan, Route } from '../../routing/hunt-plan.js';
import type { Decision } from '../../routing/decision.js';
import { step } from './call.js';
import { createCallCallbacks, isCallbackCommand, type CallCallbacks } from './call-callback-runner.js';
import { createCallLedger, isLedgerCommand, type CallLedger } from './call-ledger.js';
import { CallLegs, isLegCommand } from './call-legs.js';
import { isAside, legOfAgent, type ConferenceOutcome } from './call-conference.js';
import type { CallNeighbours, Neighbour, TakenParty } from './call-neighbours.js';
import { createCallPlaces, isPlaceCommand, type CallMedia, type CallPlaces } from './call-places-runner.js';
import { recordingRefusal, type RecordingRefusal } from './call-recording.js';
import { transferRefusal, type TransferRefusal } from './call-transfer.js';
import type { CallCommand, UntimedInput } from './call-messages.js';
import type { CallState, GivenParty, RecordingAct, Timer } from './call-types.js';
import type { CallHandle } from '../calls-view.js';
import type { Logger } from '../../kernel/logger.js';
import { Mailbox } from '../../kernel/mailbox.js';
import { NamedTimers } from '../../kernel/named-timers.js';
import type { InboundLeg, LegEvent, OutboundInvite, ReferTarget, Signalling } from '../signalling.js';

export interface CallRunner extends CallHandle, Neighbour {
  /** The INVITE's leg; call it once, before anything is delivered. */
  start(leg: InboundLeg): void;
  callerEvent(event: LegEvent): void;
  offered(attempt: number, agents: readonly AgentId[], decision?: Decision): void;
  nobodyFree(queue: QueueId, decision: Decision): void;
  offerExpired(agent: AgentId, attempt: number): void;
  moreAgentsFree(): void;
  hangUp(why?: 'stopping' | 'asked'): void;
  /** In place of {@link start}, for a call that begins without a caller. */
  takeOverCallback(from: WorkId): void;
  callbackOver(why: 'lost' | 'cancelled' | 'left'): void;
}

export interface CallRunnerDeps {
  readonly signalling: Signalling;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly log: Logger;
  /** Of the site; absent where nobody is called back. */
  readonly callbacks?: CallbackBook;
  /** Absent on a site without media servers. */
  readonly media?: CallMedia;
  /** Where work stands in a queue's line, and how long it may take from there. */
  positionOf?(work: WorkId, queue: QueueId): Promise<{ position?: number; expectedWaitMs?: number }>;
  /** Which devices an agent can be rung on at this moment. */
  planFor(agent: AgentId): HuntPlan;
  /** The INVITE that a route comes to. */
  inviteFor(route: Route): Omit<OutboundInvite, 'leg' | 'sdpOffer'>;
  /** The other calls of this controller. */
  readonly neighbours?: CallNeighbours;
  /** How long the ledger lets an offer stand before it takes it back by itself. Milliseconds. */
  readonly offerTtlMs: number;
  /** Told once, when nothing is left of the call. */
  onForgotten(call: WorkId): void;
}

export function createCallRunner(initial: CallState, deps: CallRunnerDeps): CallRunner {
  return new Runner(initial, deps);
}

class Runner implements CallRunner {
  #state: CallState;
  #stopWatching: (() => void) | undefined;
  /** Who has just been given to another call. */
  #given: GivenParty | undefined;
  /** Why nobody was free when that was last told. */
  #lastReasons = '';
  readonly #deps: CallRunnerDeps;
  readonly #log: Logger;
  readonly #mailbox = new Mailbox((input: UntimedInput) => this.#step(input));
  readonly #legs: CallLegs;
  readonly #timers: NamedTimers<Timer>;
  readonly #ledger: CallLedger;
  readonly #places: CallPlaces | undefined;
  readonly #callbacks: CallCallbacks;

  constructor(initial: CallState, deps: CallRunnerDeps) {
    this.#state = initial;
    this.#deps = deps;
    this.#log = deps.log.child({ callId: initial.call });
    this.#timers = new NamedTimers(deps.clock, (timer) => this.#deliver({ type: 'timer', timer }));
    this.#ledger = createCallLedger({
      ...deps,
      log: this.#log,
      work: () => this.#state.work,
      deliver: (input) => this.#deliver(input),
      offered: (attempt, agents) => this.offered(attempt, agents),
      inherited: (room) => deps.neighbours?.inherited({ ...room, from: this }) === true,
    });
    this.#legs = new CallLegs({
      ...deps,
      log: this.#log,
      report: (leg, event) => this.#deliver({ type: 'leg', leg, event }),
    });
    this.#callbacks = createCallCallbacks({
      ...deps,
      log: this.#log,
      call: initial.call,
      deliver: (input) => this.#deliver(input),
    });
    if (deps.media === undefined) return;
    this.#places = createCallPlaces({
      media: deps.media,
      log: this.#log,
      report: (place, event) => this.#deliver({ type: 'place', place, event }),
    });
  }

  get state(): CallState {
    return this.#state;
  }

  start(leg: InboundLeg): void {
    this.#legs.begin(leg);
    this.#deliver({ type: 'started' });
  }

  takeOverCallback(from: WorkId): void {
    this.#deliver({ type: 'callback-taken-over', from });
  }

  callbackOver(why: 'lost' | 'cancelled' | 'left'): void {
    this.#deliver({ type: 'callback-over', why });
  }

  callerEvent(event: LegEvent): void {
    this.#legs.inboundEvent(event);
  }

  offered(attempt: number, agents: readonly AgentId[], decision?: Decision): void {
    const { phase } = this.#state;
    // With several controllers the same news may come twice, and late.
    if (phase.name === 'offering' && attempt < phase.attempt) return;
    const isKnown = (agent: AgentId) =>
      phase.name === 'offering' && attempt === phase.attempt && phase.offers.has(agent);
    const fresh = agents.filter((agent) => !isKnown(agent));
    if (fresh.length === 0) return;
    const offers = fresh.map((agent) => ({ agent, plan: this.#deps.planFor(agent) }));
    this.#lastReasons = '';
    this.#deliver({ type: 'offered', attempt, offers, ...(decision === undefined ? {} : { decision }) });
  }

  nobodyFree(queue: QueueId, decision: Decision): void {
    this.#deliver({ type: 'nobody-free' });
    const reasons = JSON.stringify([queue, decision.passedOver]);
    if (this.#state.phase.name !== 'waiting' || reasons === this.#lastReasons) return;
    this.#lastReasons = reasons;
    this.#deps.events.emit({ type: 'call.waiting', call: this.#state.call, queue, decision });
  }

  offerExpired(agent: AgentId, attempt: number): void {
    this.#deliver({ type: 'offer-expired', agent, attempt });
  }

  moreAgentsFree(): void {
    this.#deliver({ type: 'more-agents-free' });
  }

  transfer(dialled: string): TransferRefusal | undefined {
    const refusal = transferRefusal(this.#state, dialled, this.#deps.clock.now());
    if (refusal === undefined) this.#deliver({ type: 'transfer', dialled });
    return refusal;
  }

  record(act: RecordingAct): RecordingRefusal | undefined {
    const refusal = recordingRefusal(this.#state, act);
    if (refusal === undefined) this.#deliver({ type: 'record', act });
    return refusal;
  }

  confer(): ConferenceOutcome {
    return this.#deps.neighbours?.confer(this) ?? { type: 'refused', why: 'no-consultation' };
  }

  watched(agent?: AgentId): void {
    this.#deliver({ type: 'watch', ...(agent === undefined ? {} : { agent }) });
  }

  inherit(work: WorkId, wrapUpMs: number): void {
    this.#deliver({ type: 'inherit', work, wrapUpMs });
  }

  legNamed(replaces: NonNullable<ReferTarget['replaces']>): LegId | undefined {
    return this.#legs.named(replaces);
  }

  hangUp(why: 'stopping' | 'asked' = 'stopping'): void {
    this.#deliver({ type: 'hang-up', why });
  }

  #deliver(input: UntimedInput): void {
    this.#mailbox.deliver(input);
  }

  #step(input: UntimedInput): void {
    const result = step(this.#state, { ...input, atMs: this.#deps.clock.now() });
    this.#state = result.state;
    for (const command of result.commands) this.#execute(command);
    if (this.#state.phase.name === 'over') this.#timers.stop();
  }

  #execute(command: CallCommand): void {
    if (isLedgerCommand(command)) return this.#ledger.execute(command);
    if (isLegCommand(command)) return this.#legs.execute(command);
    if (isPlaceCommand(command)) return this.#places?.execute(command);
    if (isCallbackCommand(command)) return this.#callbacks.execute(command);
    switch (command.type) {
      case 'watch':
        this.#stopWatching = this.#deps.neighbours?.watch(command.agent, (place) =>
          this.#deliver({ type: 'watched', ...(place === undefined ? {} : { place }) }),
        );
        // Nobody to hear: the agent is in no call here.
        if (this.#stopWatching === undefined) this.#deliver({ type: 'watched' });
        return;
      case 'tell-watchers':
        return this.#deps.neighbours?.tellWatchers(this.#state.call, command.place);
      case 'give-party':
        this.#given = command.party;
        return;
      case 'find-dialog':
        return this.#takeOver(command);
      case 'confer-calls':
        // The other call may ask this one for its party, which answers when this turn is over.
        return queueMicrotask(() => {
          const outcome = this.#deps.neighbours?.confer(this, command.agent);
          this.#log.info({ agent: command.agent, outcome }, 'conference asked by a key');
        });
      case 'set-timer':
        return this.#timers.set(command.timer, command.afterMs);
      case 'clear-timer':
        return this.#timers.clear(command.timer);
      case 'emit':
        return this.#deps.events.emit(command.event);
      case 'forget':
        this.#stopWatching?.();
        return this.#deps.onForgotten(this.#state.call);
    }
  }

  giveParty(
    leaving: LegId,
    report: (leg: LegId, event: LegEvent) => void,
    { withLeaving } = { withLeaving: false },
  ): TakenParty | undefined {
    this.#deliver({ type: 'give-away', leg: leaving, withLeaving });
    const party = this.#takeGiven();
    if (party === undefined) return undefined;
    const ids = [party.leg, ...(party.host === undefined ? [] : [party.host.leg])];
    const legs = ids.map((id) => this.#legs.give(id, report)).filter((leg) => leg !== undefined);
    return legs.length === ids.length ? { party, legs } : undefined;
  }

  #takeGiven(): GivenParty | undefined {
    const party = this.#given;
    this.#given = undefined;
    return party;
  }

  takeThird(consultation: Neighbour, agent: AgentId): void {
    const leaving = legOfAgent(consultation.state, agent);
    if (leaving === undefined) return;
    const report = (leg: LegId, event: LegEvent): void => this.#deliver({ type: 'leg', leg, event });
    const taken = consultation.giveParty(leaving, report, { withLeaving: isAside(this.#state, agent) });
    if (taken === undefined) return;
    for (const leg of taken.legs) this.#legs.take(leg);
    this.#deliver({ type: 'third-joined', agent, party: taken.party });
  }

  /** Asks the call that has the dialog for its other party, and takes that one over. */
  #takeOver({ leg, token, agent, replaces }: Extract<CallCommand, { type: 'find-dialog' }>): void {
    const found = this.#deps.neighbours?.findDialog(replaces);
    const taken =
      found === undefined || found.runner === this
        ? undefined
        : found.runner.giveParty(found.leg, (taken, event) => this.#deliver({ type: 'leg', leg: taken, event }));
    for (const each of taken?.legs ?? []) this.#legs.take(each);
    this.#deliver({ type: 'party-taken', leg, token, agent, ...(taken === undefined ? {} : { party: taken.party }) });
  }
}
