/**
 * Transcripts in Postgres, by the same SQL on a server and on the embedded PGlite. Times are milliseconds since the
 * epoch, as everywhere here; senders and bodies are JSON.
 */
import { agentId, conversationId, type ConversationId } from '../kernel/ids.js';
import type { Audience, Body, ConversationRecord, Entry, Sender, TranscriptStore } from './transcript-store.js';

/** A Postgres as far as it is needed: `pg` and PGlite both fit. */
export interface SqlClient {
  /** @param values for `$1`, `$2`, …; nothing that comes from outside is ever part of the text */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Each is run once, in order, and never changed afterwards; what is new is added at the end. */
const migrations = [
  `CREATE TABLE chat_conversations (
     id text PRIMARY KEY,
     opened_at bigint NOT NULL,
     customer text,
     last_agent text,
     closed_at bigint
   )`,
  `CREATE INDEX chat_conversations_customer ON chat_conversations (customer, opened_at) WHERE customer IS NOT NULL`,
  `CREATE INDEX chat_conversations_closed ON chat_conversations (closed_at) WHERE closed_at IS NOT NULL`,
  `CREATE TABLE chat_entries (
     conversation text NOT NULL,
     seq integer NOT NULL,
     at bigint NOT NULL,
     sender jsonb NOT NULL,
     body jsonb NOT NULL,
     audience text NOT NULL,
     client_id text,
     PRIMARY KEY (conversation, seq)
   )`,
];

/** Two controllers that start at once must not both make the tables. Any number will do, as long as all say the same. */
const MIGRATION_LOCK = 5_207_412_110;

/** Makes or completes the tables. Rejects when the database cannot be reached or refuses. */
export async function openSqlTranscripts(sql: SqlClient): Promise<TranscriptStore> {
  await migrate(sql);
  return {
    ...conversationsIn(sql),
    ...entriesIn(sql),
    ...customersIn(sql),
    close: () => sql.close(),
  };
}

/** One statement each, so that a pool of connections may run them: the lock is that of the statement's own transaction. */
async function migrate(sql: SqlClient): Promise<void> {
  await sql
    .query('CREATE TABLE IF NOT EXISTS chat_migrations (number integer PRIMARY KEY)')
    .catch(ignoreIfMadeMeanwhile);
  for (const [number, statement] of migrations.entries()) {
    await sql.query(`DO $migration$ BEGIN
      PERFORM pg_advisory_xact_lock(${MIGRATION_LOCK});
      IF NOT EXISTS (SELECT 1 FROM chat_migrations WHERE number = ${number}) THEN
        ${statement};
        INSERT INTO chat_migrations VALUES (${number});
      END IF;
    END $migration$`);
  }
}

/** `IF NOT EXISTS` is no lock: of two at once, one may be told that the type is there (23505). */
function ignoreIfMadeMeanwhile(error: unknown): void {
  const isDuplicate = error instanceof Error && 'code' in error && ['23505', '42P07'].includes(String(error.code));
  if (!isDuplicate) throw error;
}

function conversationsIn(sql: SqlClient) {
  return {
    async putConversation({ id, openedAtMs, customer, lastAgent, closedAtMs }) {
      await sql.query(
        `INSERT INTO chat_conversations (id, opened_at, customer, last_agent, closed_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET opened_at = EXCLUDED.opened_at, customer = EXCLUDED.customer,
           last_agent = EXCLUDED.last_agent, closed_at = EXCLUDED.closed_at`,
        [id, openedAtMs, customer ?? null, lastAgent ?? null, closedAtMs ?? null],
      );
    },
    async getConversation(id) {
      const [row] = await sql.query('SELECT * FROM chat_conversations WHERE id = $1', [id]);
      return row === undefined ? undefined : recordOf(row);
    },
    async dropClosedBefore(atMs) {
      return dropWhere(sql, 'closed_at < $1', atMs);
    },
  } satisfies Partial<TranscriptStore>;
}

function entriesIn(sql: SqlClient) {
  return {
    async append(entries) {
      if (entries.length === 0) return;
      const rows = entries.map(({ conversation, seq, atMs, from, body, audience, clientId }) => ({
        conversation,
        seq,
        at: atMs,
        sender: from,
        body,
        audience,
        client_id: clientId ?? null,
      }));
      await sql.query(
        `INSERT INTO chat_entries (conversation, seq, at, sender, body, audience, client_id)
         SELECT conversation, seq, at, sender, body, audience, client_id FROM jsonb_to_recordset($1::jsonb)
           AS t(conversation text, seq integer, at bigint, sender jsonb, body jsonb, audience text, client_id text)
         ON CONFLICT (conversation, seq) DO NOTHING`,
        [JSON.stringify(rows, (_, value: unknown) => (typeof value === 'string' ? writable(value) : value))],
      );
    },
    async read({ conversation, after, limit, audience }) {
      const rows = await sql.query(
        `SELECT * FROM chat_entries WHERE conversation = $1 AND seq > $2 AND (audience = 'everybody' OR $3)
         ORDER BY seq LIMIT $4`,
        [conversation, after, audience === 'agents', limit],
      );
      return rows.map(entryOf);
    },
    async lastSeq(id) {
      const [row] = await sql.query('SELECT max(seq) AS seq FROM chat_entries WHERE conversation = $1', [id]);
      return Number(row?.seq ?? 0);
    },
  } satisfies Partial<TranscriptStore>;
}

function customersIn(sql: SqlClient) {
  return {
    async lastAgentOf(customer) {
      const [row] = await sql.query(
        `SELECT last_agent FROM chat_conversations WHERE customer = $1 AND last_agent IS NOT NULL
         ORDER BY opened_at DESC, id DESC LIMIT 1`,
        [customer],
      );
      return row === undefined ? undefined : agentId(String(row.last_agent));
    },
    async exportCustomer(customer) {
      const records = await sql.query('SELECT * FROM chat_conversations WHERE customer = $1 ORDER BY opened_at, id', [
        customer,
      ]);
      const rows = await sql.query(
        `SELECT e.* FROM chat_entries e JOIN chat_conversations c ON c.id = e.conversation
         WHERE c.customer = $1 ORDER BY e.conversation, e.seq`,
        [customer],
      );
      const entries = rows.map(entryOf);
      return records.map(recordOf).map((record) => ({
        record,
        entries: entries.filter(({ conversation }) => conversation === record.id),
      }));
    },
    eraseCustomer: (customer) => dropWhere(sql, 'customer = $1', customer),
  } satisfies Partial<TranscriptStore>;
}

/** In one statement: either both a conversation and what was said in it are gone, or neither. */
async function dropWhere(
  sql: SqlClient,
  condition: 'closed_at < $1' | 'customer = $1',
  value: unknown,
): Promise<number> {
  const [row] = await sql.query(
    `WITH gone AS (DELETE FROM chat_conversations WHERE ${condition} RETURNING id),
       said AS (DELETE FROM chat_entries WHERE conversation IN (SELECT id FROM gone))
     SELECT count(*) AS count FROM gone`,
    [value],
  );
  return Number(row?.count ?? 0);
}

/** Postgres has neither NUL nor halves of surrogate pairs: one text with such must not keep all others from being written. */
function writable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(/\p{Cs}/gu, '\uFFFD');
}

/** `bigint` comes as text from `pg`, and as a number from PGlite. */
function recordOf(row: Record<string, unknown>): ConversationRecord {
  const { customer, last_agent: lastAgent, closed_at: closedAt } = row;
  return {
    id: idOf(row.id),
    openedAtMs: Number(row.opened_at),
    ...(typeof customer === 'string' ? { customer } : {}),
    ...(typeof lastAgent === 'string' ? { lastAgent: agentId(lastAgent) } : {}),
    ...(closedAt === null ? {} : { closedAtMs: Number(closedAt) }),
  };
}

function entryOf(row: Record<string, unknown>): Entry {
  const { client_id: clientId } = row;
  return {
    conversation: idOf(row.conversation),
    seq: Number(row.seq),
    atMs: Number(row.at),
    from: row.sender as Sender,
    body: row.body as Body,
    audience: row.audience as Audience,
    ...(typeof clientId === 'string' ? { clientId } : {}),
  };
}

function idOf(value: unknown): ConversationId {
  return conversationId(String(value));
}
