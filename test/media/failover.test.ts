import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { createEslConnection } from '../../src/media/esl-connection.js';
import { showChannels, type EslCommand } from '../../src/media/esl-commands.js';
import { silentLog } from '../sip-adapter/wire.js';
import type { RunningMediaServer } from '../support/freeswitch-server.js';
import { until } from '../support/until.js';
import { openMediaWorld, type Guest, type MediaWorld } from './media-world.js';
import { availableMediaServers } from './media-servers.js';

const tone = (hz: number) => ({ kind: 'tone', hz: [hz], onMs: 1000, offMs: 0 }) as const;

describe.each(availableMediaServers())('two media servers, $name', ({ start, isEmbedded }) => {
  const running: RunningMediaServer[] = [];
  const worlds: MediaWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close(false);
    for (const server of running.splice(0)) await server.stop();
  });

  async function startServer(): Promise<RunningMediaServer> {
    const server = await start();
    running.push(server);
    return server;
  }

  async function connect(owner?: string): Promise<MediaWorld> {
    const world = await openMediaWorld(running, { isEmbedded, ...(owner === undefined ? {} : { owner }) });
    worlds.push(world);
    await until('all are up', () => world.media.health().every(({ state }) => state === 'up'));
    return world;
  }

  it('share the places, and when one dies its parties hear the other one', async () => {
    const [first] = await Promise.all([startServer(), startServer()]);
    const world = await connect();
    const guests: Guest[] = [];
    for (let count = 0; count < 6; count++) guests.push(await world.guest());
    for (const { place } of guests) place.play([tone(500)], { repeat: true });
    await Promise.all(guests.map(({ party }) => party.hears(500)));
    first.kill();
    await until('a place is lost', () => guests.some(({ events }) => events.some(({ type }) => type === 'lost')));
    const lost = guests.filter(({ events }) => events.some(({ type }) => type === 'lost'));
    expect(lost).toHaveLength(3);
    const moved = await Promise.all(lost.map(() => world.guest()));
    for (const { place } of moved) place.play([tone(700)], { repeat: true });
    await Promise.all(moved.map(({ party }) => party.hears(700)));
    for (const { place, party } of guests.filter((guest) => !lost.includes(guest))) {
      await party.hears(500);
      place.close();
    }
    for (const { place } of moved) place.close();
  });

  it('take over no channel of an earlier life: they are hung up', async () => {
    const server = await startServer();
    const earlier = await connect('switchboard-test-7');
    await earlier.guest();
    const other = await connect('switchboard-test-8');
    const kept = await other.guest();
    kept.place.play([tone(500)], { repeat: true });
    await hasChannels(server, 2);
    const now = await connect('switchboard-test-7');
    await until('the place is lost', () => earlier.media.count() === 0);
    await kept.party.hears(500);
    expect(now.media.count()).toBe(0);
    await hasChannels(server, 1);
    kept.place.close();
  });

  it.skipIf(isEmbedded)('lose a place on one that stands still, and hang up its channel when it goes on', async () => {
    const server = await startServer();
    const world = await connect();
    const guest = await world.guest();
    server.freeze?.(true);
    await guest.next('lost');
    expect(world.media.isUp()).toBe(false);
    server.freeze?.(false);
    await until('it is up again', () => world.media.isUp());
    await hasChannels(server, 0);
  });

  it('choose none that its operator has paused', async () => {
    const [first] = await Promise.all([startServer(), startServer()]);
    const world = await connect();
    await askFor(first, { kind: 'api', line: 'fsctl pause inbound' });
    await until('the pause is known', () => world.media.health().some(({ isPaused }) => isPaused));
    const guests = await Promise.all([1, 2, 3].map(() => world.guest()));
    await hasChannels(first, 0);
    await askFor(first, { kind: 'api', line: 'fsctl resume inbound' });
    await until('the pause is over', () => world.media.health().every(({ isPaused }) => !isPaused));
    guests.push(await world.guest());
    await hasChannels(first, 1);
    for (const { place } of guests) place.close();
  });
});

/** FreeSWITCH brings its list up to date about once a second. */
async function hasChannels(server: RunningMediaServer, count: number): Promise<void> {
  const wanted = `"row_count":${String(count)}`;
  let listed = '';
  for (let tries = 0; !listed.includes(wanted) && tries < 150; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    listed = (await askFor(server, showChannels)).replace(/\s/g, '');
  }
  expect(listed).toContain(wanted);
}

async function askFor({ esl }: RunningMediaServer, command: EslCommand): Promise<string> {
  const nothing = (): void => undefined;
  const connection = createEslConnection({
    address: esl,
    clock: systemClock,
    log: silentLog,
    onUp: nothing,
    onDown: nothing,
    onEvent: nothing,
  });
  await until('it is connected', () => connection.isUp);
  const reply = await connection.send(command);
  connection.close();
  return reply.type === 'ok' ? reply.text : reply.type;
}
