/** The calls of this controller: begins them, finds them by id, and shows them to whoever asks. */
import { randomUUID } from 'node:crypto';
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import { deviceId, legId, workId, type AgentId, type QueueId, type WorkId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import type { OwnWork } from '../ledger/redis.js';
import { isOpen } from '../routing/hours.js';
import { planHunt, type HuntPlan, type Route } from '../routing/hunt-plan.js';
import { newCall } from './call.js';
import { queueRules } from './call-draft.js';
import { createCallRunner, type CallRunner } from './call-runner.js';
import type { CallMedia } from './call-places-runner.js';
import type { CallState, DialledBy, Dialler, Destination } from './call-types.js';
import { worksOf } from './call-works.js';
import type { CallSummary, CallsView } from './calls-view.js';
import type { ContactBook } from './devices.js';
import type { Logger } from './logger.js';
import { routesOf } from './routes.js';
import type { InboundLeg, LegEvent, OutboundInvite, ReferTarget, Signalling, SipRequest } from './signalling.js';
import { standbyNumber } from './standby.js';
import { createWatchers, type Watcher } from './watchers.js';

/** A net under the hunt's own timers, which end an offer long before. */
const OFFER_TTL_MS = 10 * 60_000;

/** Longer than any queue lets its calls ring. */
const STANDBY_RING_MS = 10 * 60_000;

export interface Calls extends CallsView {
  begin(arrival: Arrival): WorkId;
  find(work: WorkId): CallRunner | undefined;
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
  const running = new Map<WorkId, RunningCall>();
  const emptyWaiters: (() => void)[] = [];
  const watchers = createWatchers();

  function forget(call: WorkId): void {
    running.delete(call);
    watchers.tell(call, undefined);
    if (running.size === 0) for (const resolve of emptyWaiters.splice(0)) resolve();
  }

  async function positionOf(work: WorkId, queue: QueueId): Promise<{ position?: number; expectedWaitMs?: number }> {
    const position = await deps.ledger.placeInLine(work);
    if (position === undefined) return {};
    const expectedWaitMs = deps.expectedWait?.(queue, position);
    return { position, ...(expectedWaitMs === undefined ? {} : { expectedWaitMs }) };
  }

  /** Who asks a colleague while a call of theirs is on hold does no further work. */
  function diallerOf(agent: AgentId, call: WorkId): Dialler {
    const isConsulting = [...running.values()].some(({ runner }) => talksIn(runner.state, agent));
    return isConsulting ? { agent } : { agent, work: workId(`${call}/dial`) };
  }

  function inherited({
    agent,
    work,
    wrapUpMs,
    from,
  }: {
    agent: AgentId;
    work: WorkId;
    wrapUpMs: number;
    from: CallRunner;
  }) {
    const heir = [...running.values()].find(({ runner: { state }, runner }) => {
      const { dialler } = state.caller;
      return runner !== from && state.phase.name !== 'over' && dialler?.agent === agent && dialler.work === undefined;
    });
    heir?.runner.inherit(work, wrapUpMs);
    return heir !== undefined;
  }

  function isCallbackKnown(queue: QueueId, number: string): boolean {
    return [...running.values()].some(({ runner: { state } }) => {
      return state.callback?.number === number && queueRules(state)?.queue === queue;
    });
  }

  function watch(agent: AgentId, watcher: Watcher): (() => void) | undefined {
    const found = [...running.values()].find(({ runner }) => talksIn(runner.state, agent));
    if (found === undefined) return undefined;
    const { runner } = found;
    const end = watchers.add(runner.state.call, watcher);
    runner.watched(agent);
    return () => {
      if (end().wasLast) runner.watched();
    };
  }

  function findDialog(replaces: NonNullable<ReferTarget['replaces']>) {
    for (const { runner } of running.values()) {
      const leg = runner.legNamed(replaces);
      if (leg !== undefined) return { runner, leg };
    }
    return undefined;
  }

  return {
    begin(arrival) {
      const call = workId(randomUUID());
      const { request, direction, destination, dialler } = arrival;
      const config = deps.config();
      const initial = newCall({
        call,
        arrivedMs: deps.clock.now(),
        caller: {
          leg: legId(`${call}/0`),
          from: request.from.user,
          ...(request.sdp === undefined ? {} : { sdpOffer: request.sdp }),
          ...(dialler === undefined ? {} : { dialler: diallerOf(dialler, call) }),
        },
        destination,
        routes: routesOf(config),
        ...(deps.dialled === undefined ? {} : { dialled: deps.dialled }),
        ...(deps.media === undefined
          ? {}
          : { house: { music: 'default', language: config.media.language, keys: config.site.inCallKeys } }),
      });
      const runner = createCallRunner(initial, {
        ...deps,
        offerTtlMs: OFFER_TTL_MS,
        planFor: (agent) => planFor(agent, deps),
        inviteFor: (route) => inviteFor(route, request, deps.config()),
        findDialog,
        positionOf,
        isCallbackKnown,
        inherited,
        watch,
        tellWatchers: watchers.tell,
        onForgotten: forget,
      });
      running.set(call, { runner, direction, to: request.user });
      deps.events.emit({ type: 'call.arrived', call, direction, from: request.from.user, to: request.user });
      runner.start(arrival.accept(initial.caller.leg, (event) => runner.callerEvent(event)));
      return call;
    },
    // A call that was sent on goes by further names in the ledger: its own, a tilde and a number.
    find: (work) => running.get(workId(work.split('~', 1)[0] ?? work))?.runner,
    count: () => running.size,
    works: () => [...running.values()].flatMap(({ runner }) => worksOf(runner.state, OFFER_TTL_MS)),
    hangUpAll() {
      for (const { runner } of running.values()) runner.hangUp();
    },
    whenEmpty: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => emptyWaiters.push(resolve))),
    list: () => [...running.values()].map((call) => summaryOf(call, deps.clock.now())),
  };
}

function planFor(agent: AgentId, deps: CallsDeps): HuntPlan {
  const { agents, hours, site } = deps.config();
  const config = agents.get(agent);
  const number = standbyNumber(agent);
  if (number !== undefined) return planOf({ kind: 'trunk', ...number });
  if (config === undefined) return { steps: [] };
  return planHunt(config, {
    contactsOf: (username) => deps.contacts.contactsOf(username),
    isOpen: (id) => {
      const weekly = hours.get(id);
      return weekly === undefined || isOpen(weekly, site.timeZone, deps.clock.now());
    },
  });
}

/** Of an outside number on a standby list; the queue's ring timeout ends it. */
function planOf(route: Route): HuntPlan {
  return { steps: [{ targets: [{ device: deviceId('number'), route }], forMs: STANDBY_RING_MS, keep: false }] };
}

function inviteFor(route: Route, request: SipRequest, config: RoutingConfig): Omit<OutboundInvite, 'leg' | 'sdpOffer'> {
  const { domain } = config.sip;
  const { user, displayName } = request.from;
  const from = { user, host: domain, ...(displayName === undefined ? {} : { displayName }) };
  if (route.kind === 'contact') {
    return { uri: route.uri, from, ...(route.proxy === undefined ? {} : { proxy: route.proxy }) };
  }
  const trunk = config.trunks.get(route.trunk);
  // A trunk that a reload took away leads nowhere; `.invalid` never resolves (RFC 2606 §2), so the leg fails at once.
  if (trunk === undefined) return { uri: `sip:${route.number}@trunk.invalid`, from };
  const host = trunk.host.includes(':') ? `[${trunk.host}]` : trunk.host;
  return {
    uri: `sip:${route.number}@${host}:${String(trunk.port)};transport=${trunk.transport}`,
    from: { ...from, user: route.callerId ?? trunk.callerId ?? user },
    ...(trunk.outbound === undefined ? {} : { credentials: trunk.outbound }),
  };
}

function talksIn({ phase, caller }: CallState, agent: AgentId): boolean {
  return phase.name === 'talking' && (phase.agent === agent || caller.dialler?.agent === agent);
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
    ...(phase.name === 'talking' && phase.onHoldBy !== undefined ? { isOnHold: true } : {}),
    ...(phase.name === 'talking' && phase.recording !== undefined ? { recording: recordingOf(phase.recording) } : {}),
    startedAtMs: state.arrivedMs,
    waitedMs: (phase.name === 'talking' ? phase.sinceMs : nowMs) - state.arrivedMs,
  };
}
