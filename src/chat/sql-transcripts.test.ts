/** The same SQL on the embedded Postgres and, where one is installed, on a server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POSTGRES_SERVER, startPostgres, type TestPostgres } from '../../test/chat/postgres-server.js';
import { transcriptsContract } from '../../test/chat/transcripts-contract.js';
import { createPgClient } from './pg-client.js';
import { createPgliteClient } from './pglite-client.js';
import { openSqlTranscripts, type SqlClient } from './sql-transcripts.js';

/** A server that stops may still find a connection that is just being closed. */
const onError = (): void => undefined;

/** Opening one takes seconds: all tests of a database share it, and each begins with empty tables. */
async function emptied(shared: SqlClient) {
  const store = await openSqlTranscripts({ ...shared, close: () => Promise.resolve() });
  await shared.query('TRUNCATE chat_conversations, chat_entries');
  return store;
}

describe('in the embedded Postgres', () => {
  let shared: SqlClient;
  beforeAll(async () => {
    shared = createPgliteClient('memory://');
    await shared.query('SELECT 1');
  });
  afterAll(() => shared.close());

  it('says what is wrong with a query', async () => {
    await expect(shared.query('SELECT nothing')).rejects.toMatchObject({ code: '42703' });
  });

  transcriptsContract(() => emptied(shared));
});

describe.skipIf(!POSTGRES_SERVER)('on a Postgres server', () => {
  let server: TestPostgres;
  let shared: SqlClient;
  beforeAll(async () => {
    server = await startPostgres();
    shared = createPgClient(server.url, onError);
  });
  afterAll(async () => {
    await shared.close();
    await server.stop();
  });

  it('makes its tables once, however many controllers start at once', async () => {
    const clients = [1, 2, 3].map(() => createPgClient(server.url, onError));
    const stores = await Promise.all(clients.map((client) => openSqlTranscripts(client)));
    const [row] = await shared.query('SELECT count(*)::int AS count FROM chat_migrations');
    expect(row).toEqual({ count: 4 });
    await Promise.all(stores.map((store) => store.close()));
  });

  transcriptsContract(() => emptied(shared));
});
