/** The embedded Postgres, in a thread of its own: a query that takes its time takes none of the controller's. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

export interface PgliteRequest {
  readonly id: number;
  readonly text: string;
  readonly values: readonly unknown[];
}

export type PgliteReply =
  | { readonly id: number; readonly rows: readonly Record<string, unknown>[] }
  | { readonly id: number; readonly error: string; readonly code?: string };

const port = parentPort;
if (port !== null) {
  const opening = PGlite.create({ dataDir: String(workerData) });
  port.on('message', (request: PgliteRequest | 'close') => {
    void (request === 'close' ? close() : answer(request));
  });

  const answer = async ({ id, text, values }: PgliteRequest): Promise<void> => {
    try {
      const database = await opening;
      const { rows } = await database.query<Record<string, unknown>>(text, [...values]);
      port.postMessage({ id, rows } satisfies PgliteReply);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && 'code' in error ? { code: String(error.code) } : {};
      port.postMessage({ id, error: message, ...code } satisfies PgliteReply);
    }
  };

  const close = async (): Promise<void> => {
    await opening.then((database) => database.close()).catch(() => undefined);
    port.close();
  };
}
