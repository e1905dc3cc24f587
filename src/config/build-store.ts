/** The `store` of a RoutingConfig, from checked input. */
import type { RedisServers, RedisStoreConfig, StoreConfig } from './store-config.js';
import type { Secrets } from './secrets.js';
import type { SiteInput } from './site-schema.js';

type RedisInput = Exclude<SiteInput['store'], 'memory'>;

export function buildStore({ store, store_down: down }: SiteInput, secrets: Secrets): StoreConfig {
  if (store === 'memory') return { kind: 'memory' };
  const password = secrets.get(['store', 'password']);
  return {
    kind: 'redis',
    servers: serversOf(store),
    ...tlsOf(store),
    ...(store.username === undefined ? {} : { username: store.username }),
    ...(password === '' ? {} : { password }),
    site: store.site,
    ...(store.node === undefined ? {} : { node: store.node }),
    down,
  };
}

function tlsOf({ tls, redis }: RedisInput): Pick<RedisStoreConfig, 'tls' | 'tlsFiles'> {
  if (typeof tls !== 'object') return { tls: tls ?? redis?.tls ?? false };
  const { ca, cert, key } = tls;
  return {
    tls: true,
    tlsFiles: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function serversOf({ redis, sentinels, cluster, master = '', db }: RedisInput): RedisServers {
  if (sentinels !== undefined) return { kind: 'sentinel', sentinels, master, db: db ?? 0 };
  if (cluster !== undefined) return { kind: 'cluster', nodes: cluster };
  // The schema has made sure that one of the three is there.
  if (redis === undefined || redis.kind === 'socket') {
    return { kind: 'socket', path: redis?.path ?? '', db: db ?? 0 };
  }
  return { kind: 'single', host: redis.host, port: redis.port, db: db ?? redis.db };
}
