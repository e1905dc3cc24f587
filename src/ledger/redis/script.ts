/** The operations as the store runs them: named by what they take, and answered with parsed values. */
import type { Cluster, Redis } from 'ioredis';
import { SwitchboardError } from '../../kernel/errors.js';
import { createLibraryCaller, type Library } from './library.js';
import type { StoredNotice } from './stored-notice.js';

/** One file of `../scripts`. */
export interface Script<Request, Result> {
  readonly name: string;
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
  /** Of every key of the site; all carry one hash tag, so that a cluster keeps them together. */
  readonly prefix: string;
  readonly notices: string;
  /** Controllers that read the notices. */
  readonly listeners: string;
  /** Libraries of functions by when they were last used. */
  readonly libraries: string;
}

export function ledgerKeys(site: string): LedgerKeys {
  const prefix = `switchboard:{${site}}:`;
  return { prefix, notices: `${prefix}notices`, listeners: `${prefix}listeners`, libraries: `${prefix}libraries` };
}

const NO_NOTICES: readonly StoredNotice[] = [];

/**
 * @param now answers the time instead of the store's own clock, for tests
 * @throws SwitchboardError from `run`: LEDGER_UNAVAILABLE when the store does not answer, BUG when a script fails
 */
export function createScriptRunner(options: {
  redis: Redis | Cluster;
  library: Library;
  site: string;
  node: string;
  now: (() => number) | undefined;
}): ScriptRunner {
  const { node, now } = options;
  const keys = ledgerKeys(options.site);
  const library = createLibraryCaller(options.redis, options.library);

  return {
    keys,
    async run(wanted, request) {
      let reply: StoredReply;
      try {
        const time = now === undefined ? '' : String(now());
        const args = [wanted.name, node, time, request === undefined ? '{}' : JSON.stringify(request)];
        reply = (await library.call(keys.prefix, args)) as StoredReply;
      } catch (error) {
        throw asSwitchboardError(wanted.name, error);
      }
      if (typeof reply === 'number') return { type: 'overdue' };
      const [nowMs, dueMs, notices, result] = reply;
      return {
        type: 'done',
        result: wanted.parse(JSON.parse(result) as never),
        notices: notices === null ? NO_NOTICES : (JSON.parse(notices) as StoredNotice[]),
        nowMs,
        dueMs: dueMs ?? undefined,
      };
    },
  };
}

/** The time alone where something is overdue. */
type StoredReply = number | readonly [nowMs: number, dueMs: number | null, notices: string | null, result: string];

/** A store that is loading, busy, failing over or full says so, and may name the script that it did not run. */
const SAYS_AWAY = /^(LOADING|BUSY|READONLY|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|OOM|MISCONF)/;

function asSwitchboardError(name: string, error: unknown): SwitchboardError {
  const isAway = error instanceof Error && SAYS_AWAY.test(error.message);
  const isScriptFault = !isAway && error instanceof Error && /script|WRONGTYPE|user_function/i.test(error.message);
  return isScriptFault
    ? new SwitchboardError('BUG', `ledger script ${name} failed`, { cause: error })
    : new SwitchboardError('LEDGER_UNAVAILABLE', `the ledger store did not answer ${name}`, { cause: error });
}
