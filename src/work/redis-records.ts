/** Records of items in the Redis that the controllers of a site share: what runs in one hash, what has ended each by itself. */
import type { Cluster, Redis } from 'ioredis';
import type { ItemId } from '../kernel/ids.js';
import { KEPT_MS, type ItemRecord, type ItemRecords } from './item-record.js';

/** KEYS: what runs, what became of this one; ARGV: id, record, the ended record in whose place it may come. */
const CLAIM = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return known end
local ended = redis.call('GET', KEYS[2])
if ended and ended ~= ARGV[3] then return ended end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return false`;

/** KEYS: the same; ARGV: id, record, its holder or nothing, how long it is known where it has ended. */
const PUT = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  if ARGV[3] ~= '' and cjson.decode(known).node ~= ARGV[3] then return 0 end
elseif redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
if ARGV[4] == '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
else
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
end
return 1`;

/** @param prefix of every key of the site, with its hash tag */
export function createRedisRecords(redis: Redis | Cluster, prefix: string): ItemRecords {
  const runningKey = `${prefix}items`;
  const endedKey = (id: ItemId): string => `${prefix}item:${id}`;
  const parse = (text: unknown): ItemRecord | undefined =>
    typeof text === 'string' ? (JSON.parse(text) as ItemRecord) : undefined;

  return {
    async claim(record, over) {
      const inPlaceOf = over === undefined ? '' : JSON.stringify(over);
      const keys = [runningKey, endedKey(record.id)] as const;
      return parse(await redis.eval(CLAIM, 2, ...keys, record.id, JSON.stringify(record), inPlaceOf));
    },
    async put(record, holder = '') {
      const keptMs = record.phase.name === 'ended' ? String(KEPT_MS) : '';
      const keys = [runningKey, endedKey(record.id)] as const;
      return (await redis.eval(PUT, 2, ...keys, record.id, JSON.stringify(record), holder, keptMs)) === 1;
    },
    async get(id) {
      return parse((await redis.hget(runningKey, id)) ?? (await redis.get(endedKey(id))));
    },
    async running() {
      return (await redis.hvals(runningKey)).flatMap((text) => parse(text) ?? []);
    },
  };
}
