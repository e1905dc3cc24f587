/**
 * All operations of `../scripts` as one text of Lua, and how it comes into the store.
 *
 * An operation is a file of its own, `match.lua`: the body of a function that takes what `lib/base.lua` has set up
 * (`request`, `now`, `node`) and returns `reply({ … })`. What several need stands in `lib/`. A line `--@include a b` names
 * the libraries that a file needs; each is put in once, before whoever needs it. In one text the store reads
 *
 *     local operations = {}
 *     …the libraries…
 *     operations['match'] = function() …match.lua… end      -- and all the others
 *     …lib/perform.lua: perform(keys, args)…
 *
 * and is given it as a library of functions (FUNCTION LOAD, then FCALL): the functions are made once, not at every call,
 * and remember what they last read. A store without functions (before Redis 7), or that does not let us load them, runs
 * the same text as a script, at several times the cost. The name carries a hash of the text, so that controllers of
 * two versions can share one store; a library that none of a site has used for a day is deleted (membership.ts).
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Cluster, type Redis } from 'ioredis';
import { createSender } from './sender.js';

export interface Library {
  /** Of the library and of the one function in it. */
  readonly name: string;
  /** For FUNCTION LOAD. */
  readonly functions: string;
  /** For EVAL, and its digest for EVALSHA. */
  readonly script: string;
  readonly sha: string;
}

/** @param folder of the scripts, ending in a slash */
export function readLibrary(folder: URL, operations: readonly string[]): Library {
  const included = new Set<string>();
  const parts: string[] = [];

  /** What the file itself says, after the libraries that it names. */
  function read(file: string): string {
    return readFileSync(new URL(file, folder), 'utf8').replace(/^--@include (.*)\n/gm, (_, names: string) => {
      for (const name of names.trim().split(/\s+/)) include(name);
      return '';
    });
  }

  function include(name: string): void {
    if (included.has(name)) return;
    included.add(name);
    const text = read(`lib/${name}.lua`);
    parts.push(text);
  }

  const bodies = operations.map((name) => `operations['${name}'] = function()\n${read(`${name}.lua`)}end\n`);
  include('perform');
  const text = ['local operations = {}\n', ...parts, ...bodies].join('\n');
  const name = `switchboard_${sha1(text).slice(0, 16)}`;
  const script = `${text}\nreturn perform(KEYS, ARGV)\n`;
  return {
    name,
    functions: `#!lua name=${name}\n${text}\nredis.register_function('${name}', perform)\n`,
    script,
    sha: sha1(script),
  };
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/**
 * Takes libraries out of the store that no controller of the site uses any more. One of another site that still does
 * finds its functions gone, and loads them again. What is gone already, or not ours to delete, is passed over.
 */
export async function deleteLibraries(redis: Redis | Cluster, names: readonly string[]): Promise<void> {
  await Promise.allSettled(mastersOf(redis).flatMap((master) => names.map((name) => master.function('DELETE', name))));
}

function mastersOf(redis: Redis | Cluster): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}

/** Runs the library's one function, in whichever way the store can. */
export interface LibraryCaller {
  call(key: string, args: readonly string[]): Promise<unknown>;
}

export function createLibraryCaller(redis: Redis | Cluster, library: Library): LibraryCaller {
  let way: 'functions' | 'scripts' = 'functions';
  const send = createSender(redis);
  let loading: Promise<void> | undefined;

  /** A store that has restarted empty, or a master that has come to a cluster, knows nothing of the library. */
  function load(): Promise<void> {
    loading ??= loadEverywhere().finally(() => (loading = undefined));
    return loading;
  }

  async function loadEverywhere(): Promise<void> {
    const loads = await Promise.allSettled(
      mastersOf(redis).map((master) => master.function('LOAD', library.functions)),
    );
    for (const load of loads) {
      const reason = load.status === 'rejected' ? String(load.reason) : '';
      // Another controller was quicker.
      if (reason === '' || reason.includes('already exists')) continue;
      // Not the error itself, to which the client ties all that it has sent.
      if (!/unknown command|NOPERM/i.test(reason)) throw new Error(reason);
      way = 'scripts';
    }
  }

  async function callScript(key: string, args: readonly string[]): Promise<unknown> {
    try {
      return await send(['evalsha', library.sha, '1', key, ...args]);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(library.script, 1, key, ...args);
    }
  }

  const callFunction = (key: string, args: readonly string[]): Promise<unknown> =>
    send(['fcall', library.name, '1', key, ...args]);

  const retry = (key: string, args: readonly string[]): Promise<unknown> =>
    way === 'functions' ? callFunction(key, args) : callScript(key, args);

  return {
    async call(key, args) {
      if (way === 'scripts') return callScript(key, args);
      try {
        return await callFunction(key, args);
      } catch (error) {
        if (!/Function not found|unknown command|NOPERM/i.test(String(error))) throw error;
      }
      await load();
      return retry(key, args);
    },
  };
}
