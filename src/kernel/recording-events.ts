/** What becomes of recordings and messages once they are made: who has heard them, and when they are gone. */
import type { VoicemailId } from './ids.js';

/** Why a file is gone: the API was asked to, all of a number was erased, or the site keeps it no longer. */
export type DeletionReason = 'asked' | 'erased' | 'too-old' | 'too-much';

/** `recording`, `message`: their ids. `by`: the address from which the API was asked. `file`: below the folder of recordings. */
export type RecordingEvent =
  | { readonly type: 'recording.heard'; readonly recording: string; readonly by: string }
  | { readonly type: 'recording.deleted'; readonly recording: string; readonly why: DeletionReason }
  /** There is less of it than there should be: the disk is full, or the media server writes elsewhere. */
  | {
      readonly type: 'recording.incomplete';
      readonly file: string;
      readonly durationMs: number;
      readonly writtenMs: number;
    }
  | {
      readonly type: 'voicemail.heard';
      readonly voicemail: VoicemailId;
      readonly message: string;
      readonly by: string;
    }
  | {
      readonly type: 'voicemail.deleted';
      readonly voicemail: VoicemailId;
      readonly message: string;
      readonly why: DeletionReason;
    }
  /** What is known of a recording or message could not be written beside it. */
  | { readonly type: 'recordings.write_failed'; readonly file: string; readonly why: string }
  /** Said once when less is free than the site wants, and once when there is more again. */
  | { readonly type: 'recordings.disk_low'; readonly freeBytes: number }
  | { readonly type: 'recordings.disk_ok'; readonly freeBytes: number };
