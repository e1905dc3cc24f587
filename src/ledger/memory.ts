/**
 * The ledger in one process's memory: the readable reference of what each operation means, and the embedded default.
 *
 * Every operation is one synchronous turn: it first does what has fallen due by the clock, then its own work, and
 * subscribers are told when it is over.
 */
import type { Clock } from '../kernel/clock.js';
import type { Expiry, Ledger } from './ledger.js';
import { settle } from './memory/agent-acts.js';
import { abandon, accept, assign, decline, release } from './memory/answers.js';
import { configureState } from './memory/configure.js';
import { pull, transfer } from './memory/hand-over.js';
import { enqueue, extend, match, placeInLine, preview, requeue } from './memory/line.js';
import { endWrapUps, setPresence, setReachable, setSchedule, switchChannel } from './memory/presence.js';
import { snapshotOf } from './memory/snapshot.js';
import { createMemoryState } from './memory/state.js';
import { sweep } from './memory/sweep.js';
import { noEffects, noticesOf, type Turn } from './memory/turn.js';
import { createNoticeBox, type NoticeBox } from './notices.js';

export interface MemoryLedgerDeps {
  readonly clock: Clock;
  /** In [0, 1); asked once for every match and extend. */
  readonly random: () => number;
  /** Told of subscribers that throw; the others still get the notice. */
  readonly onListenerError?: (error: unknown) => void;
}

type Run = <Result>(act: (turn: Turn, swept: readonly Expiry[]) => Result) => Promise<Result>;

export function createMemoryLedger({ clock, random, onListenerError = () => undefined }: MemoryLedgerDeps): Ledger {
  const box = createNoticeBox(onListenerError);
  const { run, stop } = createTurns({ clock, random, box });
  return {
    configure: (site) =>
      run((turn) => {
        for (const agent of configureState(turn.state, site, turn.nowMs)) settle(turn, agent, turn.nowMs);
        for (const agent of turn.state.agents.values()) turn.effects.freed.add(agent);
      }),
    setPresence: (change) => run((turn) => setPresence(turn, change)),
    setSchedule: ({ agent, absences }) => run((turn) => setSchedule(turn, agent, absences)),
    setReachable: ({ agent, channel, reachable }) => run((turn) => setReachable(turn, agent, channel, reachable)),
    switchChannel: ({ agent, channel, on }) => run((turn) => switchChannel(turn, agent, channel, on)),
    enqueue: (work) => run((turn) => enqueue(turn, work)),
    placeInLine: (work) => run((turn) => placeInLine(turn, work)),
    requeue: (move) => run((turn) => requeue(turn, move)),
    match: (queue) => run((turn) => match(turn, queue)),
    preview: (queue) => run((turn) => preview(turn, queue)),
    extend: (request) => run((turn) => extend(turn, request)),
    accept: (answer) => run((turn) => accept(turn, answer)),
    decline: (answer) => run((turn) => decline(turn, answer)),
    abandon: (work) => run((turn) => abandon(turn, work)),
    release: (request) => run((turn) => release(turn, request)),
    endWrapUp: (agent) =>
      run((turn) => {
        const works = endWrapUps(turn, agent);
        return works.length === 0 ? { type: 'nothing-to-end' } : { type: 'ended', works };
      }),
    assign: (request) => run((turn) => assign(turn, request)),
    transfer: (request) => run((turn) => transfer(turn, request)),
    pull: (request) => run((turn) => pull(turn, request)),
    expire: () => run((_, swept) => swept),
    snapshot: () => run((turn) => snapshotOf(turn.state, turn.nowMs)),
    subscribe: (listener) => box.subscribe(listener),
    close() {
      stop();
      box.close();
      return Promise.resolve();
    },
  };
}

/** One operation after the other, and the one timer that stands for all that falls due. */
function createTurns(deps: { clock: Clock; random: () => number; box: NoticeBox }): { run: Run; stop: () => void } {
  const { clock, random, box } = deps;
  const state = createMemoryState();
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let stopped = false;

  /** Runs to its end before anything else can: there is no await in it. */
  const run: Run = async (act) => {
    const turn: Turn = { state, nowMs: clock.now(), random, effects: noEffects() };
    try {
      return act(turn, sweep(turn));
    } finally {
      box.post(noticesOf(turn));
      setTimer(turn.nowMs);
    }
  };

  function setTimer(nowMs: number): void {
    const next = stopped ? undefined : state.due.next();
    if (next === timer?.atMs) return;
    timer?.cancel();
    timer = undefined;
    if (next === undefined) return;
    const cancel = clock.after(next - nowMs, () => {
      timer = undefined;
      void run(() => undefined);
    });
    timer = { atMs: next, cancel };
  }

  function stop(): void {
    stopped = true;
    timer?.cancel();
    timer = undefined;
  }

  return { run, stop };
}
