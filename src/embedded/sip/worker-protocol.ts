import type { ListenAddress } from './flow.js';
import type { EmbeddedSipServerOptions, SipServerCounts } from './server.js';

/** The options that can be handed to another thread. */
export type WorkerOptions = Omit<EmbeddedSipServerOptions, 'log' | 'clock'>;

export type ToWorker = { readonly type: 'counts'; readonly id: number } | { readonly type: 'close' };

export type FromWorker =
  | {
      readonly type: 'started';
      readonly sip: readonly ListenAddress[];
      readonly control: { readonly host: string; readonly port: number };
    }
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined }
  | { readonly type: 'counts'; readonly id: number; readonly counts: SipServerCounts }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly fields: object; readonly text: string }
  | { readonly type: 'closed' };
