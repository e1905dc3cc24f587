/** The calls of this controller: begins them, finds them by id, and shows them to whoever asks. */
import { randomUUID } from 'node:crypto';
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import { legId, workId, type AgentId, type QueueId, type WorkId } from '../kernel/ids.js';
import type { Ledger, PullResult } from '../ledger/ledger.js';
import { createMemoryCallbackBook, type CallbackBook, type PendingCallback } from '../ledger/callback-book.js';
import type { OwnWork } from '../ledger/redis.js';
import { newCall } from './call/call.js';
import { pendingOf } from './call/call-callback.js';
import { callbackOf } from './call/call-return.js';
import { createNeighbours, type CallNeighbours } from './call/call-neighbours.js';
import { createCallRunner, type CallRunner } from './call/call-runner.js';
import type { CallMedia } from './call/call-places-runner.js';
import type { CallState, DialledBy, Dialler, Destination } from './call/call-types.js';
import { worksOf } from './call/call-works.js';
import type { CallSummary, CallsView, PullWish } from './calls-view.js';
import type { ContactBook } from './access/devices.js';
import type { Logger } from '../kernel/logger.js';
import { inviteFor, planFor } from './reach.js';
import { routesOf } from './routes.js';
import type { InboundLeg, LegEvent, Signalling, SipRequest } from './signalling.js';

/** A net under the hunt's own timers, which end an offer long before. */
const OFFER_TTL_MS = 10 * 60_000;

export interface Calls extends CallsView {
  begin(arrival: Arrival): WorkId;
  find(work: WorkId): CallRunner | undefined;
  /** Who is to be called back from here. */
  callbacks(): readonly PendingCallback[];
  /**
   * Keeps a call back that nobody has kept any more, by a call of that name.
   * @returns false where its queue calls nobody back any more
   */
  takeOver(pending: PendingCallback, call: WorkId): boolean;
  count(): number;
  /** What each call holds or waits for, as the ledger should have it. */
  works(): readonly OwnWork[];
  /** Ends all calls now; each reports its end as usual. */
  hangUpAll(): void;
  /** Resolves when no call is left. */
  whenEmpty(): Promise<void>;
}

export interface Arrival {
  readonly request: SipRequest;
  accept(leg: ReturnType<typeof legId>, onEvent: (event: LegEvent) => void): InboundLeg;
  readonly direction: CallSummary['direction'];
  readonly destination: Destination;
  /** The agent whose phone dials. */
  readonly dialler?: AgentId;
}

export interface CallsDeps {
  readonly config: () => RoutingConfig;
  readonly signalling: Signalling;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly contacts: ContactBook;
  /** How long from a place in line, milliseconds; `undefined` when too little is known. */
  expectedWait?(queue: QueueId, position: number): number | undefined;
  /** Where agents may send calls on to. */
  readonly dialled?: DialledBy;
  /** Who is to be called back, by all controllers of the site; those of this one alone by default. */
  readonly callbacks?: CallbackBook;
  /** Absent on a site without media servers. */
  readonly media?: CallMedia;
  readonly log: Logger;
}

interface RunningCall {
  readonly runner: CallRunner;
  readonly direction: CallSummary['direction'];
  readonly to: string;
}

export function createCalls(deps: CallsDeps): Calls {
  const { find, runners, ...running } = createRunningCalls();
  const consultations = new Set<CallRunner>();
  const neighbours = createNeighbours({ runners, consultations });
  const callbacks = endingBefore(deps.callbacks ?? createMemoryCallbackBook(deps).of('alone'), deps, find);

  function forget(call: WorkId): void {
    const runner = find(call);
    if (runner !== undefined) consultations.delete(runner);
    neighbours.tellWatchers(call, undefined);
    running.remove(call);
  }

  function runnerOf(initial: CallState, caller: Pick<SipRequest['from'], 'user' | 'displayName'>): CallRunner {
    return createCallRunner(initial, {
      ...deps,
      callbacks,
      offerTtlMs: OFFER_TTL_MS,
      planFor: (agent) => planFor(agent, deps),
      inviteFor: (route) => inviteFor(route, caller, deps.config()),
      positionOf: (work, queue) => positionOf(work, queue, deps),
      neighbours,
      onForgotten: forget,
    });
  }

  function takeOver(pending: PendingCallback, call: WorkId): boolean {
    const initial = callbackCallOf(pending, call, deps.config(), deps);
    if (initial === undefined) return false;
    const runner = runnerOf(initial, { user: pending.number });
    running.add(call, { runner, direction: 'inbound', to: pending.queue });
    runner.takeOverCallback(pending.call);
    return true;
  }

  function begin(arrival: Arrival): WorkId {
    const call = workId(randomUUID());
    const { request, direction } = arrival;
    const initial = callOf(arrival, call, { deps, config: deps.config(), neighbours });
    const runner = runnerOf(initial, request.from);
    running.add(call, { runner, direction, to: request.user });
    if (isConsultation(initial)) consultations.add(runner);
    deps.events.emit({ type: 'call.arrived', call, direction, from: request.from.user, to: request.user });
    runner.start(arrival.accept(initial.caller.leg, (event) => runner.callerEvent(event)));
    return call;
  }

  return {
    begin,
    find,
    takeOver,
    pull: (wish) => pull(wish, deps.ledger, find),
    callbacks: () => runners().flatMap(({ state }) => pendingOf(state) ?? []),
    count: () => running.all().length,
    works: () => runners().flatMap(({ state }) => worksOf(state, OFFER_TTL_MS)),
    hangUpAll: () => runners().forEach((runner) => runner.hangUp()),
    whenEmpty: () => running.whenEmpty(),
    list: () => running.all().map((call) => summaryOf(call, deps.clock.now())),
  };
}

/** It began without room of its own. */
function isConsultation({ caller: { dialler } }: CallState): boolean {
  return dialler !== undefined && dialler.work === undefined;
}

function createRunningCalls() {
  const calls = new Map<WorkId, RunningCall>();
  const emptyWaiters: (() => void)[] = [];
  return {
    all: (): readonly RunningCall[] => [...calls.values()],
    runners: (): readonly CallRunner[] => Array.from(calls.values(), ({ runner }) => runner),
    // A call that was sent on goes by further names in the ledger: its own, a tilde and a number.
    find: (work: WorkId): CallRunner | undefined => calls.get(workId(work.split('~', 1)[0] ?? work))?.runner,
    add: (call: WorkId, running: RunningCall): void => void calls.set(call, running),
    remove(call: WorkId): void {
      calls.delete(call);
      if (calls.size === 0) for (const resolve of emptyWaiters.splice(0)) resolve();
    },
    whenEmpty: (): Promise<void> =>
      calls.size === 0 ? Promise.resolve() : new Promise((resolve) => emptyWaiters.push(resolve)),
  };
}

/** Nobody is rung any more for the call that has kept a call back until now, when another one takes it over. */
function endingBefore(book: CallbackBook, { ledger, log }: CallsDeps, find: Calls['find']): CallbackBook {
  return {
    ...book,
    async resume(request) {
      const pending = await book.resume(request);
      if (pending === undefined) return undefined;
      // It is here, or hears of it a little later elsewhere.
      find(pending.call)?.callbackOver('lost');
      ledger.abandon(pending.work).catch((error: unknown) => log.warn({ err: error }, 'abandoning failed'));
      return pending;
    },
  };
}

async function positionOf(
  work: WorkId,
  queue: QueueId,
  deps: CallsDeps,
): Promise<{ position?: number; expectedWaitMs?: number }> {
  const position = await deps.ledger.placeInLine(work);
  if (position === undefined) return {};
  const expectedWaitMs = deps.expectedWait?.(queue, position);
  return { position, ...(expectedWaitMs === undefined ? {} : { expectedWaitMs }) };
}

async function pull(
  { agent, queue, call, evenWhenAway }: PullWish,
  ledger: Ledger,
  find: Calls['find'],
): Promise<PullResult> {
  const result = await ledger.pull({
    ...{ agent, queue, as: 'offered', token: randomUUID(), ignorePresence: evenWhenAway },
    ...(call === undefined ? {} : { work: find(call)?.state.work ?? call }),
  });
  // Another controller is told by the ledger.
  if (result.type === 'pulled') find(result.work)?.offered(result.attempt, [agent]);
  return result;
}

function recordingOf({ isPaused, unaware }: { isPaused: boolean; unaware: readonly unknown[] }) {
  if (unaware.length > 0) return 'starting';
  return isPaused ? 'paused' : 'running';
}

function summaryOf(call: RunningCall, nowMs: number): CallSummary {
  const state: CallState = call.runner.state;
  const { phase, destination } = state;
  const device = phase.name === 'talking' ? state.legs.get(phase.peer)?.device : undefined;
  const agent = phase.name === 'talking' ? (phase.agent ?? state.caller.dialler?.agent) : undefined;
  return {
    id: state.call,
    direction: call.direction,
    from: state.caller.from,
    to: call.to,
    phase: phase.name,
    ...(destination.kind === 'queue' ? { queue: destination.rules.queue } : {}),
    ...(agent === undefined ? {} : { agent }),
    ...(device === undefined ? {} : { device }),
    ...(phase.name === 'offering' ? { offeredTo: [...phase.offers.keys()] } : {}),
    ...(phase.name === 'talking' && phase.third !== undefined ? { conferenceWith: phase.third.name } : {}),
    ...(phase.name === 'talking' && phase.onHoldBy !== undefined ? { isOnHold: true } : {}),
    ...(phase.name === 'talking' && phase.recording !== undefined ? { recording: recordingOf(phase.recording) } : {}),
    startedAtMs: state.arrivedMs,
    waitedMs: (phase.name === 'talking' ? phase.sinceMs : nowMs) - state.arrivedMs,
  };
}

function callOf(
  { request, destination, dialler }: Arrival,
  call: WorkId,
  { deps, config, neighbours }: { deps: CallsDeps; config: RoutingConfig; neighbours: CallNeighbours },
): CallState {
  return newCall({
    call,
    arrivedMs: deps.clock.now(),
    caller: {
      leg: legId(`${call}/0`),
      from: request.from.user,
      ...(request.sdp === undefined ? {} : { sdpOffer: request.sdp }),
      ...(dialler === undefined ? {} : { dialler: diallerOf(dialler, call, neighbours) }),
    },
    destination,
    routes: routesOf(config),
    ...surroundings(config, deps),
  });
}

/** Without a caller: they have gone long ago. */
function callbackCallOf(
  pending: PendingCallback,
  call: WorkId,
  config: RoutingConfig,
  deps: CallsDeps,
): CallState | undefined {
  const routes = routesOf(config);
  const destination = routes({ kind: 'queue', queue: pending.queue }, { atMs: deps.clock.now() });
  const rules = destination.kind === 'queue' ? destination.rules.waiting?.callback : undefined;
  if (destination.kind === 'reject' || rules === undefined) return undefined;
  const caller = { leg: legId(`${call}/0`), from: pending.number };
  const state = newCall({
    call,
    arrivedMs: pending.enqueuedAtMs,
    caller,
    destination,
    routes,
    ...surroundings(config, deps),
  });
  return {
    ...state,
    caller: { ...caller, state: 'over' },
    callback: callbackOf(pending, rules, true),
    sound: { ...state.sound, parties: new Map() },
  };
}

/** What is the same for all calls that begin now. */
function surroundings({ media, site }: RoutingConfig, deps: CallsDeps) {
  return {
    ...(deps.dialled === undefined ? {} : { dialled: deps.dialled }),
    ...(deps.media === undefined
      ? {}
      : { house: { music: 'default', language: media.language, keys: site.inCallKeys } }),
  };
}

/** Who asks a colleague while a call of theirs is on hold does no further work. */
function diallerOf(agent: AgentId, call: WorkId, neighbours: CallNeighbours): Dialler {
  return neighbours.talks(agent) ? { agent } : { agent, work: workId(`${call}/dial`) };
}
