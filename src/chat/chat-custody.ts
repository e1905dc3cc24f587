/**
 * Which chats this controller is in charge of: one runs with one controller at any time, and what is needed to go on with it
 * is handed on when that one dies.
 *
 * ```
 *  a visitor comes ─► open ─ nobody had it ─► it begins, or is taken up from the transcripts ─► changed, … ─► forgotten
 *                       ├─── ours, and being taken over ─► when that is done, it runs here
 *                       └─── elsewhere ─► its controller is asked to serve the page
 *  a controller has died ─► adopted: what it kept, and what the ledger has ─► it runs here, as it was
 *  taken for dead        ─► lost: it runs with another; its pages are sent there
 * ```
 */
import type { Clock } from '../kernel/clock.js';
import { conversationId, type ConversationId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Charge, Charges } from '../ledger/charges.js';
import { giveUp } from '../ledger/give-up.js';
import type { AdoptedWork, Ledger } from '../ledger/ledger.js';
import { chatOf, isChatWork } from './chat-works.js';
import { readSnapshot, writeSnapshot, type ConversationSnapshot } from './conversation-snapshot.js';

export interface ChatCustody {
  /** @param begin makes it run here, where nobody runs it yet; resolves to whether there is such a chat */
  open(id: ConversationId, begin: () => Promise<boolean>): Promise<Opened>;
  /** Who runs it, when that is not this controller. */
  elsewhere(id: ConversationId): Promise<string | undefined>;
  /** Something of it has changed that is to be handed on. */
  changed(id: ConversationId): void;
  /** It is over. */
  forgotten(id: ConversationId): void;
  /** What is to be handed on, of all that run here. */
  charges(): readonly Charge[];
  /** Of a controller that has died. */
  adopt(works: readonly AdoptedWork[], charges: readonly Charge[]): void;
  /** Another controller is in charge of it by now. */
  lost(id: ConversationId): void;
  /** Resolves when nobody else can have taken the chat over, or any, and never for one that another has. */
  whenSure(id?: ConversationId): Promise<void>;
  /** Resolves when all is kept that has changed, or cannot be for now. */
  stop(): Promise<void>;
}

export type Opened =
  | { readonly type: 'here' }
  | { readonly type: 'elsewhere'; readonly node: string }
  /** It is being taken over from a controller that has died. */
  | { readonly type: 'later' }
  | { readonly type: 'unknown' };

export interface ChatCustodyDeps {
  readonly charges: Charges;
  readonly ledger: Pick<Ledger, 'abandon' | 'release'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isHere: (id: ConversationId) => boolean;
  readonly all: () => Iterable<ConversationId>;
  /** Of a chat that is here. */
  readonly snapshotOf: (id: ConversationId) => ConversationSnapshot | undefined;
  /** Another controller is in charge of it: it must not go on here. */
  readonly onLost: (id: ConversationId) => void;
  /** Goes on with it as it was; rejects when what was said cannot be read. */
  readonly goOn: (snapshot: ConversationSnapshot, works: readonly AdoptedWork[]) => Promise<void>;
}

/** How soon it is tried again what could not be done. Milliseconds. */
const AGAIN_MS = 250;

/** How long a stop waits for a store that does not answer. Milliseconds. */
const LAST_WORDS_MS = 1_000;

/** How long a page waits for a chat that is being taken over before it is told to come back. Milliseconds. */
const PATIENCE_MS = 5_000;

export function createChatCustody(deps: ChatCustodyDeps): ChatCustody {
  const { charges, log, isHere, snapshotOf } = deps;
  const life = createLife(deps.clock);
  const opening = new Map<ConversationId, Promise<Opened>>();
  const adoptions = createAdoptions(deps, life);
  const keeping = createKeeping(deps);

  async function open(id: ConversationId, begin: () => Promise<boolean>): Promise<Opened> {
    await keeping.whenKept(id);
    const taken = await charges.take(id);
    if (taken.type === 'elsewhere') return taken;
    // Ours, though it does not run here: then it is about to be taken over.
    if (!taken.isNew && (await adoptions.comesSoon(id))) return { type: 'here' };
    if (adoptions.isUnderWay(id)) return { type: 'later' };
    try {
      if (await begin()) return { type: 'here' };
    } finally {
      if (!isHere(id)) keeping.drop(id);
    }
    return { type: 'unknown' };
  }

  return {
    async open(id, begin) {
      if (isHere(id)) return { type: 'here' };
      const known = opening.get(id);
      if (known !== undefined) return known;
      const opened = open(id, begin).finally(() => opening.delete(id));
      opening.set(id, opened);
      return opened;
    },
    async elsewhere(id) {
      const found = await charges.find(id);
      return found?.type === 'elsewhere' ? found.node : undefined;
    },
    changed: (id) => keeping.changed(id),
    forgotten: (id) => keeping.drop(id),
    charges: () =>
      [...deps.all()].flatMap((id) => {
        const snapshot = snapshotOf(id);
        return snapshot === undefined ? [] : [{ id, state: writeSnapshot(snapshot) }];
      }),
    adopt: (works, adopted) => adoptions.adopt(works, adopted, (id) => isHere(id) || opening.has(id)),
    lost(id) {
      if (!isHere(id)) return;
      log.warn({ chat: id }, 'another controller has taken this chat over');
      deps.onLost(id);
    },
    async whenSure(id) {
      if (charges.isSure()) return;
      while (!charges.isSure() && !life.isOver()) await life.pause(AGAIN_MS);
      // Its visitor is told by whoever has it now.
      if (id !== undefined && !isHere(id)) await new Promise<never>(() => undefined);
    },
    async stop() {
      await Promise.race([keeping.whenKept(), life.pause(LAST_WORDS_MS)]);
      life.end();
    },
  };
}

function createLife(clock: Clock) {
  const waiting = new Set<() => void>();
  let isOver = false;
  return {
    isOver: () => isOver,
    /** Until the time is over, or all of it. */
    pause: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          cancel();
          waiting.delete(done);
          resolve();
        };
        const cancel = clock.after(ms, done);
        waiting.add(done);
      }),
    end(): void {
      isOver = true;
      for (const done of waiting) done();
    },
  };
}

/** Chats of controllers that have died, as they begin to run here. */
function createAdoptions(deps: ChatCustodyDeps, life: ReturnType<typeof createLife>) {
  const { clock, log, isHere, charges } = deps;
  const underWay = new Map<ConversationId, Promise<void>>();

  async function adoptOne(id: ConversationId, state: string | undefined, works: readonly AdoptedWork[]): Promise<void> {
    const snapshot = state === undefined ? undefined : readSnapshot(state);
    // It had hardly begun. Whoever returns begins with what was said, if anything.
    if (snapshot === undefined) {
      for (const { work } of works) await giveUp(work, deps.ledger);
      return charges.drop(id);
    }
    while (!life.isOver() && !isHere(id)) {
      try {
        await deps.goOn(snapshot, works);
      } catch (error) {
        log.error({ err: error, chat: id }, 'a chat of another controller cannot be taken over yet');
        await life.pause(AGAIN_MS);
      }
    }
  }

  return {
    isUnderWay: (id: ConversationId): boolean => underWay.has(id),
    async comesSoon(id: ConversationId): Promise<boolean> {
      const untilMs = clock.now() + PATIENCE_MS;
      while (!isHere(id) && clock.now() < untilMs && !life.isOver()) await life.pause(AGAIN_MS);
      return isHere(id);
    },
    adopt(works: readonly AdoptedWork[], adopted: readonly Charge[], isKnown: (id: ConversationId) => boolean): void {
      const states = new Map(adopted.map(({ id, state }) => [conversationId(id), state]));
      const byChat = new Map<ConversationId, AdoptedWork[]>([...states.keys()].map((id) => [id, []]));
      for (const work of works.filter((each) => isChatWork(each.work))) {
        const id = chatOf(work.work);
        byChat.set(id, [...(byChat.get(id) ?? []), work]);
      }
      for (const [id, ofChat] of byChat) {
        if (isKnown(id) || underWay.has(id)) continue;
        const done = adoptOne(id, states.get(id), ofChat)
          .catch((error: unknown) => log.error({ err: error, chat: id }, 'a chat was not taken over'))
          .finally(() => underWay.delete(id));
        underWay.set(id, done);
      }
    },
  };
}

/** Of each chat one writing is under way at a time; what changes meanwhile goes with the next. */
function createKeeping({ charges, log, isHere, snapshotOf, onLost }: ChatCustodyDeps) {
  const underWay = new Map<ConversationId, { next?: 'keep' | 'drop'; readonly done: Promise<void> }>();

  async function act(id: ConversationId, what: 'keep' | 'drop'): Promise<void> {
    if (what === 'drop') return charges.drop(id);
    const snapshot = snapshotOf(id);
    if (snapshot === undefined) return;
    if (!(await charges.keep(id, () => writeSnapshot(snapshot)))) onLost(id);
  }

  function begin(id: ConversationId, what: 'keep' | 'drop'): void {
    const running = underWay.get(id);
    if (running !== undefined) {
      running.next = what;
      return;
    }
    const done = act(id, what)
      .catch((error: unknown) => log.error({ err: error, chat: id }, 'what is to be handed on of a chat was not kept'))
      .then(() => {
        const next = underWay.get(id)?.next;
        underWay.delete(id);
        if (next !== undefined) begin(id, next);
      });
    underWay.set(id, { done });
  }

  return {
    changed(id: ConversationId): void {
      if (isHere(id)) begin(id, 'keep');
    },
    drop: (id: ConversationId) => begin(id, 'drop'),
    /** Of one chat, or all. */
    async whenKept(id?: ConversationId): Promise<void> {
      const running = (): Promise<void>[] =>
        [...underWay].filter(([chat]) => id === undefined || chat === id).map(([, { done }]) => done);
      for (let waits = running(); waits.length > 0; waits = running()) await Promise.all(waits);
    },
  };
}
