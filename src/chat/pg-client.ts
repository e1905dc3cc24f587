/** A Postgres server, over a few connections. */
import pg from 'pg';
import type { SqlClient } from './sql-transcripts.js';

/** Transcripts are written in batches, one after the other; a few more connections serve who reads. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects when it is first asked something.
 * @param url as libpq reads it: `postgres://user:password@host:5432/database`
 * @param onError told of idle connections that broke; the next query makes a new one
 */
export function createPgClient(url: string, onError: (error: unknown) => void): SqlClient {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  pool.on('error', onError);
  return {
    async query(text, values = []) {
      const { rows } = await pool.query<Record<string, unknown>>(text, [...values]);
      return rows;
    },
    close: () => pool.end(),
  };
}
