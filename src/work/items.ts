/**
 * The items of this controller: begins them, finds them by id or by work, takes them over from controllers that have died,
 * and has what becomes of each written down.
 */
import type { Channel } from '../config/routing-config.js';
import type { AgentId, ItemId, QueueId, WorkId } from '../kernel/ids.js';
import { giveUp } from '../ledger/give-up.js';
import type { AdoptedWork } from '../ledger/ledger.js';
import type { OwnWork } from '../ledger/redis.js';
import { createItemRunner, offerTtlMs, type ItemRunner, type ItemRunnerDeps } from './item-runner.js';
import { recordOf, takenUp, type ItemRecord, type ItemRecords } from './item-record.js';
import type { ItemState, LineRules, UntimedInput } from './item-types.js';
import { itemOf, workOf } from './work-names.js';

export interface Items {
  /** An item whose record has been claimed. Resolves when it stands in line, or has ended. */
  begin(state: ItemState): Promise<void>;
  get(id: ItemId): ItemRunner | undefined;
  /** To whichever item has this work, also one that is just being taken over. @returns `false` when there is none */
  deliver(work: WorkId, input: UntimedInput): boolean;
  /** The ledger has given these to this controller. */
  adopt(works: readonly AdoptedWork[]): void;
  /** Went offline: what stands open with them goes on to others. */
  agentAbsent(agent: AgentId): void;
  /** What each holds or waits for, as the ledger should have it. */
  works(): readonly OwnWork[];
  /** The store was away, or lost: what was not written down is written again, and what others have by now is left to them. */
  storeIsBack(): Promise<void>;
  /** What that controller had, and nobody has taken over, has ended. */
  auditLost(node: string): Promise<void>;
  /** Ends what nobody can take over, and leaves the rest to whom the ledger gives it. Resolves when all is written down. */
  stop(): Promise<void>;
}

export type ItemsDeps = Omit<ItemRunnerDeps, 'onChanged'> & {
  readonly records: ItemRecords;
  /** Names this controller. */
  readonly node: string;
  /** As configured now. */
  readonly rulesOf: (queue: QueueId) => LineRules | undefined;
  /** Whether another controller can take this over. */
  readonly isLeft: (channel: Channel) => boolean;
};

export function createItems(deps: ItemsDeps): Items {
  return new ItemCollection(deps);
}

class ItemCollection implements Items {
  readonly #deps: ItemsDeps;
  readonly #running = new Map<ItemId, ItemRunner>();
  /** Being taken over, with what has come for them meanwhile. */
  readonly #adopting = new Map<ItemId, UntimedInput[]>();
  /** Records that the store has not taken yet: the last of each item. */
  readonly #unsaved = new Map<ItemId, ItemRecord>();
  readonly #saving = new Set<Promise<void>>();

  constructor(deps: ItemsDeps) {
    this.#deps = deps;
  }

  begin(state: ItemState): Promise<void> {
    return this.#run(state).start();
  }

  get(id: ItemId): ItemRunner | undefined {
    return this.#running.get(id);
  }

  deliver(work: WorkId, input: UntimedInput): boolean {
    const id = itemOf(work);
    const runner = this.#running.get(id);
    const waiting = this.#adopting.get(id);
    runner?.deliver(input);
    waiting?.push(input);
    return runner !== undefined || waiting !== undefined;
  }

  adopt(works: readonly AdoptedWork[]): void {
    for (const work of works) {
      const id = itemOf(work.work);
      if (this.#running.has(id) || this.#adopting.has(id)) continue;
      this.#adopting.set(id, []);
      this.#takeUp(id, work)
        .catch((error: unknown) => this.#deps.log.error({ err: error, item: id }, 'an item could not be taken over'))
        .finally(() => this.#adopting.delete(id));
    }
  }

  agentAbsent(agent: AgentId): void {
    for (const runner of [...this.#running.values()]) runner.deliver({ type: 'agent-absent', agent });
  }

  works(): readonly OwnWork[] {
    return [...this.#running.values()].flatMap(({ state }) => ownWorkOf(state) ?? []);
  }

  async storeIsBack(): Promise<void> {
    const records = [...this.#running.values()].map(({ state }) => recordOf(state, this.#deps.node));
    for (const record of [...this.#unsaved.values(), ...records]) this.#save(record);
    await this.#saved();
  }

  async auditLost(node: string): Promise<void> {
    const { records, clock, events, log } = this.#deps;
    for (const record of await records.running()) {
      const { id, queue, phase, sinceMs } = record;
      if (record.node !== node || this.#running.has(id) || this.#adopting.has(id)) continue;
      const atMs = clock.now();
      const agent = phase.name === 'active' ? { agent: phase.agent } : {};
      const ended: ItemRecord = { ...record, phase: { name: 'ended', atMs, why: 'lost', ...agent } };
      // Of several controllers that look, one writes it down, and tells.
      if (!(await records.put(ended, node))) continue;
      const activeSinceMs = phase.name === 'active' ? phase.sinceMs : atMs;
      log.warn({ item: id, node }, 'work was lost with its controller');
      const times = { waitedMs: activeSinceMs - sinceMs, activeMs: atMs - activeSinceMs };
      events.emit({ type: 'work.ended', item: id, queue, ...agent, why: 'lost', ...times });
    }
  }

  async stop(): Promise<void> {
    for (const runner of [...this.#running.values()]) {
      if (this.#deps.isLeft(runner.state.line.channel)) runner.drop();
      else runner.deliver({ type: 'stop' });
    }
    await this.#saved();
  }

  #run(state: ItemState): ItemRunner {
    const runner = createItemRunner(state, {
      ...this.#deps,
      onChanged: (changed) => {
        if (changed.phase.name === 'ended') this.#running.delete(changed.id);
        this.#save(recordOf(changed, this.#deps.node));
      },
    });
    this.#running.set(state.id, runner);
    return runner;
  }

  async #takeUp(id: ItemId, work: AdoptedWork): Promise<void> {
    const { records, ledger, node, clock, rulesOf, log } = this.#deps;
    const record = await records.get(id);
    const rules = rulesOf(work.queue ?? record?.queue ?? ('' as QueueId));
    if (record === undefined || record.phase.name === 'ended' || rules === undefined) {
      await giveUp(work.work, ledger);
      log.warn({ item: id }, 'work that a controller left behind is not known, and was ended');
      return;
    }
    const { state, isNews } = takenUp(record, work, rules, clock.now());
    if (!(await records.put(recordOf(state, node)))) return giveUp(work.work, ledger);
    log.info({ item: id, from: record.node, phase: work.phase }, 'work was taken over');
    const runner = this.#run(state);
    runner.deliver({ type: 'adopted', isNews });
    for (const input of this.#adopting.get(id) ?? []) runner.deliver(input);
  }

  #save(record: ItemRecord): void {
    const { records, node, log } = this.#deps;
    this.#unsaved.set(record.id, record);
    const saving = records
      .put(record, node)
      .then((isOurs) => {
        if (this.#unsaved.get(record.id) === record) this.#unsaved.delete(record.id);
        if (isOurs || record.phase.name === 'ended') return;
        log.warn({ item: record.id }, 'another controller has taken this work over');
        this.#running.get(record.id)?.drop();
        this.#running.delete(record.id);
      })
      .catch((error: unknown) => log.warn({ err: error, item: record.id }, 'an item was not written down'))
      .finally(() => this.#saving.delete(saving));
    this.#saving.add(saving);
  }

  async #saved(): Promise<void> {
    await Promise.all(this.#saving);
  }
}

function ownWorkOf(state: ItemState): OwnWork | undefined {
  const { line, phase, sinceMs } = state;
  const common = {
    work: workOf(state.id),
    channel: line.channel,
    queue: line.queue,
    enqueuedAt: sinceMs,
    offerTtlMs: offerTtlMs(state),
  };
  switch (phase.name) {
    case 'waiting':
      return { ...common, phase: 'waiting', agents: [] };
    case 'offered':
      return { ...common, phase: 'offered', attempt: phase.attempt, agents: [...phase.offers.keys()] };
    case 'active':
      return { ...common, phase: 'active', agents: [phase.agent] };
    case 'ended':
      return undefined;
  }
}
