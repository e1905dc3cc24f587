/**
 * The one typed event stream: live view, history, metrics and webhooks read it, and nothing else.
 * Past tense, with ids; numbers of callers are as dialled, never credentials.
 */
import type { ChatEvent } from './chat-events.js';
import type { AgentId, DeviceId, MenuId, QueueId, VoicemailId, WorkId } from './ids.js';
import type { RecordingEvent } from './recording-events.js';
import type { WorkEvent } from './work-events.js';

/** `atMs` since the epoch, `seq` rising by one, `configVersion` in force when it happened. */
export type SwitchboardEvent = EventBody & {
  readonly seq: number;
  readonly atMs: number;
  readonly configVersion: string;
};

export type EventBody = CallEvent | VoicemailEvent | RecordingEvent | ChatEvent | WorkEvent | AgentEvent | SiteEvent;

export type CallEvent =
  | {
      readonly type: 'call.arrived';
      readonly call: WorkId;
      readonly direction: 'inbound' | 'internal' | 'outbound';
      readonly from: string;
      readonly to: string;
    }
  | { readonly type: 'call.queued'; readonly call: WorkId; readonly queue: QueueId; readonly position: number }
  | {
      /** First in line, and nobody is free: said again only when the reasons have changed. */
      readonly type: 'call.waiting';
      readonly call: WorkId;
      readonly queue: QueueId;
      /** Why not any of them; the ledger's decision as it stood. */
      readonly decision: unknown;
    }
  | {
      readonly type: 'call.offered';
      readonly call: WorkId;
      readonly queue?: QueueId;
      readonly attempt: number;
      readonly agents: readonly AgentId[];
      /** Why these and not others; the ledger's decision as it stood. */
      readonly decision?: unknown;
    }
  | { readonly type: 'call.device_rung'; readonly call: WorkId; readonly agent: AgentId; readonly device: DeviceId }
  | {
      readonly type: 'call.offer_ended';
      readonly call: WorkId;
      readonly agent: AgentId;
      readonly attempt: number;
      readonly outcome:
        'busy' | 'declined' | 'no-answer' | 'unreachable' | 'answered-elsewhere' | 'caller-left' | 'taken-back';
    }
  | {
      readonly type: 'call.accepted';
      readonly call: WorkId;
      readonly queue?: QueueId;
      readonly agent: AgentId;
      readonly device?: DeviceId;
      readonly waitedMs: number;
    }
  | { readonly type: 'call.connected'; readonly call: WorkId; readonly agent?: AgentId }
  | { readonly type: 'call.menu_chosen'; readonly call: WorkId; readonly menu: MenuId; readonly key: string }
  | {
      readonly type: 'call.message_left';
      readonly call: WorkId;
      readonly voicemail: VoicemailId;
      readonly from: string;
      /** Path of the WAV file below the folder of recordings. */
      readonly file: string;
      readonly durationMs: number;
    }
  | {
      /** An agent has sent the call on, to what was dialled. */
      readonly type: 'call.transferred';
      readonly call: WorkId;
      readonly agent: AgentId;
      readonly to: string;
    }
  /** Nobody answered there: the agent who sent the call on is called back. */
  | { readonly type: 'call.transfer_failed'; readonly call: WorkId; readonly agent: AgentId }
  | CallbackEvent
  /** An agent has joined the parties of their two calls in this one, and stays. `with`: the agent or number who came in. */
  | {
      readonly type: 'call.conference_began';
      readonly call: WorkId;
      readonly agent: AgentId;
      readonly with: string;
    }
  /** Two talk on: the agent has left (and `call.transferred` follows), or who came in. */
  | { readonly type: 'call.conference_ended'; readonly call: WorkId; readonly left: 'agent' | 'third' }
  | { readonly type: 'call.held'; readonly call: WorkId; readonly by: 'caller' | 'agent' }
  | { readonly type: 'call.resumed'; readonly call: WorkId }
  /** `file`: path below the folder of recordings. */
  | { readonly type: 'call.recording_started'; readonly call: WorkId; readonly file: string }
  /** A party's phone would not go to a media server, to be told and recorded: nothing is recorded. */
  | { readonly type: 'call.recording_refused'; readonly call: WorkId; readonly by: 'caller' | 'agent' }
  | { readonly type: 'call.recording_paused'; readonly call: WorkId; readonly isPaused: boolean }
  | {
      /** A recording has ended before the call; any other one ends with it. */
      readonly type: 'call.recorded';
      readonly call: WorkId;
      /** Path of the WAV file below the folder of recordings. */
      readonly file: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'call.overflowed';
      readonly call: WorkId;
      readonly queue: QueueId;
      readonly to: string;
      /** `gone`: a reload has dropped the queue. */
      readonly why: 'max-wait' | 'full' | 'gone';
    }
  | { readonly type: 'call.refused'; readonly call: WorkId; readonly status: number; readonly why: string }
  | {
      readonly type: 'call.ended';
      readonly call: WorkId;
      readonly queue?: QueueId;
      readonly agent?: AgentId;
      readonly by: 'caller' | 'agent' | 'callee' | 'controller' | 'fault';
      /** What became of it, for reports. */
      readonly outcome: 'answered' | 'abandoned' | 'refused' | 'failed';
      readonly waitedMs: number;
      readonly talkedMs: number;
    };

/** `call`: the one that keeps the place in line. */
export type CallbackEvent =
  | {
      /** The caller keeps the place in line, and is called when an agent has accepted. */
      readonly type: 'callback.requested';
      readonly call: WorkId;
      readonly queue: QueueId;
      readonly number: string;
      /** Given up after that. */
      readonly untilMs: number;
    }
  | {
      /** The customer has rung in again, and has their place; `from`: the call that kept it until now. */
      readonly type: 'callback.resumed';
      readonly call: WorkId;
      readonly from: WorkId;
      readonly queue: QueueId;
      readonly number: string;
    }
  | {
      /** The controller that kept it is heard of no more, or has gone; `from`: the call that kept it. */
      readonly type: 'callback.taken_over';
      readonly call: WorkId;
      readonly from: WorkId;
      readonly queue: QueueId;
      readonly number: string;
    }
  | {
      /** The customer did not answer; without attempts left `callback.ended` follows. */
      readonly type: 'callback.failed';
      readonly call: WorkId;
      readonly agent: AgentId;
      readonly why: CallbackFailure;
      readonly attemptsLeft: number;
    }
  | {
      readonly type: 'callback.ended';
      readonly call: WorkId;
      readonly queue: QueueId;
      readonly number: string;
      readonly outcome: CallbackOutcome;
    };

export type CallbackFailure = 'busy' | 'no-answer' | 'unreachable';

/**
 * `answered`: they talk, called back or ringing in again. `unreached`: the last attempt has failed. `given-up`: nobody took it
 * in time, or the hours have ended. `stopped`: with the controller, whose ledger is in memory.
 */
export type CallbackOutcome = 'answered' | 'cancelled' | 'unreached' | 'given-up' | 'stopped';

/** A message that was left is listed from now on. `message`: its id in the voicemail. */
export interface VoicemailEvent {
  readonly type: 'voicemail.arrived';
  readonly voicemail: VoicemailId;
  readonly message: string;
  readonly call: WorkId;
  readonly from: string;
  readonly durationMs: number;
}

export type AgentEvent =
  | {
      /** What the schedule says of the agent from now on, whatever their presence; each controller says so for itself. */
      readonly type: 'agent.schedule_changed';
      readonly agent: AgentId;
      readonly absences: readonly {
        readonly kind: 'break' | 'off-duty';
        readonly why: string;
        readonly untilMs?: number;
        readonly queue?: QueueId;
      }[];
    }
  | {
      readonly type: 'agent.presence_changed';
      readonly agent: AgentId;
      readonly presence: string;
      readonly reason?: string;
    }
  | {
      readonly type: 'agent.device_registered';
      readonly agent: AgentId;
      readonly device: DeviceId;
      readonly contacts: number;
    }
  | {
      readonly type: 'agent.device_unregistered';
      readonly agent: AgentId;
      readonly device: DeviceId;
      readonly contacts: number;
    };

export type SiteEvent =
  | { readonly type: 'site.started' }
  | { readonly type: 'site.stopping' }
  /** What happens from now on stands under the new `configVersion`. */
  | { readonly type: 'config.reloaded'; readonly from: string; readonly to: string }
  | { readonly type: 'sip.source_shed'; readonly address: string }
  | { readonly type: 'sip.auth_failed'; readonly address: string; readonly username: string };
