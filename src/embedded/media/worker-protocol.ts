import type { EmbeddedMediaOptions } from './server.js';

/** The options are data already. */
export type WorkerOptions = EmbeddedMediaOptions;

export type ToWorker = { readonly type: 'stop' };

export type FromWorker =
  | {
      readonly type: 'started';
      readonly esl: { readonly host: string; readonly port: number };
      readonly sip: { readonly host: string; readonly port: number };
    }
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined };
