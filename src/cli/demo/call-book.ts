/** What became of each call, put together from the event stream alone. */
import type { EventStream } from '../../kernel/event-stream.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import type { AgentId, DeviceId, QueueId, WorkId } from '../../kernel/ids.js';
import type { Decision } from '../../routing/decision.js';

export interface CallRecord {
  readonly call: WorkId;
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'internal' | 'outbound';
  /** The last one it waited in. */
  queue?: QueueId;
  readonly offers: { readonly agents: readonly AgentId[]; readonly decision?: Decision; readonly atMs: number }[];
  readonly rung: { readonly agent: AgentId; readonly device: DeviceId }[];
  readonly offersEnded: { readonly agent: AgentId; readonly outcome: string }[];
  /** When it was last put in line. */
  placeInLine?: number;
  isOnHold: boolean;
  /** What was dialled to send it on. */
  readonly transfers: string[];
  overflowed?: { readonly to: string; readonly why: string };
  acceptedBy?: { readonly agent: AgentId; readonly device?: DeviceId };
  ended?: Extract<SwitchboardEvent, { type: 'call.ended' }>;
}

export interface CallBook {
  /** In the order of arrival. */
  readonly records: readonly CallRecord[];
  /** The latest call of a number, once it has ended. */
  whenOver(from: string): Promise<CallRecord>;
  /** The latest call of a number, once the condition holds. */
  when(from: string, condition: (record: CallRecord) => boolean): Promise<CallRecord>;
}

export function createCallBook(events: EventStream): CallBook {
  const byId = new Map<WorkId, CallRecord>();
  const watchers = new Set<() => void>();
  events.subscribe((event) => {
    note(byId, event);
    for (const watch of watchers) watch();
  });

  const when: CallBook['when'] = (from, condition) =>
    new Promise((resolve) => {
      const watch = (): void => {
        const record = [...byId.values()].findLast((one) => one.from === from);
        if (record === undefined || !condition(record)) return;
        watchers.delete(watch);
        resolve(record);
      };
      watchers.add(watch);
      watch();
    });

  return {
    get records() {
      return [...byId.values()];
    },
    when,
    whenOver: (from) => when(from, (record) => record.ended !== undefined),
  };
}

function note(byId: Map<WorkId, CallRecord>, event: SwitchboardEvent): void {
  if (!('call' in event)) return;
  if (event.type === 'call.arrived') {
    const { call, from, to, direction } = event;
    byId.set(call, {
      call,
      from,
      to,
      direction,
      offers: [],
      rung: [],
      offersEnded: [],
      isOnHold: false,
      transfers: [],
    });
    return;
  }
  const record = byId.get(event.call);
  if (record !== undefined) noteInRecord(record, event);
}

type LaterCallEvent = Exclude<Extract<SwitchboardEvent, { call: WorkId }>, { type: 'call.arrived' }>;

function noteInRecord(record: CallRecord, event: LaterCallEvent): void {
  switch (event.type) {
    case 'call.queued':
      record.queue = event.queue;
      record.placeInLine = event.position;
      break;
    case 'call.offered': {
      const decision = event.decision as Decision | undefined;
      record.offers.push({ agents: event.agents, atMs: event.atMs, ...(decision && { decision }) });
      break;
    }
    case 'call.device_rung':
      record.rung.push({ agent: event.agent, device: event.device });
      break;
    case 'call.offer_ended':
      record.offersEnded.push({ agent: event.agent, outcome: event.outcome });
      break;
    case 'call.accepted':
      record.acceptedBy = { agent: event.agent, ...(event.device && { device: event.device }) };
      break;
    case 'call.overflowed':
      record.overflowed = { to: event.to, why: event.why };
      break;
    case 'call.held':
    case 'call.resumed':
      record.isOnHold = event.type === 'call.held';
      break;
    case 'call.transferred':
      record.transfers.push(event.to);
      break;
    case 'call.ended':
      record.ended = event;
      break;
    case 'call.waiting':
    case 'call.refused':
    case 'call.conference_began':
    case 'call.conference_ended':
    case 'call.recording_refused':
    case 'call.connected':
    case 'callback.requested':
    case 'callback.resumed':
    case 'callback.taken_over':
    case 'callback.failed':
    case 'callback.ended':
    case 'call.menu_chosen':
    case 'call.message_left':
    case 'call.recording_started':
    case 'call.recording_paused':
    case 'call.recorded':
    case 'call.transfer_failed':
    case 'voicemail.arrived':
      break;
  }
}
