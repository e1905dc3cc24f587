/** What other systems may ask of this controller: to take work, and to accept, decline, close or take back any of the site's. */
import type { Clock } from '../kernel/clock.js';
import type { AgentId, ItemId, QueueId } from '../kernel/ids.js';
import type { Ledger, PullResult } from '../ledger/ledger.js';
import { newItem } from './item.js';
import { answerWhenEnded } from './item-ends.js';
import { recordOf, type ItemRecord, type ItemRecords } from './item-record.js';
import type { ItemAct, LineRules, RefusalReason } from './item-types.js';
import type { Items } from './items.js';
import { itemOf, workOf } from './work-names.js';
import type { RelayReply, WorkRelay } from './work-relay.js';

export interface WantedItem {
  readonly id: ItemId;
  readonly queue: QueueId;
  readonly priority: number;
  /** For work that waited before. Milliseconds since the epoch. */
  readonly sinceMs?: number;
}

export type SubmitResult =
  | { readonly type: 'created' | 'known'; readonly item: ItemView }
  /** That id is another item's: of another queue or priority. */
  | { readonly type: 'conflict'; readonly item: ItemView }
  | { readonly type: 'unknown-queue' };

export type ActResult =
  | { readonly type: 'done'; readonly item: ItemView }
  | { readonly type: 'refused'; readonly why: RefusalReason; readonly item: ItemView }
  | { readonly type: 'unknown' }
  /** The controller that has it does not answer; what was asked may have been done, and may be asked again. */
  | { readonly type: 'no-answer'; readonly node: string };

export interface PullWanted {
  readonly agent: AgentId;
  readonly queue: QueueId;
  /** One piece by name; without it the head of the line. */
  readonly id?: ItemId;
  /** Names the request: repeated while the agent has what it brought, it brings the same. */
  readonly token: string;
}

export type ItemPull = { readonly type: 'pulled'; readonly item: ItemView } | Exclude<PullResult, { type: 'pulled' }>;

export interface ItemView extends ItemRecord {
  /** In its line, 1 is the head, while it waits. */
  readonly position?: number;
}

/** All of them throw when the store does not answer. */
export interface WorkDesk {
  submit(wanted: WantedItem): Promise<SubmitResult>;
  act(id: ItemId, act: ItemAct): Promise<ActResult>;
  /** An agent takes work out of a line by themselves: at once, without an offer. */
  pull(wanted: PullWanted): Promise<ItemPull>;
  find(id: ItemId): Promise<ItemView | undefined>;
  /** What has not ended, by whichever controller. */
  list(): Promise<readonly ItemRecord[]>;
}

export interface WorkDeskDeps {
  readonly items: Items;
  readonly records: ItemRecords;
  readonly ledger: Pick<Ledger, 'placeInLine' | 'pull'>;
  readonly clock: Clock;
  readonly node: string;
  readonly rulesOf: (queue: QueueId) => LineRules | undefined;
  /** Absent: there are no other controllers. */
  readonly relay?: WorkRelay;
}

export function createWorkDesk(deps: WorkDeskDeps): WorkDesk {
  return new Desk(deps);
}

class Desk implements WorkDesk {
  readonly #deps: WorkDeskDeps;

  constructor(deps: WorkDeskDeps) {
    this.#deps = deps;
    deps.relay?.serve((id, act) => this.#askOwn(id, act));
  }

  async submit(wanted: WantedItem): Promise<SubmitResult> {
    const { items, records, clock, node, rulesOf } = this.#deps;
    const line = rulesOf(wanted.queue);
    if (line === undefined) return { type: 'unknown-queue' };
    const atMs = clock.now();
    const { id, priority, sinceMs = atMs } = wanted;
    const state = newItem({ id, line, priority, sinceMs: Math.min(sinceMs, atMs), atMs });
    const record = recordOf(state, node);
    let known = await records.claim(record);
    if (known !== undefined && mayBeginAgain(known)) known = await records.claim(record, known);
    if (known === undefined) {
      await items.begin(state);
      return { type: 'created', item: (await this.find(id)) ?? record };
    }
    const isSame = known.priority === priority && (known.queue === wanted.queue || isOverflowOf(line, known.queue));
    return { type: isSame ? 'known' : 'conflict', item: await this.#withPlace(known) };
  }

  async act(id: ItemId, wanted: ItemAct): Promise<ActResult> {
    // Once more where it has just ended, or gone to another controller.
    for (const isLast of [false, true]) {
      const record = await this.#deps.records.get(id);
      if (record === undefined) return { type: 'unknown' };
      const reply = await this.#replyOf(record, wanted);
      if (reply === undefined || (reply.type === 'unknown' && isLast)) return { type: 'no-answer', node: record.node };
      if (reply.type === 'unknown') continue;
      const item = (await this.find(id)) ?? record;
      return reply.type === 'done' ? { type: 'done', item } : { ...reply, item };
    }
    return { type: 'unknown' };
  }

  async pull({ agent, queue, id, token }: PullWanted): Promise<ItemPull> {
    const { items, ledger, clock, rulesOf } = this.#deps;
    if (rulesOf(queue) === undefined) return { type: 'unknown-queue' };
    const named = id === undefined ? {} : { work: workOf(id) };
    const result = await ledger.pull({ agent, queue, token, as: 'active', ignorePresence: false, ...named });
    if (result.type !== 'pulled') return result;
    // Another controller that has it is told by the ledger, and may write it down a moment later.
    items.deliver(result.work, { type: 'taken', agent });
    const record = await this.find(itemOf(result.work));
    if (record === undefined) return { type: 'not-waiting' };
    const active = { name: 'active', agent, sinceMs: clock.now() } as const;
    return { type: 'pulled', item: { ...record, phase: record.phase.name === 'active' ? record.phase : active } };
  }

  async find(id: ItemId): Promise<ItemView | undefined> {
    const { items, records, node } = this.#deps;
    const running = items.get(id);
    const record = running === undefined ? await records.get(id) : recordOf(running.state, node);
    return record === undefined ? undefined : this.#withPlace(record);
  }

  list(): Promise<readonly ItemRecord[]> {
    return this.#deps.records.running();
  }

  async #replyOf(record: ItemRecord, wanted: ItemAct): Promise<RelayReply | undefined> {
    if (record.phase.name === 'ended') return answerWhenEnded(wanted.type, record.phase.why);
    const own = await this.#askOwn(record.id, wanted);
    if (own.type !== 'unknown' || record.node === this.#deps.node) return own;
    return this.#deps.relay?.ask(record.node, record.id, wanted);
  }

  async #askOwn(id: ItemId, wanted: ItemAct): Promise<RelayReply> {
    return (await this.#deps.items.get(id)?.ask(wanted)) ?? { type: 'unknown' };
  }

  async #withPlace(record: ItemRecord): Promise<ItemView> {
    if (record.phase.name !== 'waiting') return record;
    const position = await this.#deps.ledger.placeInLine(workOf(record.id));
    return position === undefined ? record : { ...record, position };
  }
}

/** Ended by no act of the other system's: it was told to send it again. */
function mayBeginAgain({ phase }: ItemRecord): boolean {
  return phase.name === 'ended' && (phase.why === 'lost' || phase.why === 'stopping' || phase.why === 'fault');
}

function isOverflowOf({ overflow }: LineRules, queue: QueueId): boolean {
  return overflow !== undefined && (overflow.queue === queue || isOverflowOf(overflow, queue));
}
