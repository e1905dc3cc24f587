import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, type ManualClock } from '../../test/support/manual-clock.js';
import { ScriptedEsl, silence } from '../../test/support/scripted-esl.js';
import { until } from '../../test/support/until.js';
import { bridge, channelUuid, status } from './esl-commands.js';
import { createEslConnection, textOf, type EslConnection } from './esl-connection.js';

describe('the connection to an event socket', () => {
  let server: ScriptedEsl;
  let clock: ManualClock;
  let connection: EslConnection | undefined;
  let told: string[];
  let errors: string[];

  const open = (password?: string): EslConnection => {
    connection = createEslConnection({
      address: { ...server.address, ...(password === undefined ? {} : { password }) },
      clock,
      log: { ...silentLog, error: (_fields, message) => errors.push(message) },
      onUp: (core) => told.push(`up ${core}`),
      onDown: (why) => told.push(`down ${why}`),
      onEvent: (event) => told.push(`event ${textOf(event, 'Event-Name')} ${textOf(event, 'DTMF-Digit')}`),
      random: () => 0,
    });
    return connection;
  };
  const isUp = (): Promise<void> => until('connected', () => connection?.isUp === true);

  beforeEach(async () => {
    server = await ScriptedEsl.listen();
    clock = createManualClock();
    connection = undefined;
    told = [];
    errors = [];
  });
  afterEach(async () => {
    connection?.close();
    await server.die();
    expect(clock.pending()).toBe(0);
  });

  it('subscribes, and hands over answers and events', async () => {
    const { send } = bound(open());
    await isUp();
    expect(server.seen.map(({ line }) => line)).toContainEqual(expect.stringMatching(/^event json .*DTMF/));
    server.answers = ({ line }) => (line.startsWith('api uuid_bridge') ? '-ERR Cannot locate session!' : undefined);
    expect(await send(status)).toMatchObject({ type: 'ok', text: expect.stringContaining('is ready') as string });
    expect(await send(bridge(channelUuid('a'), channelUuid('b')))).toEqual({
      type: 'refused',
      text: '-ERR Cannot locate session!',
    });
    server.event('DTMF', { 'DTMF-Digit': '5' });
    await until('an event', () => told.length === 2);
    expect(told).toEqual(['up core-1', 'event DTMF 5']);
  });

  it('gives up on a command in time, and gives later answers to whom they belong', async () => {
    const { send } = bound(open());
    await isUp();
    let isLate = true;
    server.answers = ({ line }) => (line === 'api status' && isLate ? silence : undefined);
    const lost = send(status);
    await until('it is asked', () => server.seen.some(({ line }) => line === 'api status'));
    await clock.turn(2_000);
    expect(await lost).toEqual({ type: 'timeout' });
    isLate = false;
    const next = send(status);
    server.sayAtLast('+OK late');
    expect(await next).toMatchObject({ type: 'ok', text: expect.stringContaining('is ready') as string });
  });

  it('answers everything under way when the connection breaks, and subscribes anew when it is back', async () => {
    const { send } = bound(open());
    await isUp();
    server.answers = ({ line }) => (line === 'api status' ? silence : undefined);
    const lost = send(status);
    await until('it is asked', () => server.seen.some(({ line }) => line === 'api status'));
    server.hangUp();
    expect(await lost).toEqual({ type: 'not-connected' });
    expect(await send(status)).toEqual({ type: 'not-connected' });
    await clock.turn(0);
    await isUp();
    expect(server.seen.filter(({ line }) => /^event json .*DTMF/.test(line))).toHaveLength(2);
    expect(told).toEqual(['up core-1', 'down lost', 'up core-1']);
  });

  it('tries ever more seldom while nobody listens, and finds the server when it comes', async () => {
    open();
    await isUp();
    await server.die();
    await until('the loss is known', () => told.includes('down lost'));
    for (const delayMs of [0, 50, 100, 200, 400, 800, 1600, 2500, 2500]) {
      const tries = told.length;
      await clock.turn(delayMs);
      await until('another try failed', () => told.length > tries);
    }
    expect(told.slice(2)).toEqual(new Array(9).fill('down unreachable'));
    server.core = 'core-2';
    await server.revive();
    await clock.turn(2_500);
    await isUp();
    expect(told.at(-1)).toBe('up core-2');
  });

  it('says clearly that the password is wrong, and does not hammer', async () => {
    open('wrong');
    await until('it is refused', () => told.includes('down refused'));
    expect(errors).toEqual([expect.stringContaining('wrong password')]);
    await clock.turn(59_000);
    expect(server.passwords).toEqual(['wrong']);
    await clock.turn(1_000);
    await until('it tries again', () => server.passwords.length === 2);
    await until('it is refused', () => told.length === 2);
  });

  it('understands that its address is not allowed', async () => {
    server.rejection = 'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n';
    open();
    await until('it is refused', () => told.includes('down refused'));
    expect(errors).toHaveLength(1);
  });

  it('gives up a server that accepts and then says nothing', async () => {
    server.rejection = '\n';
    open();
    await until('it has connected', () => server.connections === 1);
    await clock.turn(3_000);
    expect(told).toEqual(['down no-answer']);
  });
});

function bound(connection: EslConnection) {
  return { send: connection.send.bind(connection) };
}
