import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled, type ManualClock } from '../../test/support/manual-clock.js';
import { ScriptedEsl, silence } from '../../test/support/scripted-esl.js';
import { until } from '../../test/support/until.js';
import { channelUuid } from './esl-commands.js';
import { createMediaServer, type MediaServer } from './media-server.js';
import { createServerPool } from './server-pool.js';

describe('a media server', () => {
  let esl: ScriptedEsl;
  let clock: ManualClock;
  let server: MediaServer;
  let lost: string[];

  const start = (at: ScriptedEsl): MediaServer =>
    createMediaServer({
      address: { name: 'a', esl: at.address, sip: { host: '127.0.0.1', port: 5080 } },
      owner: 'switchboard-1',
      clock,
      log: silentLog,
      onChange: () => undefined,
      random: () => 0,
    });
  const state = (): string => server.health().state;
  const own = (name: string): (() => void) =>
    server.own(channelUuid(name), { onEvent: () => undefined, onLost: () => lost.push(name) });
  /** Turns the clock bit by bit, with time for the wire in between. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.turn(100);
      // What is on the wire is read before the clock goes on, however long the processor is with somebody else.
      for (let round = 0; round < 10; round++) await settled();
      await new Promise((resolve) => setTimeout(resolve, 3));
      for (let round = 0; round < 10; round++) await settled();
    }
  }

  beforeEach(async () => {
    esl = await ScriptedEsl.listen();
    clock = createManualClock();
    lost = [];
    server = start(esl);
    await until('it is up', () => server.isTaking);
  });
  afterEach(async () => {
    server.close();
    await esl.die();
  });

  it('loses everything on it at once when it dies', async () => {
    own('x');
    own('y')();
    await esl.die();
    await until('the loss is noticed', () => state() === 'shaken');
    expect(server.isTaking).toBe(false);
    await clock.turn(0);
    await until('it is known to be dead', () => state() === 'down');
    expect(lost).toEqual(['x']);
  });

  it('loses nothing when the connection alone breaks and is back at once', async () => {
    own('x');
    esl.hangUp();
    await until('the loss is noticed', () => state() === 'shaken');
    await clock.turn(0);
    await until('it is back', () => server.isTaking);
    await pass(2_000);
    expect(lost).toEqual([]);
  });

  it('loses everything when another process answers', async () => {
    own('x');
    esl.core = 'core-2';
    esl.hangUp();
    await until('the loss is noticed', () => state() === 'shaken');
    await clock.turn(0);
    await until('it is back', () => server.isTaking);
    expect(lost).toEqual(['x']);
  });

  it('takes a server that answers no probe any more for dead, and finds it again', async () => {
    own('x');
    let isFrozen = true;
    esl.answers = () => (isFrozen ? silence : undefined);
    await pass(1_000);
    expect(lost).toEqual([]);
    await pass(1_500);
    expect(lost).toEqual(['x']);
    expect(server.isTaking).toBe(false);
    isFrozen = false;
    for (let tries = 0; !server.isTaking && tries < 20; tries++) await pass(1_000);
    expect(state()).toBe('up');
  });

  it('takes no calls while the operator has paused it', async () => {
    esl.answers = ({ line }) => (line.startsWith('api fsctl') ? 'true' : undefined);
    await pass(2_500);
    expect(server.health()).toMatchObject({ state: 'up', isPaused: true });
    expect(server.isTaking).toBe(false);
  });

  it('hangs up what an earlier life has left, and nothing else', async () => {
    const rows = [
      { uuid: 'orphan', cid_num: 'switchboard-1' },
      { uuid: 'ours', cid_num: 'switchboard-1' },
      { uuid: 'others', cid_num: 'switchboard-2' },
      { uuid: 'x\ny', cid_num: 'switchboard-1' },
    ];
    esl.answers = ({ line }) => (line.startsWith('api show') ? JSON.stringify({ row_count: 4, rows }) : undefined);
    own('ours');
    esl.hangUp();
    await until('the loss is noticed', () => state() === 'shaken');
    await clock.turn(0);
    await until('a channel is hung up', () => esl.lines.some((line) => line.startsWith('api uuid_kill')));
    const killed = (): string[] => esl.lines.filter((line) => line.startsWith('api uuid_kill'));
    expect(killed()).toEqual(['api uuid_kill orphan']);
    rows.push({ uuid: 'listed-late', cid_num: 'switchboard-1' }, { uuid: 'just-let-go', cid_num: 'switchboard-1' });
    own('just-let-go')();
    await pass(3_000);
    expect(killed().slice(1).sort()).toEqual(['api uuid_kill listed-late', 'api uuid_kill orphan']);
    // Its BYE may be on its way; or it was lost.
    await clock.turn(60_000);
    await until('it is hung up too', () => killed().includes('api uuid_kill just-let-go'));
  });

  it('is chosen when it has the fewest sessions, whoever has opened them', async () => {
    const other = await ScriptedEsl.listen();
    other.answers = ({ line }) => (line === 'api status' ? '3 session(s) - peak 9, last 5min 4' : undefined);
    const second = start(other);
    await until('both are up', () => second.isTaking && second.load === 3);
    const pool = createServerPool([second, server]);
    expect(pool.choose(new Set())).toBe(server);
    for (const name of ['1', '2', '3', '4']) own(name);
    expect(pool.choose(new Set())).toBe(second);
    expect(pool.choose(new Set([second]))).toBe(server);
    expect(pool.choose(new Set([second, server]))).toBeUndefined();
    second.didNotAnswer();
    expect(pool.choose(new Set())).toBe(server);
    expect(pool.choose(new Set([server]))).toBe(second);
    pool.close();
    expect(pool.isUp()).toBe(false);
    await other.die();
  });
});
