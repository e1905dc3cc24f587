/**
 * Does what a call's `step` says and feeds what comes of it back, one input after the other.
 *
 * Everything of the call hangs on its runner: timers, legs and the caller's leg die with it.
 */
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { AgentId, LegId, WorkId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import type { HuntPlan, Route } from '../routing/hunt-plan.js';
import type { Decision } from '../routing/decision.js';
import { step } from './call.js';
import type { CallCommand, CallInput, CallState, Timer } from './call-types.js';
import type { Logger } from './logger.js';
import type { InboundLeg, LegEvent, OutboundInvite, OutboundLeg, Signalling } from './signalling.js';

export interface CallRunner {
  readonly state: CallState;
  /** The INVITE's leg; call it once, before anything is delivered. */
  start(leg: InboundLeg): void;
  callerEvent(event: LegEvent): void;
  offered(attempt: number, agents: readonly AgentId[], decision?: Decision): void;
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
  /** Which devices an agent can be rung on at this moment. */
  planFor(agent: AgentId): HuntPlan;
  /** The INVITE that a route comes to. */
  inviteFor(route: Route, caller: CallState['caller']): Omit<OutboundInvite, 'leg' | 'sdpOffer'>;
  /** How long the ledger lets an offer stand before it takes it back by itself. Milliseconds. */
  readonly offerTtlMs: number;
  /** Told once, when nothing is left of the call. */
  onForgotten(call: WorkId): void;
}

/** `CallInput` without the time, which the runner stamps. */
type Untimed = CallInput extends infer Input ? (Input extends CallInput ? Omit<Input, 'atMs'> : never) : never;

export function createCallRunner(initial: CallState, deps: CallRunnerDeps): CallRunner {
  let state = initial;
  let callerLeg: InboundLeg | undefined;
  let isStepping = false;
  const mailbox: Untimed[] = [];
  const legs = new Map<LegId, OutboundLeg>();
  const timers = new Map<string, () => void>();
  const log = deps.log.child({ callId: initial.call });

  function deliver(input: Untimed): void {
    mailbox.push(input);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = mailbox.shift(); next !== undefined; next = mailbox.shift()) {
        const result = step(state, { ...next, atMs: deps.clock.now() } as CallInput);
        state = result.state;
        for (const command of result.commands) execute(command);
        if (state.phase.name === 'over') stopTimers();
      }
    } finally {
      isStepping = false;
    }
  }

  function execute(command: CallCommand): void {
    if (isLedgerCommand(command)) return executeOnLedger(command);
    switch (command.type) {
      case 'progress':
        return callerLeg?.progress(command.status, command.sdp);
      case 'answer':
        return callerLeg?.answer(command.sdp);
      case 'reject':
        return callerLeg?.reject(command.status, retryAfter(command.retryAfterS));
      case 'ring':
        return ring(command);
      case 'cancel':
        return legs.get(command.leg)?.cancel(command.reason);
      case 'bye':
        return legOf(command.leg)?.bye(command.reason);
      case 'ack':
        return legs.get(command.leg)?.ack(command.sdp);
      case 'relay':
        return legOf(command.to)?.relay(command.token);
      case 'respond':
        return legOf(command.leg)?.respond(command.token, command.status);
      case 'set-timer':
        return setTimer(command.timer, command.afterMs);
      case 'clear-timer':
        return clearTimer(command.timer);
      case 'emit':
        return deps.events.emit(command.event);
      case 'forget':
        return deps.onForgotten(state.call);
    }
  }

  function legOf(leg: LegId): InboundLeg | OutboundLeg | undefined {
    return leg === state.caller.leg ? callerLeg : legs.get(leg);
  }

  function ring(command: Extract<CallCommand, { type: 'ring' }>): void {
    const { leg } = command;
    const invite = deps.inviteFor(command.target.route, state.caller);
    const request = { ...invite, leg, ...(command.sdpOffer === undefined ? {} : { sdpOffer: command.sdpOffer }) };
    legs.set(
      leg,
      deps.signalling.invite(request, (event) => {
        if (event.type === 'failed') log.info({ leg, status: event.status, q850: event.q850 }, 'leg failed');
        if (event.type === 'failed' || event.type === 'ended') legs.delete(leg);
        deliver({ type: 'leg', leg, event });
      }),
    );
  }

  function executeOnLedger(command: LedgerCommand): void {
    perform(command).catch((error: unknown) => {
      log.error({ err: error, command: command.type }, 'ledger command failed');
      deliver({ type: 'hang-up' });
    });
  }

  async function perform(command: LedgerCommand): Promise<void> {
    const work = state.call;
    const { ledger, offerTtlMs } = deps;
    switch (command.type) {
      case 'take-dialler-room': {
        const room = { channel: 'voice', as: 'active', ignorePresence: true, offerTtlMs } as const;
        const result = await ledger.assign({ work: command.work, agent: command.agent, ...room });
        return deliver({ type: 'dialler-room', result });
      }
      case 'enqueue': {
        const { queue, enqueuedAt } = command;
        const result = await ledger.enqueue({ work, channel: 'voice', queue, enqueuedAt, offerTtlMs });
        return deliver({ type: 'enqueued', result });
      }
      case 'assign': {
        const { agent, ignorePresence } = command;
        const result = await ledger.assign({
          work,
          channel: 'voice',
          agent,
          as: 'offered',
          ignorePresence,
          offerTtlMs,
        });
        if (result.type !== 'assigned') return deliver({ type: 'assign-refused', result });
        return deliver({ type: 'offered', attempt: result.attempt, offers: planned([agent]) });
      }
      case 'extend': {
        const { attempt, count } = command;
        const result = await ledger.extend({ work, attempt, ...(count === undefined ? {} : { count }) });
        if (result.type !== 'extended') return;
        return deliver({ type: 'extended', attempt, offers: planned(result.agents), decision: result.decision });
      }
      case 'accept': {
        const { agent, attempt, leg } = command;
        const result = await ledger.accept({ work, agent, attempt });
        return deliver({ type: 'accept-decided', leg, agent, result });
      }
      case 'decline':
        await ledger.decline({ work, agent: command.agent, attempt: command.attempt, cause: command.cause });
        return;
      case 'leave-queue': {
        const result = await ledger.abandon(work);
        return deliver({ type: 'left-queue', outcome: result.type === 'active' ? 'too-late' : 'left' });
      }
      case 'abandon': {
        // An acceptance may have been decided just before: then there is room to give back.
        const result = await ledger.abandon(work);
        if (result.type === 'active') await ledger.release({ work, wrapUpMs: 0, talkMs: 0 });
        return;
      }
      case 'release':
        await ledger.release({ work: command.work, wrapUpMs: command.wrapUpMs, talkMs: command.talkMs });
        return;
    }
  }

  function planned(agents: readonly AgentId[]): { agent: AgentId; plan: HuntPlan }[] {
    return agents.map((agent) => ({ agent, plan: deps.planFor(agent) }));
  }

  function setTimer(timer: Timer, afterMs: number): void {
    clearTimer(timer);
    const key = keyOf(timer);
    const fire = (): void => {
      timers.delete(key);
      deliver({ type: 'timer', timer });
    };
    timers.set(key, deps.clock.after(afterMs, fire));
  }

  function clearTimer(timer: Timer): void {
    const key = keyOf(timer);
    timers.get(key)?.();
    timers.delete(key);
  }

  function stopTimers(): void {
    for (const forget of timers.values()) forget();
    timers.clear();
  }

  return {
    get state() {
      return state;
    },
    start(leg) {
      callerLeg = leg;
      deliver({ type: 'started' });
    },
    callerEvent: (event) => deliver({ type: 'leg', leg: state.caller.leg, event }),
    offered: (attempt, agents, decision) =>
      deliver({ type: 'offered', attempt, offers: planned(agents), ...(decision === undefined ? {} : { decision }) }),
    offerExpired: (agent, attempt) => deliver({ type: 'offer-expired', agent, attempt }),
    moreAgentsFree: () => deliver({ type: 'more-agents-free' }),
    hangUp: () => deliver({ type: 'hang-up' }),
  };
}

const ledgerCommands = [
  'take-dialler-room',
  'enqueue',
  'assign',
  'extend',
  'accept',
  'decline',
  'leave-queue',
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
