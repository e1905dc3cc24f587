import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REDIS_SERVER, startRedis, type TestRedis } from '../../../test/ledger/redis-server.js';
import { createArchive } from './archive.js';

describe.skipIf(REDIS_SERVER === undefined)(`an archive in ${REDIS_SERVER ?? 'no redis-server on PATH'}`, () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const open = (key: string) =>
    createArchive({ redis: server.connect(), key, onError: (error) => expect.fail(String(error)) });

  it('finds what was last kept under a name, from wherever it was kept', async () => {
    const [here, there] = [open('one'), open('one')];
    here.keep('c1', 'first');
    for (let n = 0; n < 1_200; n += 1) here.keep(`other${n}`, 'x');
    expect(await here.find('c1')).toBe('first');
    here.keep('c1', 'second');
    expect(await here.find('c1')).toBe('second');
    expect(await there.find('c1')).toBe('second');
    expect(await there.find('c2')).toBeUndefined();
  });

  it('forgets the oldest', async () => {
    const archive = open('full');
    for (let n = 0; n < 7_000; n += 1) archive.keep(`c${n}`, 'x');
    expect(await archive.find('c6999')).toBe('x');
    expect(await archive.find('c0')).toBeUndefined();
    expect(await server.connect().xlen('full')).toBeLessThan(5_200);
  });
});
