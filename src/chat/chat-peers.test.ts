import { expect, it } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import { createChatPeers, type ChatPeers, type PeerLink } from './chat-peers.js';
import type { ChatSocket } from './socket-writer.js';

/** A bus that loses what it is told to lose. */
function createBus() {
  const listeners = new Map<string, (text: string) => void>();
  const bus = { loses: (_text: string): boolean => false };
  const deliver = (to: string, text: string): boolean => {
    const listener = listeners.get(to);
    if (listener !== undefined && !bus.loses(text)) queueMicrotask(() => listener(text));
    return listener !== undefined;
  };
  return Object.assign(bus, {
    of: (node: string) => ({
      node,
      send: (to: string, text: string) => Promise.resolve(deliver(to, text)),
      broadcast(text: string) {
        for (const to of listeners.keys()) deliver(to, text);
        return Promise.resolve();
      },
      listen(listener: (text: string) => void) {
        listeners.set(node, listener);
        return () => listeners.delete(node);
      },
    }),
  });
}

/** Two controllers; the second answers each word in capitals. */
async function twoPeers() {
  const clock = createManualClock();
  const bus = createBus();
  const guests: { readonly socket: ChatSocket; readonly heard: string[]; hasEnded: boolean }[] = [];
  const open = (node: string): ChatPeers =>
    createChatPeers({
      ...{ bus: bus.of(node), clock, log: silentLog },
      welcome(_guest, socket) {
        const guest = { socket, heard: [] as string[], hasEnded: false };
        guests.push(guest);
        return {
          received(text) {
            guest.heard.push(text);
            socket.send(text.toUpperCase());
          },
          ended: () => (guest.hasEnded = true),
        };
      },
    });
  const [a, b] = [open('a'), open('b')];
  await clock.turn(1_000);
  const page = { told: [] as string[], hasEnded: false, taken: [] as (() => void)[] };
  const link = (): PeerLink | undefined =>
    a.open(
      'b',
      { kind: 'visitor', address: '192.0.2.1' },
      {
        text(text, done) {
          page.told.push(text);
          page.taken.push(done);
        },
        ended: () => (page.hasEnded = true),
      },
    );
  return { clock, bus, a, b, guests, page, link };
}

it('carries what a page says to another controller, and back, and its end', async () => {
  const { a, b, guests, page, link } = await twoPeers();
  expect([a.nodes(), b.nodes()]).toEqual([['b'], ['a']]);
  const opened = link();
  opened?.send('one');
  opened?.send('two');
  await settled();
  expect([guests[0]?.heard, page.told]).toEqual([
    ['one', 'two'],
    ['ONE', 'TWO'],
  ]);
  opened?.end();
  await settled();
  expect([guests[0]?.hasEnded, guests[0]?.socket.readyState, page.hasEnded]).toEqual([true, 3, false]);
});

it('counts what the page has not read against the writer at the other end', async () => {
  const { guests, page, link } = await twoPeers();
  link()?.send('12345');
  await settled();
  expect(guests[0]?.socket.bufferedAmount).toBe(5);
  for (const taken of page.taken) taken();
  await settled();
  expect(guests[0]?.socket.bufferedAmount).toBe(0);
});

it.each([
  ['in the middle, at the next word', (text: string) => text.includes('"two"'), 0],
  ['at the end, by the next counts', (text: string) => text.includes('"three"'), 3_000],
  ['on the way back', (text: string) => text.includes('"TWO"'), 0],
])('ends the link on both sides when a word is lost %s', async (_, loses, afterMs) => {
  const { clock, bus, guests, page, link } = await twoPeers();
  bus.loses = loses;
  const opened = link();
  for (const text of ['one', 'two', 'three']) opened?.send(text);
  await settled();
  await clock.turn(afterMs);
  expect([page.hasEnded, guests[0]?.hasEnded]).toEqual([true, true]);
  expect(guests[0]?.heard.join()).toMatch(/^one(,two(,three)?)?$/);
  // They begin anew, and lose nothing then.
  bus.loses = () => false;
  await clock.turn(2_000);
  const before = page.told.length;
  link()?.send('again');
  await settled();
  expect(page.told.slice(before)).toEqual(['AGAIN']);
});

it('loses who says nothing for five seconds, and finds nobody there who has gone', async () => {
  const { clock, a, b, page, link } = await twoPeers();
  link();
  await settled();
  b.stop();
  await clock.turn(7_000);
  expect([page.hasEnded, a.nodes(), link()]).toEqual([true, [], undefined]);
});

it('lets a page go that sends without end to one who takes nothing', async () => {
  const { bus, page, link } = await twoPeers();
  bus.loses = (text) => text.includes('"took"');
  const opened = link();
  for (let count = 0; count <= 200; count += 1) opened?.send('x');
  expect(page.hasEnded).toBe(true);
});
