import { expect, it } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import { conversationId } from '../kernel/ids.js';
import { streamEntries } from './entry-stream.js';
import { createMemoryTranscripts } from './memory-transcripts.js';
import { createMessageLog } from './message-log.js';
import { createSocketWriter, HIGH_WATER_BYTES } from './socket-writer.js';
import type { Audience } from './transcript-store.js';

const chat = conversationId('chat');

/** A socket whose peer reads when it is told to. */
function createSlowSocket() {
  const waiting: { text: string; done: () => void }[] = [];
  const read: number[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    send(text: string, done: () => void = () => undefined) {
      socket.bufferedAmount += text.length;
      waiting.push({ text, done });
    },
  };
  return {
    socket,
    read,
    /** The peer reads so many messages. */
    async reads(count: number) {
      for (const { text, done } of waiting.splice(0, count)) {
        socket.bufferedAmount -= text.length;
        read.push((JSON.parse(text) as { seq: number }).seq);
        done();
      }
      await settled();
    },
  };
}

async function stream(options: { after?: number; audience?: Audience; said?: number; filling?: string } = {}) {
  const log = createMessageLog({ store: createMemoryTranscripts(), clock: createManualClock(), log: silentLog });
  await log.open(chat, { isNew: true });
  const peer = createSlowSocket();
  const say = async (words = 'x', audience: Audience = 'everybody') => {
    log.append(chat, { from: { kind: 'visitor' }, body: { kind: 'text', text: words }, audience });
    await settled();
  };
  for (let seq = 0; seq < (options.said ?? 0); seq += 1) await say();
  const { after = 0, audience = 'agents', filling = '' } = options;
  const onError = (error: unknown) => expect.fail(String(error));
  const writer = createSocketWriter(peer.socket);
  const toMessage = ({ seq }: { seq: number }) => ({ seq, filling });
  const end = streamEntries({ writer, log, conversation: chat, audience, after, toMessage, onError });
  await settled();
  return { peer, say, end, writer };
}

it('gives who comes back what they missed, and then each new entry once', async () => {
  const { peer, say } = await stream({ said: 120, after: 20 });
  await say();
  await say();
  await peer.reads(1000);
  expect(peer.read).toEqual(Array.from({ length: 102 }, (_, index) => index + 21));
});

it('passes over what is for agents alone', async () => {
  const { peer, say } = await stream({ audience: 'everybody' });
  for (const audience of ['everybody', 'agents', 'agents', 'everybody', 'agents'] as const) await say('x', audience);
  await say();
  await peer.reads(100);
  expect(peer.read).toEqual([1, 4, 6]);
});

it('holds no more for a slow reader than its socket may, and loses nothing', async () => {
  const { peer, say } = await stream({ filling: 'x'.repeat(4_000) });
  for (let seq = 1; seq <= 300; seq += 1) await say();
  expect(peer.socket.bufferedAmount).toBeLessThan(HIGH_WATER_BYTES + 20 * 4_100);
  for (let round = 0; round < 700; round += 1) await peer.reads(1);
  expect(peer.read).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
});

it('goes on when what filled the socket was somebody else’s', async () => {
  const { peer, say, writer } = await stream();
  writer.send({ seq: 0, filling: 'x'.repeat(HIGH_WATER_BYTES) });
  await say();
  await peer.reads(1);
  await peer.reads(1);
  expect(peer.read).toEqual([0, 1]);
});

it('keeps the latest state for a slow reader, and leaves typing out', async () => {
  const { peer, writer } = await stream();
  writer.send({ seq: 0, filling: 'x'.repeat(HIGH_WATER_BYTES) });
  for (const seq of [1, 2, 3]) writer.sendLatest('place', { seq });
  writer.sendIfRoom({ seq: 99 });
  await peer.reads(1);
  writer.sendIfRoom({ seq: 4 });
  await peer.reads(10);
  expect(peer.read).toEqual([0, 3, 4]);
});

it('is over when it is ended', async () => {
  const { peer, say, end } = await stream();
  end();
  await say();
  await peer.reads(10);
  expect(peer.read).toEqual([]);
});
