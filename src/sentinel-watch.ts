/**
 * Listens to the Sentinels of a store. Once they have made another server the master, nobody may go on with the old one: it
 * may have stood still, come back, and not know for ten seconds that it is no master any more; whoever still talked to it
 * would share no limits with the others.
 */
import { Redis, type RedisOptions } from 'ioredis';

export interface SentinelWatch {
  stop(): void;
}

/** @param onSwitch told once for each new master, whichever Sentinel says it first */
export function watchSentinels(options: {
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** The name by which they know it. */
  readonly master: string;
  readonly tls?: RedisOptions['tls'];
  readonly onSwitch: () => void;
  readonly onError: (error: unknown) => void;
}): SentinelWatch {
  const { sentinels, master, tls, onSwitch, onError } = options;
  let current: string | undefined;

  function heard(message: string): void {
    const [name, , , host, port] = message.split(' ');
    if (name !== master || current === `${host}:${port}`) return;
    current = `${host}:${port}`;
    onSwitch();
  }

  const clients = sentinels.map(({ host, port }) => {
    const client = new Redis({
      ...{ host, port, ...(tls === undefined ? {} : { tls }) },
      retryStrategy: (times) => Math.min(100 * times, 2_000),
      maxRetriesPerRequest: null,
    });
    client.on('error', onError);
    client.on('message', (_channel, message) => heard(message));
    client.subscribe('+switch-master').catch(onError);
    return client;
  });
  return { stop: () => clients.forEach((client) => client.disconnect()) };
}
