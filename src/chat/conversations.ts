/** The chats of this controller: opens them, finds them by id or by work, and keeps their places in line up to date. */
import type { AgentId, ConversationId, QueueId, WorkId } from '../kernel/ids.js';
import type { AdoptedWork, LedgerSnapshot } from '../ledger/ledger.js';
import type { OwnWork } from '../ledger/redis.js';
import { chatOf } from './chat-works.js';
import { newConversation } from './conversation.js';
import {
  createConversationRunner,
  type ConversationRunner,
  type ConversationRunnerDeps,
} from './conversation-runner.js';
import type { ConversationState } from './conversation-types.js';
import { worksOf } from './conversation-works.js';

/** A net under the offers' own timers, which end them long before. */
const OFFER_TTL_MS = 10 * 60_000;
/** Places in line change with every chat that is taken; visitors are told no more often than this. */
const PLACES_EVERY_MS = 1_000;

export interface Conversations {
  /** A new chat, or one that is taken up again from the store under its old id. */
  open(chat: Omit<Parameters<typeof newConversation>[0], 'atMs'>): ConversationRunner;
  /** One that another controller ran. @param works what the ledger has of it */
  adopt(state: ConversationState, works: readonly AdoptedWork[]): ConversationRunner;
  /** Another controller runs it by now: nothing more is done for it here. */
  drop(id: ConversationId): void;
  get(id: ConversationId): ConversationRunner | undefined;
  find(work: WorkId): ConversationRunner | undefined;
  all(): Iterable<ConversationRunner>;
  /** The agent went offline, or all their pages have gone; or they are back. */
  agentIs(agent: AgentId, where: 'absent' | 'there'): void;
  /** Nobody is free for the queue, or its line has moved: tells those in it where they stand. */
  lineMoved(queue: QueueId): void;
  /** What each chat holds or waits for, as the ledger should have it. */
  works(): readonly OwnWork[];
  /** Gives everything back and forgets all; the store still has them. Then nothing is left to be dropped. */
  parkAll(): void;
  /** Leaves all as it is, for another controller to go on with. */
  dropAll(): void;
}

export type ConversationsDeps = Omit<ConversationRunnerDeps, 'offerTtlMs' | 'onForgotten'> & {
  readonly onForgotten?: (state: ConversationState) => void;
};

export function createConversations(deps: ConversationsDeps): Conversations {
  const running = new Map<ConversationId, ConversationRunner>();
  const absent = new Set<AgentId>();
  const places = createPlaces(deps, (work) => find(work));

  const find = (work: WorkId): ConversationRunner | undefined => running.get(chatOf(work));

  function run(state: ConversationState): ConversationRunner {
    const runner = createConversationRunner(state, {
      ...deps,
      offerTtlMs: OFFER_TTL_MS,
      onChanged(after, before) {
        deps.onChanged(after, before);
        tellAbsent(runner, absent);
      },
      onForgotten(last) {
        running.delete(last.id);
        deps.onForgotten?.(last);
      },
    });
    running.set(state.id, runner);
    return runner;
  }

  function drop(id: ConversationId): void {
    running.get(id)?.drop();
    running.delete(id);
  }

  return {
    open(chat) {
      const runner = run(newConversation({ ...chat, atMs: deps.clock.now() }));
      runner.deliver({ type: 'started' });
      return runner;
    },
    adopt(state, works) {
      const runner = run(state);
      runner.deliver({ type: 'adopted', works });
      return runner;
    },
    drop,
    get: (id) => running.get(id),
    find,
    all: () => running.values(),
    agentIs(agent, where) {
      if (where === 'there') return void absent.delete(agent);
      absent.add(agent);
      for (const runner of running.values()) runner.deliver({ type: 'agent-absent', agent });
    },
    lineMoved: (queue) => places.lineMoved(queue),
    works: () => [...running.values()].flatMap(({ state }) => worksOf(state, OFFER_TTL_MS)),
    parkAll() {
      for (const runner of [...running.values()]) runner.deliver({ type: 'park' });
    },
    dropAll() {
      places.stop();
      for (const id of [...running.keys()]) drop(id);
    },
  };
}

/** An offer may have been on its way when its agent went. */
function tellAbsent(runner: ConversationRunner, absent: ReadonlySet<AgentId>): void {
  for (const agent of agentsOf(runner.state)) if (absent.has(agent)) runner.deliver({ type: 'agent-absent', agent });
}

/** Whose chat it is, if anybody's. */
export function ownerOf({ phase }: ConversationState): AgentId | undefined {
  return phase.name === 'talking' || phase.name === 'inactive' ? phase.agent : undefined;
}

/** Who has it and works on it, or is asked whether they want it. */
export function agentsOf({ phase }: ConversationState): readonly AgentId[] {
  if (phase.name === 'offered') return [...phase.offers.keys()];
  if (phase.name !== 'talking') return [];
  return phase.transfer === undefined ? [phase.agent] : [phase.agent, phase.transfer.to];
}

/** One look at the lines serves all that have moved since the last one. */
function createPlaces(deps: ConversationsDeps, find: (work: WorkId) => ConversationRunner | undefined) {
  const { ledger, clock, log } = deps;
  const due = new Set<QueueId>();
  let cancel: (() => void) | undefined;
  let isStopped = false;

  function tell(snapshot: LedgerSnapshot, queues: ReadonlySet<QueueId>): void {
    for (const { queue, waiting } of snapshot.queues) {
      if (!queues.has(queue)) continue;
      waiting.forEach(({ work }, index) => find(work)?.deliver({ type: 'placed', work, place: index + 1 }));
    }
  }

  function look(): void {
    cancel = clock.after(PLACES_EVERY_MS, () => {
      cancel = undefined;
      if (due.size > 0) look();
    });
    const queues = new Set(due);
    due.clear();
    ledger
      .snapshot()
      .then((snapshot) => tell(snapshot, queues))
      .catch((error: unknown) => log.error({ err: error }, 'places in line could not be told'));
  }

  return {
    lineMoved(queue: QueueId): void {
      if (isStopped) return;
      due.add(queue);
      if (cancel === undefined) look();
    },
    stop(): void {
      isStopped = true;
      cancel?.();
    },
  };
}
