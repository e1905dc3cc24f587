/** The calls that are running now, for whoever shows them. The call runner implements it. */
import type { AgentId, DeviceId, QueueId, WorkId } from '../kernel/ids.js';

export interface CallsView {
  /** Oldest first. A call is listed from its arrival to the end of its last leg. */
  list(): readonly CallSummary[];
}

export interface CallSummary {
  readonly id: WorkId;
  readonly direction: 'inbound' | 'internal' | 'outbound';
  /** As dialled and as signalled. */
  readonly from: string;
  readonly to: string;
  readonly phase:
    | 'starting'
    | 'waiting'
    | 'offering'
    | 'dialling'
    | 'menu'
    | 'voicemail'
    | 'spying'
    | 'calling-back'
    | 'resting'
    | 'parting'
    | 'talking'
    | 'over';
  readonly queue?: QueueId;
  /** Who talks, once somebody has accepted. */
  readonly agent?: AgentId;
  readonly device?: DeviceId;
  /** Who is being rung. */
  readonly offeredTo?: readonly AgentId[];
  readonly startedAtMs: number;
  /** From arrival until it was accepted, or until now. */
  readonly waitedMs: number;
}
