/**
 * The ledger in Redis (7, or Valkey): any number of controllers share one set of limits.
 *
 * Each operation is one Lua script (`scripts/`), and means what `memory.ts` says it means. Here is only what a
 * controller does around that: it keeps the timer for what next falls due, and passes on what has been set in motion.
 */
import type { Cluster, Redis } from 'ioredis';
import { SwitchboardError } from '../kernel/errors.js';
import type { Clock } from '../kernel/clock.js';
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { Ledger } from './ledger.js';
import { createNoticeBox, type NoticeBox } from './notices.js';
import { configureStore } from './redis/configure.js';
import { startNoticeReader } from './redis/notice-reader.js';
import { loadOperations, type Operations } from './redis/operations.js';
import { createScriptRunner, type Script, type ScriptRunner } from './redis/script.js';

export interface RedisLedgerDeps {
  /** For commands; closed by whoever made it. */
  readonly redis: Redis | Cluster;
  /** For reading what others set in motion, which blocks it; closed with the ledger. */
  readonly reader: Redis | Cluster;
  /** Sites that share a Redis are told apart by this name. */
  readonly site: string;
  /** Names this controller among those of the site. */
  readonly node: string;
  readonly clock: Clock;
  /** In [0, 1); asked once for every match and extend. */
  readonly random: () => number;
  /** Told of subscribers that throw, and of trouble with reading what other controllers set in motion. */
  readonly onError?: (error: unknown) => void;
  /** Tests only: the time, instead of the store's own clock. */
  readonly now?: () => number;
  /** Tests only: scripts with a planted fault. */
  readonly operations?: Operations;
}

/** @throws SwitchboardError LEDGER_UNAVAILABLE when the store cannot be reached */
export async function createRedisLedger(deps: RedisLedgerDeps): Promise<Ledger> {
  const onError = deps.onError ?? (() => undefined);
  const operations = deps.operations ?? loadOperations();
  const box = createNoticeBox(onError);
  const runner = createScriptRunner({ redis: deps.redis, site: deps.site, node: deps.node, now: deps.now });
  const { run, stop } = createTurns({ runner, expire: operations.expire, clock: deps.clock, box, onError });
  const reader = await startNoticeReader({
    redis: deps.reader,
    stream: runner.keys.notices,
    ownNode: deps.node,
    deliver: (notices) => box.post(notices),
    onError,
  });
  return {
    configure: (site) => configureStore(run, operations, site),
    setPresence: (change) => run(operations.setPresence, change),
    setSchedule: (change) => run(operations.setSchedule, change),
    setReachable: ({ agent, channel, reachable }) =>
      run(operations.setChannel, { agent, channel, field: 'reach', value: reachable }),
    switchChannel: ({ agent, channel, on }) => run(operations.setChannel, { agent, channel, field: 'off', value: !on }),
    enqueue: (work) => run(operations.enqueue, named(work)),
    requeue: (move) => run(operations.requeue, move),
    match: (queue) => run(operations.match, { queue, random: deps.random() }),
    preview: (queue) => run(operations.preview, { queue }),
    extend: (request) => run(operations.extend, { ...request, random: deps.random() }),
    accept: (answer) => run(operations.accept, answer),
    decline: (answer) => run(operations.decline, answer),
    abandon: (work) => run(operations.abandon, { work }),
    release: (request) => run(operations.release, request),
    endWrapUp: (agent) => run(operations.endWrapUp, { agent }),
    assign: (request) => run(operations.assign, named(request)),
    expire: () => run(operations.expire, undefined),
    snapshot: () => run(operations.snapshot, undefined),
    subscribe: (listener) => box.subscribe(listener),
    close() {
      stop();
      reader.stop();
      box.close();
      return Promise.resolve();
    },
  };
}

/** Ids are parts of keys and of lists there: a blank in one would tear it in two. */
function named<Request extends { work: WorkId; agent?: AgentId }>(request: Request): Request {
  if (/\s/.test(request.work))
    throw new SwitchboardError('BUG', `a work id with a blank: ${JSON.stringify(request.work)}`);
  return request;
}

type Run = <Request, Result>(script: Script<Request, Result>, request: Request) => Promise<Result>;

/** Runs scripts, passes on what they set in motion, and keeps the timer for what next falls due in the store. */
function createTurns(deps: {
  runner: ScriptRunner;
  expire: Operations['expire'];
  clock: Clock;
  box: NoticeBox;
  onError: (error: unknown) => void;
}): { run: Run; stop: () => void } {
  const { runner, expire, clock, box, onError } = deps;
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let isStopped = false;

  const run: Run = async (script, request) => {
    for (;;) {
      const reply = await runner.run(script, request);
      if (reply.type === 'done') {
        box.post(reply.notices);
        setTimer(reply.nowMs, reply.dueMs);
        return reply.result;
      }
      await run(expire, undefined);
    }
  };

  function setTimer(nowMs: number, dueMs: number | undefined): void {
    const next = isStopped ? undefined : dueMs;
    if (next === timer?.atMs) return;
    timer?.cancel();
    timer = undefined;
    if (next === undefined) return;
    const cancel = clock.after(next - nowMs, () => {
      timer = undefined;
      run(expire, undefined).catch(onError);
    });
    timer = { atMs: next, cancel };
  }

  function stop(): void {
    isStopped = true;
    timer?.cancel();
    timer = undefined;
  }

  return { run, stop };
}
