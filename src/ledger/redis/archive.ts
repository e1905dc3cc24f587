/** Texts by name in a stream of the store, which keeps the latest few thousand: written often, looked for by people. */
import type { Cluster, Redis } from 'ioredis';

/** So many entries are kept, or a few more. */
const KEPT = 5_000;

const PER_READ = 500;

export interface Archive {
  /** In place of what was kept under that name before. Not waited for: a store that is away is told nothing. */
  keep(name: string, text: string): void;
  /** What was last kept under that name, unless so much has been kept since that it is forgotten. */
  find(name: string): Promise<string | undefined>;
}

export function createArchive(options: {
  redis: Redis | Cluster;
  /** Key of the stream. */
  key: string;
  onError: (error: unknown) => void;
}): Archive {
  const { redis, key, onError } = options;
  return {
    keep(name, text) {
      redis.xadd(key, 'MAXLEN', '~', KEPT, '*', 'name', name, 'text', text).catch(onError);
    },
    async find(name) {
      let before = '+';
      for (;;) {
        const entries = await redis.xrevrange(key, before, '-', 'COUNT', PER_READ);
        for (const [, [, found, , text]] of entries) if (found === name) return text;
        const last = entries.at(-1)?.[0];
        if (last === undefined || entries.length < PER_READ) return undefined;
        before = `(${last}`;
      }
    },
  };
}
