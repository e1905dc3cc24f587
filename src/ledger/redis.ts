/**
 * The ledger in Redis (7, or Valkey): any number of controllers share one set of limits.
 *
 * Each operation is one Lua script (`scripts/`), and means what `memory.ts` says it means. Here is only what a
 * controller does around that: it keeps the timer for what next falls due, and passes on what has been set in motion.
 */
import type { Cluster, Redis } from 'ioredis';
import { SwitchboardError } from '../kernel/errors.js';
import type { Channel } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { Charge, Charges } from './charges.js';
import type { EnqueueResult, Ledger, LedgerNotice, LedgerSite, NewWork } from './ledger.js';
import { createNoticeBox } from './notices.js';
import { chargesIn, inCharge } from './redis/charges-in-store.js';
import { configureStore } from './redis/configure.js';
import { createEndings, type Endings } from './redis/endings.js';
import { deleteLibraries } from './redis/library.js';
import { joinSite, type Membership, type StoreChange } from './redis/membership.js';
import { startNoticeReader } from './redis/notice-reader.js';
import { loadOperations, type Operations, type OwnWork } from './redis/operations.js';
import { createScriptRunner, type LedgerKeys } from './redis/script.js';
import { parseNotice, type ContactChange, type StoredContact, type StoredNotice } from './redis/stored-notice.js';
import { createTurns, type Run, type Turns } from './redis/turns.js';

export type { ContactChange, OwnWork, StoreChange, StoredContact };

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
  /** Without it the controller is alone: nobody notices its death, and an absent store is an error at once. */
  readonly membership?: MembershipOptions;
}

export interface MembershipOptions {
  /** What runs here at this moment; everything else of this controller's name is ended. */
  readonly works: () => readonly OwnWork[];
  /** What this controller is in charge of, with the state to hand on; with `chargeOf`. */
  readonly charges?: () => readonly Charge[];
  /** What some work belongs to: whoever is not in charge of that does nothing with the work. */
  readonly chargeOf?: (work: WorkId) => string | undefined;
  /** Told just before the store is told all of `works`. */
  readonly beforeTelling?: () => void;
  readonly onChange: (change: StoreChange) => void;
  /** A phone has registered with another controller, or is there no more. */
  readonly onContact: (change: ContactChange & { readonly node: string }) => void;
  /** Channels whose work this controller can take over from one that has died, being told by an `adopted` notice. */
  readonly adopts?: () => readonly Channel[];
  /** Whether this controller can take over what others were in charge of. */
  readonly adoptsCharges?: boolean;
  /** How often a controller says that it lives, and after how much silence the others take it for dead. Milliseconds. */
  readonly beatMs?: number;
  readonly deadAfterMs?: number;
}

export interface RedisLedger extends Ledger {
  /** Whether the store answers. While it does not, operations wait for it; `false` for no longer than that. */
  isUp(): boolean;
  /**
   * To be called when somebody listens, and `works` says what runs here: tells by an `adopted` notice what a controller of
   * this name has left that can be taken over.
   */
  takeUp(): Promise<void>;
  /** `left` is how many places the agent's phones have now, by all controllers; `isChanged`: one more, or one less. */
  readonly charges: Charges;
  setContact(change: ContactChange): Promise<{ readonly isChanged: boolean; readonly left: number }>;
  listContacts(): Promise<readonly StoredContact[]>;
}

const BEAT_MS = 1_000;
const DEAD_AFTER_MS = 5_000;

/** How long a farewell may take. Milliseconds. */
const LEAVE_MS = 1_000;

/**
 * @throws SwitchboardError LEDGER_UNAVAILABLE when the store cannot be reached, LEDGER_SCHEMA when its records are those of
 *   another version
 */
export async function createRedisLedger(deps: RedisLedgerDeps): Promise<RedisLedger> {
  const onError = deps.onError ?? (() => undefined);
  const operations = deps.operations ?? loadOperations();
  const { node, clock } = deps;
  const box = createNoticeBox(onError);
  const runner = createScriptRunner({ ...deps, now: deps.now, library: operations.library });
  const joined: { membership?: Membership } = {};
  let site: LedgerSite | undefined;

  const post = (notices: readonly StoredNotice[]): void => box.post(parsed(notices, node));
  const turns = createTurns({
    runner,
    expire: operations.expire,
    clock,
    post,
    onError,
    waits: deps.membership !== undefined,
    onAway: () => joined.membership?.noteAway(),
  });
  const { run } = turns;
  const endings = createEndings(() => clock.now());
  const own = inCharge(run, deps.membership?.chargeOf ?? (() => undefined));
  const asked = operationsOf({ run, own }, operations, deps.random);
  await turns.runNow(operations.checkSchema, undefined);
  const reader = await readNotices(deps, runner.keys, post);
  const membership = await join(
    { ...deps, onError, keys: runner.keys },
    turns,
    operations,
    () => site,
    endings,
    (notices) => box.post(notices),
  );
  if (membership !== undefined) joined.membership = membership;
  const followNoMore = membership === undefined ? () => undefined : followConnection(deps.redis, membership);

  return {
    configure(wanted) {
      site = wanted;
      return configureStore(run, operations, wanted);
    },
    isUp: () => membership?.isUp() ?? true,
    takeUp: () => membership?.takeUp() ?? Promise.resolve(),
    setContact: (change) => run(operations.setContact, change),
    listContacts: () => run(operations.listContacts, undefined),
    charges: chargesIn(run, operations, node, () => membership?.isSure() ?? true),
    ...(deps.membership === undefined ? asked : noting(asked, endings)),
    enqueue: (work) => enqueue(work, { turns, own, operations, clock, endings, membership: deps.membership }),
    subscribe: (listener) => box.subscribe(listener),
    async close() {
      followNoMore();
      membership?.stop();
      reader.stop();
      if (membership?.isUp() === true) await within(LEAVE_MS, clock, membership.leave().catch(onError));
      turns.stop();
      box.close();
    },
  };
}

/** @returns the function that ends it */
function followConnection(redis: Redis | Cluster, membership: Membership): () => void {
  const lost = (): void => membership.noteLost();
  const connected = (): void => membership.noteConnected();
  // `-node`: one of a cluster is there no more, and another one may have its place.
  const events = [
    ...(['close', '-node'] as const).map((event) => [event, lost] as const),
    ['ready', connected] as const,
  ];
  for (const [event, listener] of events) redis.on(event, listener);
  return () => {
    for (const [event, listener] of events) redis.off(event, listener);
  };
}

function parsed(notices: readonly StoredNotice[], node: string): readonly LedgerNotice[] {
  return notices.flatMap((notice) => parseNotice(notice, node) ?? []);
}

async function enqueue(
  work: NewWork,
  deps: {
    turns: Turns;
    own: Run;
    operations: Operations;
    clock: Clock;
    endings: Endings;
    membership: MembershipOptions | undefined;
  },
): Promise<EnqueueResult> {
  const { turns, own, operations, clock, endings, membership } = deps;
  if (membership !== undefined) endings.begun(work);
  const before = turns.gate.timesShut();
  const result = await own(operations.enqueue, named(work));
  if (membership === undefined || turns.gate.timesShut() === before) return result;
  const isOurs = membership.works().some((each) => each.work === work.work);
  // It was over before the store was back: nobody would ever take it out of line.
  if (result.type === 'enqueued' && !isOurs) await own(operations.abandon, { work: work.work });
  // Done before the store went away, or brought back by what came after: it is in line.
  if (result.type !== 'duplicate' || !isOurs) return result;
  return { type: 'enqueued', position: 1, enqueuedAt: work.enqueuedAt ?? clock.now() };
}

/** What is begun and what is ended, so that an end that the store has not heard of is not lost with it. */
function noting(asked: ReturnType<typeof operationsOf>, endings: Endings): ReturnType<typeof operationsOf> {
  return {
    ...asked,
    async assign(request) {
      const result = await asked.assign(request);
      if (result.type === 'assigned') endings.begun(request);
      return result;
    },
    async accept(answer) {
      const result = await asked.accept(answer);
      if (result.type === 'won') endings.taken(answer.work, answer.agent);
      return result;
    },
    async transfer(request) {
      const result = await asked.transfer(request);
      if (result.type === 'transferred') endings.taken(request.work, request.to);
      return result;
    },
    async pull(request) {
      const result = await asked.pull(request);
      if (result.type === 'pulled' && request.as === 'active') endings.taken(result.work, request.agent);
      return result;
    },
    async abandon(work) {
      const result = await asked.abandon(work);
      if (result.type !== 'active') endings.forgotten(work);
      return result;
    },
    release: (request) => endings.release(request.work, () => asked.release(request)),
  };
}

function within(ms: number, clock: Clock, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void promise.then(() => {
      cancel();
      resolve();
    });
  });
}

async function readNotices(
  deps: RedisLedgerDeps,
  keys: LedgerKeys,
  post: (notices: readonly StoredNotice[]) => void,
): Promise<{ stop: () => void }> {
  return startNoticeReader({
    redis: deps.reader,
    keys,
    ownNode: deps.node,
    deliver(notices, from) {
      post(notices);
      for (const notice of notices) {
        if (notice.type === 'contact') deps.membership?.onContact({ ...notice, node: from });
      }
    },
    onError: deps.onError ?? (() => undefined),
  });
}

async function join(
  deps: RedisLedgerDeps & { readonly onError: (error: unknown) => void; readonly keys: LedgerKeys },
  turns: Turns,
  operations: Operations,
  site: () => LedgerSite | undefined,
  endings: Endings,
  post: (notices: readonly LedgerNotice[]) => void,
): Promise<Membership | undefined> {
  const { membership, node, clock, onError, redis, keys } = deps;
  if (membership === undefined) return undefined;
  const configure = (known: LedgerSite): Promise<void> => configureStore(turns.runNow, operations, known);
  const told = {
    beatMs: BEAT_MS,
    deadAfterMs: DEAD_AFTER_MS,
    adopts: () => [],
    charges: () => [],
    adoptsCharges: false,
    ...membership,
  };
  const withCharge = (work: OwnWork): OwnWork => {
    const charge = membership.chargeOf?.(work.work);
    return charge === undefined ? work : { ...work, charge };
  };
  return joinSite({
    ...told,
    works: () => [...membership.works(), ...endings.works()].map(withCharge),
    ...{ turns, operations, node, clock, site, configure, onError },
    async deleteLibraries(names) {
      await deleteLibraries(redis, names);
      await redis.zrem(keys.libraries, ...names);
    },
    post(notices) {
      for (const notice of notices) if (notice.type === 'adopted') notice.works.forEach((work) => endings.begun(work));
      post(notices);
    },
  });
}

/** What needs nothing but its script. @param runs.own for what only who is in charge of the work may do */
function operationsOf({ run, own }: { run: Run; own: Run }, operations: Operations, random: () => number) {
  return {
    setPresence: (change) => run(operations.setPresence, change),
    setSchedule: (change) => run(operations.setSchedule, change),
    setReachable: ({ agent, channel, reachable, here }) =>
      run(operations.setChannel, { agent, channel, field: 'reach', value: reachable, ...(here && { here }) }),
    switchChannel: ({ agent, channel, on }) => run(operations.setChannel, { agent, channel, field: 'off', value: !on }),
    placeInLine: (work) => run(operations.placeInLine, { work }),
    requeue: (move) => own(operations.requeue, move),
    match: (queue) => run(operations.match, { queue, random: random() }),
    preview: (queue) => run(operations.preview, { queue }),
    extend: (request) => own(operations.extend, { ...request, random: random() }),
    accept: (answer) => own(operations.accept, answer),
    decline: (answer) => own(operations.decline, answer),
    abandon: (work) => own(operations.abandon, { work }),
    release: (request) => own(operations.release, request),
    endWrapUp: (agent) => run(operations.endWrapUp, { agent }),
    assign: (request) => own(operations.assign, named(request)),
    transfer: (request) => run(operations.transfer, request),
    pull: (request) => run(operations.pull, request),
    expire: () => run(operations.expire, undefined),
    snapshot: () => run(operations.snapshot, undefined),
  } satisfies Partial<Ledger>;
}

/** Ids are parts of keys and of lists there: a blank in one would tear it in two. */
function named<Request extends { work: WorkId; agent?: AgentId }>(request: Request): Request {
  if (/\s/.test(request.work))
    throw new SwitchboardError('BUG', `a work id with a blank: ${JSON.stringify(request.work)}`);
  return request;
}
