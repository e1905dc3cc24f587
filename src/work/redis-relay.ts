/**
 * Controllers ask each other by Redis's messages (PUBLISH): each hears a channel of its own. A message may be lost, and then
 * is not answered; whatever is asked may be asked again.
 */
import type { Cluster, Redis } from 'ioredis';
import type { Clock } from '../kernel/clock.js';
import type { ItemId } from '../kernel/ids.js';
import type { ItemAct } from './item-types.js';
import type { RelayReply, WorkRelay } from './work-relay.js';

type Message =
  | { readonly ask: number; readonly from: string; readonly item: ItemId; readonly act: ItemAct }
  | { readonly answerTo: number; readonly reply: RelayReply };

/** So long another controller may take. Milliseconds. */
const ANSWER_MS = 2_000;

export interface RedisRelayDeps {
  readonly redis: Redis | Cluster;
  /** For hearing, which is all that this connection can do then; closed by whoever made it. */
  readonly ear: Redis | Cluster;
  readonly prefix: string;
  /** Names this controller. */
  readonly node: string;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export async function createRedisRelay(deps: RedisRelayDeps): Promise<WorkRelay> {
  const { redis, ear, node, clock, onError } = deps;
  const channelOf = (name: string): string => `${deps.prefix}items-of:${name}`;
  const waiting = new Map<number, (reply: RelayReply | undefined) => void>();
  let asked = 0;
  let handler: (item: ItemId, act: ItemAct) => Promise<RelayReply> = () => Promise.resolve({ type: 'unknown' });

  const send = (to: string, message: Message): Promise<unknown> =>
    redis.publish(channelOf(to), JSON.stringify(message));

  async function heard(message: Message): Promise<void> {
    if ('answerTo' in message) return waiting.get(message.answerTo)?.(message.reply);
    const reply = await handler(message.item, message.act);
    await send(message.from, { answerTo: message.ask, reply });
  }

  const onMessage = (channel: string, text: string): void => {
    if (channel === channelOf(node)) heard(JSON.parse(text) as Message).catch(onError);
  };
  ear.on('message', onMessage);
  await ear.subscribe(channelOf(node));

  return {
    ask(to, item, act) {
      const ask = (asked += 1);
      return new Promise((resolve) => {
        const end = (reply: RelayReply | undefined): void => {
          cancel();
          waiting.delete(ask);
          resolve(reply);
        };
        const cancel = clock.after(ANSWER_MS, () => end(undefined));
        waiting.set(ask, end);
        send(to, { ask, from: node, item, act }).catch((error: unknown) => {
          onError(error);
          end(undefined);
        });
      });
    },
    serve: (answer) => void (handler = answer),
    stop() {
      ear.off('message', onMessage);
      for (const end of [...waiting.values()]) end(undefined);
    },
  };
}
