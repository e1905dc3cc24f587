/** A controller that takes work of other systems: a ledger in memory behind a network, and a clock that stands still. */
import { createEventStream } from '../../src/kernel/event-stream.js';
import type { SwitchboardEvent } from '../../src/kernel/events.js';
import { agentId, queueId, type AgentId } from '../../src/kernel/ids.js';
import type { WorkQueueConfig, WorkSiteConfig } from '../../src/config/work-config.js';
import { createMemoryLedger } from '../../src/ledger/memory.js';
import type { ItemRecords } from '../../src/work/item-record.js';
import { createItems, type Items } from '../../src/work/items.js';
import { createMemoryRecords } from '../../src/work/memory-records.js';
import { createWorkDesk, type WorkDesk } from '../../src/work/work-desk.js';
import { startWorkDispatcher } from '../../src/work/work-dispatcher.js';
import { lineRulesOf, workLinesOf } from '../../src/work/work-lines.js';
import type { WorkRelay } from '../../src/work/work-relay.js';
import { BACK_OFF, BLENDED } from '../ledger/ledger-site.js';
import { silentLog } from '../sip-adapter/wire.js';
import { createManualClock, settled } from '../support/manual-clock.js';
import { createSlowLedger } from '../support/slow-ledger.js';

export const ana = agentId('ana');
export const ben = agentId('ben');
export const tickets = queueId('tickets');
export const later = queueId('later');

export function workConfig(over: Partial<WorkQueueConfig> = {}): WorkSiteConfig {
  const queue: WorkQueueConfig = {
    id: tickets,
    name: 'Tickets',
    channel: 'ticket',
    strategy: { kind: 'linear' },
    members: [ana, ben].map((agent) => ({ agent, priority: 50 })),
    priority: 0,
    ageingStepMs: 30_000,
    maxWaiting: 10,
    maxWaitMs: 60_000,
    offerTimeoutMs: 20_000,
    overflow: { kind: 'queue', queue: later },
    wrapUpMs: 5_000,
    ...over,
  };
  const last: WorkQueueConfig = { ...queue, id: later, name: 'Later', overflow: { kind: 'end' } };
  return { queues: new Map([queue, last].map((each) => [each.id, each])), webhooks: new Map() };
}

export interface WorkSite {
  readonly clock: ReturnType<typeof createManualClock>;
  readonly network: ReturnType<typeof createSlowLedger>;
  readonly ledger: ReturnType<typeof createSlowLedger>['ledger'];
  readonly items: Items;
  readonly desk: WorkDesk;
  readonly seen: SwitchboardEvent[];
  /** Names of events and what matters of them. */
  story(): string[];
  comesIn(...agents: AgentId[]): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkSiteOptions {
  readonly work?: WorkSiteConfig;
  readonly node?: string;
  /** Those of another controller. */
  readonly base?: Pick<WorkSite, 'clock' | 'network' | 'ledger'>;
  readonly records?: ItemRecords;
  readonly relay?: WorkRelay;
  readonly isLeft?: boolean;
  readonly isUntold?: () => boolean;
}

export async function buildWorkSite(options: WorkSiteOptions = {}): Promise<WorkSite> {
  const { work = workConfig(), node = 'one', base, relay, isLeft = false, isUntold = () => false } = options;
  const clock = base?.clock ?? createManualClock();
  const network = base?.network ?? createSlowLedger(createMemoryLedger({ clock, random: () => 0.5 }));
  const { ledger } = network;
  const seen: SwitchboardEvent[] = [];
  const events = createEventStream({
    clock,
    configVersion: () => 'v',
    onListenerError(error) {
      throw error;
    },
  });
  events.subscribe((event) => seen.push(event));
  await ledger.configure({
    agents: new Map([ana, ben].map((id) => [id, { capacity: BLENDED }])),
    queues: workLinesOf(work),
    backOff: BACK_OFF,
    missesUntilAway: 0,
  });
  const records = options.records ?? createMemoryRecords(clock);
  const rulesOf = (queue: typeof tickets) => lineRulesOf(queue, work);
  const common = { ledger, clock, events, log: silentLog, records, node, rulesOf };
  const items = createItems({ ...common, isLeft: () => isLeft, isUntold });
  const stopDispatcher = startWorkDispatcher({ ledger, items, isItemLine: () => true, log: silentLog });
  const desk = createWorkDesk({ ...common, items, ...(relay === undefined ? {} : { relay }) });
  return {
    clock,
    network,
    ledger,
    items,
    desk,
    seen,
    story: () => seen.flatMap(wordsOf),
    async comesIn(...agents) {
      for (const agent of agents) {
        await ledger.setReachable({ agent, channel: 'ticket', reachable: true });
        await ledger.setPresence({ agent, presence: { state: 'available' } });
      }
      await settled();
    },
    async stop() {
      stopDispatcher();
      await items.stop();
    },
  };
}

function wordsOf(event: SwitchboardEvent): readonly string[] {
  switch (event.type) {
    case 'work.queued':
      return [`queued ${event.queue} ${event.position}`];
    case 'work.offered':
      return [`offered ${event.agents.join()}`];
    case 'work.offer_ended':
      return [`${event.outcome} ${event.agent}`];
    case 'work.accepted':
      return [`accepted ${event.agent}`];
    case 'work.overflowed':
      return [`overflowed ${event.to ?? 'nowhere'} ${event.why}`];
    case 'work.ended':
      return [`ended ${event.why}`];
    default:
      return [];
  }
}
