/** Words between the controllers of a site by their Redis: published, to whoever listens at that moment. */
import type { Cluster, Redis } from 'ioredis';
import type { PeerBus } from './chat/peer-bus.js';

/**
 * @param connections.publish for commands
 * @param connections.subscribe for nothing else
 */
export async function openPeerBus(
  connections: { readonly publish: Redis | Cluster; readonly subscribe: Redis | Cluster },
  { prefix, node, onError }: { prefix: string; node: string; onError: (error: unknown) => void },
): Promise<PeerBus> {
  const { publish, subscribe } = connections;
  const channelOf = (of: string): string => `${prefix}controller:${of}`;
  const all = `${prefix}controllers`;
  const listeners = new Set<(text: string) => void>();
  subscribe.on('message', (_channel: string, text: string) => {
    for (const listener of listeners) {
      try {
        listener(text);
      } catch (error) {
        onError(error);
      }
    }
  });
  await subscribe.subscribe(channelOf(node), all);
  return {
    node,
    async send(to, text) {
      const heard = await publish.publish(channelOf(to), text);
      // The servers of a cluster pass it on to each other, and count only their own listeners.
      return heard > 0 || publish.isCluster;
    },
    async broadcast(text) {
      await publish.publish(all, text);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
