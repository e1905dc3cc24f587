/** What a place plays, by name; which sounds that comes to is for `sound-book.ts` to say. */
import type { QueueId } from '../../kernel/ids.js';

export type Programme =
  /** Again and again. */
  | { readonly type: 'music'; readonly music: string }
  /** The ringing tone, for who was answered already and is put through to somebody. */
  | { readonly type: 'ringing'; readonly language: string }
  /** One prompt after the other. */
  | {
      readonly type: 'prompts';
      readonly prompts: readonly string[];
      readonly language: string;
      readonly endsInBeep?: boolean;
    }
  /** "You are number 2 in line. The expected wait is 3 minutes." */
  | {
      readonly type: 'place-in-line';
      readonly language: string;
      readonly position?: number;
      readonly expectedWaitMs?: number;
      /** What may be pressed, said after it. */
      readonly keys: { readonly callback?: string; readonly voicemail?: string };
    }
  /** "A call for Support from 34600111222. Press 1 to accept." Again and again. */
  | {
      readonly type: 'confirm';
      readonly language: string;
      readonly key: string;
      readonly from: string;
      readonly queue?: QueueId;
    };
