/** The calls that are running now, for whoever shows them. The call runner implements it. */
import type { AgentId, DeviceId, QueueId, WorkId } from '../kernel/ids.js';
import type { PullResult } from '../ledger/ledger.js';
import type { ConferenceOutcome } from './call/call-conference.js';
import type { RecordingRefusal } from './call/call-recording.js';
import type { RecordingAct } from './call/call-types.js';
import type { TransferRefusal } from './call/call-transfer.js';

export interface CallsView {
  /** Oldest first. A call is listed from its arrival to the end of its last leg. */
  list(): readonly CallSummary[];
  /** `undefined` for a call that this controller has not, or no longer. */
  find(call: WorkId): CallHandle | undefined;
  /** An agent takes a call that waits, of any controller: it rings their phone, as an offer to them alone. */
  pull(wish: PullWish): Promise<PullResult>;
}

export interface PullWish {
  readonly agent: AgentId;
  readonly queue: QueueId;
  /** That call; without it whichever is first in line. */
  readonly call?: WorkId;
  /** Whoever is away, or on a break, takes none unless they say so. Their limits hold all the same. */
  readonly evenWhenAway: boolean;
}

/** What may be done with a call from outside. Nothing is done where a refusal is returned. */
export interface CallHandle {
  /** Sends it on to what its agent may dial; the agent leaves. */
  transfer(dialled: string): TransferRefusal | undefined;
  /** As far as the queue's policy allows it. */
  record(act: RecordingAct): RecordingRefusal | undefined;
  /** Joins the parties of the agent's two calls, of which this is one, with the agent. */
  confer(): ConferenceOutcome;
  hangUp(why: 'asked'): void;
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
  /** Who has come in as a third: an agent, or a number. */
  readonly conferenceWith?: string;
  /** One of the two who talk has put the other one on hold. */
  readonly isOnHold?: true;
  /** Of those who talk; `starting` until both know of it. */
  readonly recording?: 'starting' | 'running' | 'paused';
  readonly startedAtMs: number;
  /** From arrival until it was accepted, or until now. */
  readonly waitedMs: number;
}
