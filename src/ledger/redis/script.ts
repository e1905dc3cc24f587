/** One Lua script per operation: loaded from `../scripts`, named by what it takes, and answered with parsed values. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';
import { SwitchboardError } from '../../kernel/errors.js';
import type { StoredNotice } from './stored-notice.js';

export interface Script<Request, Result> {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
  /** Lua knows no difference between an empty list and an empty table: `parse` says what is a list. */
  readonly parse: (result: never) => Result;
  /** Never set: ties the script to what it takes. */
  readonly takes?: (request: Request) => void;
}

export type ScriptReply<Result> = ScriptDone<Result> | { readonly type: 'overdue' };

export interface ScriptDone<Result> {
  readonly type: 'done';
  readonly result: Result;
  readonly notices: readonly StoredNotice[];
  /** The store's time, and when something next falls due there. */
  readonly nowMs: number;
  readonly dueMs: number | undefined;
}

export interface ScriptRunner {
  /** `overdue`: something has fallen due, and nothing was done; `expire` comes first. */
  run<Request, Result>(script: Script<Request, Result>, request: Request): Promise<ScriptReply<Result>>;
  readonly keys: LedgerKeys;
}

export interface LedgerKeys {
  readonly prefix: string;
  /** In the order in which the scripts expect them. */
  readonly named: readonly string[];
  readonly notices: string;
}

/** All keys of a site carry one hash tag, so that a cluster keeps them together. */
export function ledgerKeys(site: string): LedgerKeys {
  const prefix = `switchboard:{${site}}:`;
  const named = ['agents', 'works', 'queues', 'due', 'meta', 'notices', 'settings'].map((name) => prefix + name);
  return { prefix, named, notices: `${prefix}notices` };
}

/**
 * Reads a script once, at start; a line `--@include a b` stands for `lib/a.lua` and `lib/b.lua`. Every function costs
 * whenever it is passed, so what is rarely needed is included inside the branch that needs it.
 * @param folder of the scripts, ending in a slash
 */
export function script<Request, Result>(
  folder: URL,
  name: string,
  parse: (result: never) => Result,
): Script<Request, Result> {
  const source = withLibraries(folder, `${name}.lua`);
  return { name, source, sha: createHash('sha1').update(source).digest('hex'), parse };
}

function withLibraries(folder: URL, file: string): string {
  return readFileSync(new URL(file, folder), 'utf8').replace(/^ *--@include (.*)$/gm, (_, libraries: string) =>
    libraries
      .trim()
      .split(/\s+/)
      .map((library) => withLibraries(folder, `lib/${library}.lua`))
      .join('\n'),
  );
}

/**
 * @param now answers the time instead of the store's own clock, for tests
 * @throws SwitchboardError from `run`: LEDGER_UNAVAILABLE when the store does not answer, BUG when a script fails
 */
export function createScriptRunner(options: {
  redis: Redis | Cluster;
  site: string;
  node: string;
  now: (() => number) | undefined;
}): ScriptRunner {
  const { redis, node, now } = options;
  const keys = ledgerKeys(options.site);

  async function evaluate(wanted: Script<never, unknown>, args: readonly string[]): Promise<unknown> {
    const { named } = keys;
    try {
      return await redis.evalsha(wanted.sha, named.length, ...named, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(wanted.source, named.length, ...named, ...args);
    }
  }

  return {
    keys,
    async run(wanted, request) {
      let json: unknown;
      try {
        const time = now === undefined ? '' : String(now());
        json = await evaluate(wanted, [keys.prefix, node, time, JSON.stringify(request ?? {})]);
      } catch (error) {
        throw asSwitchboardError(wanted.name, error);
      }
      const reply = JSON.parse(String(json)) as StoredReply;
      if (reply.overdue === true) return { type: 'overdue' };
      return {
        type: 'done',
        result: wanted.parse(reply.result as never),
        notices: reply.notices ?? [],
        nowMs: reply.now,
        dueMs: reply.due,
      };
    },
  };
}

interface StoredReply {
  readonly result?: unknown;
  readonly notices?: readonly StoredNotice[];
  readonly now: number;
  readonly due?: number;
  readonly overdue?: boolean;
}

function asSwitchboardError(name: string, error: unknown): SwitchboardError {
  // A store that is loading, failing over or full says so, and may name the script that it did not run.
  const isAway =
    error instanceof Error && /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF)/.test(error.message);
  const isScriptFault = !isAway && error instanceof Error && /script|WRONGTYPE|user_script/i.test(error.message);
  return isScriptFault
    ? new SwitchboardError('BUG', `ledger script ${name} failed`, { cause: error })
    : new SwitchboardError('LEDGER_UNAVAILABLE', `the ledger store did not answer ${name}`, { cause: error });
}
