/**
 * Does what a call's `step` says and feeds what comes of it back, one input after the other.
 *
 * Everything of the call hangs on its runner: timers, legs and the caller's leg die with it.
 */
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { AgentId, LegId, QueueId, WorkId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import type { HuntPlan, Route } from '../routing/hunt-plan.js';
import type { Decision } from '../routing/decision.js';
import { step } from './call.js';
import { createCallPlaces, isPlaceCommand, type CallMedia, type CallPlaces } from './call-places-runner.js';
import type { CallCommand, CallInput, CallState, Timer } from './call-types.js';
import type { Logger } from './logger.js';
import type { InboundLeg, LegEvent, OutboundInvite, OutboundLeg, Signalling } from './signalling.js';

export interface CallRunner {
  readonly state: CallState;
  /** The INVITE's leg; call it once, before anything is delivered. */
  start(leg: InboundLeg): void;
  callerEvent(event: LegEvent): void;
  offered(attempt: number, agents: readonly AgentId[], decision?: Decision): void;
  nobodyFree(queue: QueueId, decision: Decision): void;
  offerExpired(agent: AgentId, attempt: number): void;
  moreAgentsFree(): void;
  hangUp(): void;
}

export interface CallRunnerDeps {
  readonly signalling: Signalling;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly log: Logger;
  /** Absent on a site without media servers. */
  readonly media?: CallMedia;
  /** Where work stands in a queue's line, and how long it may take from there. */
  positionOf?(work: WorkId, queue: QueueId): Promise<{ position?: number; expectedWaitMs?: number }>;
  /** Which devices an agent can be rung on at this moment. */
  planFor(agent: AgentId): HuntPlan;
  /** The INVITE that a route comes to. */
  inviteFor(route: Route): Omit<OutboundInvite, 'leg' | 'sdpOffer'>;
  /** How long the ledger lets an offer stand before it takes it back by itself. Milliseconds. */
  readonly offerTtlMs: number;
  /** Told once, when nothing is left of the call. */
  onForgotten(call: WorkId): void;
}

/** `CallInput` without the time, which the runner stamps. */
type Untimed = CallInput extends infer Input ? (Input extends CallInput ? Omit<Input, 'atMs'> : never) : never;

export function createCallRunner(initial: CallState, deps: CallRunnerDeps): CallRunner {
  return new Runner(initial, deps);
}

class Runner implements CallRunner {
  #state: CallState;
  #callerLeg: InboundLeg | undefined;
  #isStepping = false;
  /** Why nobody was free when that was last told. */
  #lastReasons = '';
  readonly #deps: CallRunnerDeps;
  readonly #log: Logger;
  readonly #mailbox: Untimed[] = [];
  readonly #legs = new Map<LegId, OutboundLeg>();
  readonly #timers = new Map<string, () => void>();
  readonly #places: CallPlaces | undefined;

  constructor(initial: CallState, deps: CallRunnerDeps) {
    this.#state = initial;
    this.#deps = deps;
    this.#log = deps.log.child({ callId: initial.call });
    if (deps.media === undefined) return;
    this.#places = createCallPlaces({
      call: initial.call,
      media: deps.media,
      log: this.#log,
      report: (place, event) => this.#deliver({ type: 'place', place, event }),
    });
  }

  get state(): CallState {
    return this.#state;
  }

  start(leg: InboundLeg): void {
    this.#callerLeg = leg;
    this.#deliver({ type: 'started' });
  }

  callerEvent(event: LegEvent): void {
    this.#deliver({ type: 'leg', leg: this.#state.caller.leg, event });
  }

  offered(attempt: number, agents: readonly AgentId[], decision?: Decision): void {
    const { phase } = this.#state;
    // With several controllers the same news may come twice, and late.
    if (phase.name === 'offering' && attempt < phase.attempt) return;
    const isKnown = (agent: AgentId) =>
      phase.name === 'offering' && attempt === phase.attempt && phase.offers.has(agent);
    const fresh = agents.filter((agent) => !isKnown(agent));
    if (fresh.length === 0) return;
    const offers = this.#planned(fresh);
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

  hangUp(): void {
    this.#deliver({ type: 'hang-up' });
  }

  /** One input at a time: what a command brings about at once waits in the mailbox for its turn. */
  #deliver(input: Untimed): void {
    this.#mailbox.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift()) {
        const result = step(this.#state, { ...next, atMs: this.#deps.clock.now() });
        this.#state = result.state;
        for (const command of result.commands) this.#execute(command);
        if (this.#state.phase.name === 'over') this.#stopTimers();
      }
    } finally {
      this.#isStepping = false;
    }
  }

  #execute(command: CallCommand): void {
    if (isLedgerCommand(command)) return this.#executeOnLedger(command);
    if (isPlaceCommand(command)) return this.#places?.execute(command);
    switch (command.type) {
      case 'progress':
        // Phones first: the ringing tone goes out after the INVITEs that this turn of the event loop brings about.
        setImmediate(() => this.#callerLeg?.progress(command.status, command.sdp));
        return;
      case 'answer':
        return this.#callerLeg?.answer(command.sdp);
      case 'reject':
        return this.#callerLeg?.reject(command.status, retryAfter(command.retryAfterS));
      case 'ring':
        return this.#ring(command);
      case 'cancel':
        return this.#legs.get(command.leg)?.cancel(command.reason);
      case 'bye':
        return this.#legOf(command.leg)?.bye(command.reason);
      case 'ack':
        return this.#legs.get(command.leg)?.ack(command.sdp);
      case 'relay':
        return this.#legOf(command.to)?.relay(command.token);
      case 'respond':
        return this.#legOf(command.leg)?.respond(
          command.token,
          command.status,
          command.sdp === undefined ? {} : { sdp: command.sdp },
        );
      case 'offer':
        return this.#legOf(command.leg)?.offer(command.sdp);
      case 'set-timer':
        return this.#setTimer(command.timer, command.afterMs);
      case 'clear-timer':
        return this.#clearTimer(command.timer);
      case 'emit':
        return this.#deps.events.emit(command.event);
      case 'forget':
        return this.#deps.onForgotten(this.#state.call);
    }
  }

  #legOf(leg: LegId): InboundLeg | OutboundLeg | undefined {
    return leg === this.#state.caller.leg ? this.#callerLeg : this.#legs.get(leg);
  }

  #ring({ leg, target, sdpOffer }: Extract<CallCommand, { type: 'ring' }>): void {
    const invite = this.#deps.inviteFor(target.route);
    const request = { ...invite, leg, ...(sdpOffer === undefined ? {} : { sdpOffer }) };
    const outbound = this.#deps.signalling.invite(request, (event) => {
      if (event.type === 'failed') this.#log.info({ leg, status: event.status, q850: event.q850 }, 'leg failed');
      if (event.type === 'failed' || event.type === 'ended') this.#legs.delete(leg);
      this.#deliver({ type: 'leg', leg, event });
    });
    this.#legs.set(leg, outbound);
  }

  #executeOnLedger(command: LedgerCommand): void {
    this.#perform(command).catch((error: unknown) => {
      this.#log.error({ err: error, command: command.type }, 'ledger command failed');
      this.hangUp();
    });
  }

  async #perform(command: LedgerCommand): Promise<void> {
    const work = this.#state.call;
    const { ledger } = this.#deps;
    switch (command.type) {
      case 'take-dialler-room':
      case 'enqueue':
      case 'assign':
        return this.#askForRoom(command);
      case 'extend': {
        const { attempt, count } = command;
        const result = await ledger.extend({ work, attempt, ...(count === undefined ? {} : { count }) });
        if (result.type !== 'extended') return;
        const offers = this.#planned(result.agents);
        this.#deliver({ type: 'extended', attempt, offers, decision: result.decision });
        return;
      }
      case 'accept': {
        const { agent, attempt, leg } = command;
        const result = await ledger.accept({ work, agent, attempt });
        this.#deliver({ type: 'accept-decided', leg, agent, result });
        return;
      }
      case 'decline':
        await ledger.decline({ work, agent: command.agent, attempt: command.attempt, cause: command.cause });
        return;
      case 'leave-queue': {
        const result = await ledger.abandon(work);
        this.#deliver({ type: 'left-queue', outcome: result.type === 'active' ? 'too-late' : 'left' });
        return;
      }
      case 'abandon': {
        // An acceptance may have been decided just before: then there is room to give back.
        const result = await ledger.abandon(work);
        if (result.type === 'active') await ledger.release({ work, wrapUpMs: 0, talkMs: 0 });
        return;
      }
      case 'ask-position': {
        const known = await this.#deps.positionOf?.(work, command.queue);
        this.#deliver({ type: 'position', ...known });
        return;
      }
      case 'release':
        await ledger.release({ work: command.work, wrapUpMs: command.wrapUpMs, talkMs: command.talkMs });
        return;
    }
  }

  async #askForRoom(
    command: Extract<LedgerCommand, { type: 'take-dialler-room' | 'enqueue' | 'assign' }>,
  ): Promise<void> {
    const { ledger, offerTtlMs } = this.#deps;
    const common = { work: this.#state.call, channel: 'voice', offerTtlMs } as const;
    switch (command.type) {
      case 'take-dialler-room': {
        const { agent, work } = command;
        const result = await ledger.assign({ ...common, work, agent, as: 'active', ignorePresence: true });
        this.#deliver({ type: 'dialler-room', result });
        return;
      }
      case 'enqueue': {
        const { queue, enqueuedAt } = command;
        const result = await ledger.enqueue({ ...common, queue, enqueuedAt });
        this.#deliver({ type: 'enqueued', result });
        return;
      }
      case 'assign': {
        const { agent, ignorePresence } = command;
        const result = await ledger.assign({ ...common, agent, as: 'offered', ignorePresence });
        if (result.type === 'assigned') {
          this.offered(result.attempt, [agent]);
          return;
        }
        this.#deliver({ type: 'assign-refused', result });
        return;
      }
    }
  }

  #planned(agents: readonly AgentId[]): { agent: AgentId; plan: HuntPlan }[] {
    return agents.map((agent) => ({ agent, plan: this.#deps.planFor(agent) }));
  }

  #setTimer(timer: Timer, afterMs: number): void {
    this.#clearTimer(timer);
    const key = keyOf(timer);
    const fire = (): void => {
      this.#timers.delete(key);
      this.#deliver({ type: 'timer', timer });
    };
    this.#timers.set(key, this.#deps.clock.after(afterMs, fire));
  }

  #clearTimer(timer: Timer): void {
    const key = keyOf(timer);
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  #stopTimers(): void {
    for (const forget of this.#timers.values()) forget();
    this.#timers.clear();
  }
}

const ledgerCommands = [
  'take-dialler-room',
  'enqueue',
  'assign',
  'extend',
  'accept',
  'decline',
  'leave-queue',
  'ask-position',
  'abandon',
  'release',
] as const;

type LedgerCommand = Extract<CallCommand, { type: (typeof ledgerCommands)[number] }>;

function isLedgerCommand(command: CallCommand): command is LedgerCommand {
  return (ledgerCommands as readonly string[]).includes(command.type);
}

function keyOf(timer: Timer): string {
  return 'agent' in timer ? `${timer.name} ${timer.agent}` : timer.name;
}

function retryAfter(seconds: number | undefined): { headers?: Record<string, string> } {
  return seconds === undefined ? {} : { headers: { 'Retry-After': String(seconds) } };
}
