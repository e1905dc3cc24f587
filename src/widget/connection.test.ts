import { expect, it } from 'vitest';
import { createConnection, retryDelayMs, type Socket } from './connection.js';
import { createScriptedSockets, createScriptedTimers } from './scripted-browser.js';

function build(openSocket?: () => Socket) {
  const network = createScriptedSockets();
  const timers = createScriptedTimers();
  const seen: string[] = [];
  const connection = createConnection({
    openSocket: openSocket ?? network.openSocket,
    timers,
    random: () => 1,
    onOpen: () => seen.push('open'),
    onText: (text) => seen.push(text),
    onLost: () => seen.push('lost'),
  });
  return { connection, timers, seen, ...network };
}

it.each([
  [1, 0, 250],
  [1, 1, 500],
  [4, 1, 4_000],
  [50, 1, 30_000],
  [50, 0, 15_000],
])('waits after loss %i, by chance %f, for %i ms', (losses, random, ms) => {
  expect(retryDelayMs(losses, random)).toBe(ms);
});

it('comes back, later each time, until it is welcome', () => {
  const { connection, timers, sockets } = build();
  connection.start();
  for (const ms of [500, 1_000, 2_000]) {
    sockets.at(-1)?.onclose?.({} as CloseEvent);
    expect(timers.next()).toBe(ms);
    timers.pass(ms);
  }
  expect(sockets).toHaveLength(4);
  connection.settled();
  sockets.at(-1)?.onclose?.({} as CloseEvent);
  expect(timers.next()).toBe(500);
});

it('hears nothing more of a socket that it has let go', () => {
  const { connection, timers, sockets, seen } = build();
  connection.start();
  const [first] = sockets;
  const late = first?.onmessage;
  first?.onopen?.({} as Event);
  connection.drop();
  expect(first).toMatchObject({ isClosed: true, onmessage: null, onclose: null });
  expect(late).not.toBeNull();
  timers.pass(500);
  expect(sockets).toHaveLength(2);
  expect(seen).toEqual(['open', 'lost']);
});

it('tries at once when it is told that the network is back', () => {
  const { connection, timers, sockets } = build();
  connection.start();
  connection.drop();
  connection.retryNow();
  connection.retryNow();
  timers.pass(60_000);
  expect(sockets).toHaveLength(2);
});

it('neither starts twice nor comes back once stopped', () => {
  const { connection, timers, sockets } = build();
  connection.start();
  connection.start();
  connection.drop();
  connection.stop();
  connection.drop();
  timers.pass(60_000);
  expect(sockets).toHaveLength(1);
});

it('tries again where the browser will not even begin', () => {
  const { connection, timers, seen } = build(() => {
    throw new Error('forbidden by the page');
  });
  connection.start();
  timers.pass(500);
  expect(seen).toEqual(['lost', 'lost']);
});
