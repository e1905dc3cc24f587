/**
 * Traffic without a wire: the calls, the runner, the dispatcher and the ledger of production under a virtual clock,
 * with phones and callers who behave as people do, by a seeded random.
 */
import { createEventStream, type EventStream } from '../../src/kernel/event-stream.js';
import type { SwitchboardEvent } from '../../src/kernel/events.js';
import { agentId, queueId, type WorkId } from '../../src/kernel/ids.js';
import { createMemoryLedger } from '../../src/ledger/memory.js';
import { createCalls } from '../../src/voice/calls.js';
import type { Logger } from '../../src/kernel/logger.js';
import { startQueueDispatcher } from '../../src/voice/queue-dispatcher.js';
import { routesOf } from '../../src/voice/routes.js';
import type { InboundLeg, Signalling } from '../../src/voice/signalling.js';
import { createScriptedWire, type ScriptedCaller, type ScriptedLeg } from '../support/scripted-signalling.js';
import { plan, soakConfig } from './site.js';
import { createVirtualClock, type VirtualClock } from './virtual-clock.js';

export interface Simulation {
  readonly events: EventStream;
  /** Lets traffic run for so long, then returns with calls still going on. */
  run(ms: number): Promise<void>;
  /** No new callers for so long; then they come again. */
  quiet(ms: number): Promise<void>;
  /** No more callers; resolves when the last has gone. */
  drain(): Promise<void>;
  readonly tally: Readonly<Record<string, number>>;
  /** What is left anywhere; all zero after {@link drain}. */
  leftovers(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** How long the round trip to a phone takes. */
const WIRE_MS = 20;

export async function createSimulation(options: { callsPerSecond: number; seed: number }): Promise<Simulation> {
  const random = seededRandom(options.seed);
  const clock = createVirtualClock({ startMs: 1_700_000_000_000, grainMs: 10 });
  const wire = createScriptedWire();
  const config = soakConfig();
  const ledger = createMemoryLedger({ clock, random });
  const tally: Record<string, number> = { calls: 0 };
  const events = createEventStream({
    clock,
    configVersion: () => config.version,
    onListenerError(error) {
      throw error;
    },
  });
  events.subscribe((event) => count(tally, event));
  const callers = new Map<WorkId, ScriptedCaller>();
  const calls = createCalls({
    config: () => config,
    signalling: promptSignalling(wire.signalling, clock, () => wire.legs),
    ledger,
    clock,
    events,
    contacts: { contactsOf: (username) => [{ uri: `sip:${username}@127.0.0.1:5070` }], ownerOf: () => undefined },
    log: silent,
  });
  const stopDispatcher = startQueueDispatcher({ ledger, calls, log: silent });
  events.subscribe((event) => {
    if (event.type === 'call.ended') callers.delete(event.call);
  });
  wire.onRing((leg) => behaveAsPhone(leg, { clock, random, callerOf: (call) => callers.get(call) }));
  await openShop({ config, ledger });

  let nextArrivalMs = clock.now();
  let stopArrivals: () => void = () => undefined;
  const arrive = () => {
    begin();
    expectNext();
  };
  const expectNext = () => {
    // Poisson arrivals, kept apart from the clock's grain.
    nextArrivalMs += (-Math.log(1 - random()) * 1000) / options.callsPerSecond;
    stopArrivals = clock.after(nextArrivalMs - clock.now(), arrive);
  };

  function begin(): void {
    const name = pickQueue(random());
    const { request, accept, caller } = wire.call({ user: name });
    const destination = routesOf(config)({ kind: 'queue', queue: queueId(name) }, { atMs: clock.now() });
    if (destination.kind === 'reject') throw new Error(`no queue ${name}`);
    tally.calls = (tally.calls ?? 0) + 1;
    const call = calls.begin({
      request,
      accept: (leg, onEvent) => promptCaller(accept(leg, onEvent), caller, clock),
      direction: 'inbound',
      destination,
    });
    callers.set(call, caller);
    if (random() < 0.08) clock.after(500 + random() * 20_000, () => caller.cancels());
  }

  const sweep = setSweep(clock, () => wire.sweep());
  expectNext();
  return {
    events,
    tally,
    run: (ms) => clock.runUntil(clock.now() + ms),
    async quiet(ms) {
      stopArrivals();
      await clock.runUntil(clock.now() + ms);
      nextArrivalMs = clock.now();
      expectNext();
    },
    async drain() {
      stopArrivals();
      await clock.runUntil(clock.now() + 600_000);
      sweep.stop();
      await clock.runUntil(clock.now() + 60_000);
      wire.sweep();
    },
    async leftovers() {
      const { agents, queues } = await ledger.snapshot();
      return {
        calls: calls.count(),
        callers: callers.size,
        legs: wire.legs.length,
        holds: agents.flatMap((agent) => agent.holds).length,
        waiting: queues.flatMap((queue) => [...queue.waiting, ...queue.offered]).length,
        active: queues.reduce((sum, queue) => sum + queue.active, 0),
        timers: clock.pending(),
      };
    },
    async close() {
      stopDispatcher();
      await ledger.close();
    },
  };
}

async function openShop(site: {
  config: ReturnType<typeof soakConfig>;
  ledger: ReturnType<typeof createMemoryLedger>;
}): Promise<void> {
  const { config, ledger } = site;
  await ledger.configure({
    agents: config.agents,
    queues: config.queues,
    backOff: { busy: 1_000, declined: 2_000, 'no-answer': 3_000, unreachable: 4_000 },
    missesUntilAway: 0,
  });
  for (const agent of config.agents.keys()) {
    await ledger.setReachable({ agent: agentId(agent), channel: 'voice', reachable: true });
    await ledger.setPresence({ agent, presence: { state: 'available' } });
  }
}

function behaveAsPhone(
  leg: ScriptedLeg,
  world: { clock: VirtualClock; random: () => number; callerOf: (call: WorkId) => ScriptedCaller | undefined },
): void {
  const { clock, random } = world;
  const mood = random();
  if (mood < 0.03) {
    clock.after(WIRE_MS, () => leg.refuses(486));
    return;
  }
  clock.after(WIRE_MS, () => leg.rings());
  if (mood < 0.05) clock.after(1_000 + random() * 2_000, () => leg.refuses(603));
  else if (mood > 0.95) return;
  else clock.after(1_000 + random() * 5_000, () => pickUp(leg, world));
}

function pickUp(leg: ScriptedLeg, world: Parameters<typeof behaveAsPhone>[1]): void {
  leg.answers();
  const call = leg.id.slice(0, leg.id.lastIndexOf('/')) as WorkId;
  const caller = world.callerOf(call);
  const talkMs = 2_000 + world.random() * 20_000;
  const endedByCaller = world.random() < 0.5;
  world.clock.after(WIRE_MS, () => caller?.acks());
  // A leg that lost is over by then, and hanging up does nothing.
  world.clock.after(talkMs, () => {
    if (leg.phase !== 'answered') return;
    if (endedByCaller) caller?.hangsUp();
    else leg.hangsUp();
  });
  world.clock.after(2 * WIRE_MS, () => leg.obeys());
}

/** Phones that answer CANCEL, BYE and our offers after a round trip. */
function promptSignalling(signalling: Signalling, clock: VirtualClock, legs: () => readonly ScriptedLeg[]): Signalling {
  return {
    ...signalling,
    invite(request, onEvent) {
      const leg = signalling.invite(request, onEvent);
      const scripted = legs().at(-1);
      const obeyLater = () => clock.after(WIRE_MS, () => scripted?.obeys());
      return {
        id: leg.id,
        sipCallId: leg.sipCallId,
        relay: (token) => leg.relay(token),
        respond: (token, status, options) => leg.respond(token, status, options),
        notifyRefer: (status, options) => leg.notifyRefer(status, options),
        ack: (sdp) => leg.ack(sdp),
        offer(sdpOffer) {
          leg.offer(sdpOffer);
          clock.after(WIRE_MS, () => scripted?.answersOffer());
        },
        cancel(reason) {
          leg.cancel(reason);
          obeyLater();
        },
        bye(reason) {
          leg.bye(reason);
          obeyLater();
        },
      };
    },
  };
}

function promptCaller(leg: InboundLeg, caller: ScriptedCaller, clock: VirtualClock): InboundLeg {
  return {
    ...leg,
    offer(sdpOffer) {
      leg.offer(sdpOffer);
      clock.after(WIRE_MS, () => caller.answersOffer());
    },
    bye(reason) {
      leg.bye(reason);
      clock.after(WIRE_MS, () => caller.obeys());
    },
  };
}

function pickQueue(at: number): string {
  let sum = 0;
  for (const { name, share } of plan) {
    sum += share;
    if (at < sum) return name;
  }
  return plan[0]!.name;
}

function setSweep(clock: VirtualClock, sweep: () => void): { stop: () => void } {
  let forget: () => void = () => undefined;
  const again = () => {
    sweep();
    forget = clock.after(5_000, again);
  };
  again();
  return { stop: () => forget() };
}

function count(tally: Record<string, number>, event: SwitchboardEvent): void {
  const key = event.type === 'call.ended' ? `ended ${event.outcome}` : event.type;
  tally[key] = (tally[key] ?? 0) + 1;
}

/** Mulberry32: small, quick and good enough to be people. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error(fields, message) {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  },
  child: () => silent,
};
