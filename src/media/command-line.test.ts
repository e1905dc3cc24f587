import { describe, expect, it } from 'vitest';
import { settled } from '../../test/support/manual-clock.js';
import { CommandLine } from './command-line.js';

describe('the commands of places', () => {
  const done: string[] = [];
  const failures: unknown[] = [];
  const line = (): CommandLine => new CommandLine((error) => failures.push(error));
  const act = (name: string) => async (): Promise<void> => {
    await settled();
    done.push(name);
  };

  it('wait until the place is open, and keep their order', async () => {
    done.length = 0;
    const a = line();
    a.add(act('1'));
    a.add(act('2'));
    await settled();
    expect(done).toEqual([]);
    a.open();
    await idle();
    expect(done).toEqual(['1', '2']);
  });

  it('of two places meet, whichever is asked first', async () => {
    done.length = 0;
    const [a, b] = [line(), line()];
    a.add(act('a1'));
    b.add(act('b1'));
    a.addWith([b], act('both'));
    b.addWith([a], act('both again'));
    a.add(act('a2'));
    b.add(act('b2'));
    a.open();
    await idle();
    expect(done).toEqual(['a1']);
    b.open();
    await idle();
    expect(done.slice(0, 4)).toEqual(['a1', 'b1', 'both', 'both again']);
    expect(done.slice(4).sort()).toEqual(['a2', 'b2']);
  });

  it('go on without a place that has closed', async () => {
    done.length = 0;
    const [a, b, c] = [line(), line(), line()];
    a.addWith([b], act('with b'));
    c.addWith([a], act('with a'));
    c.add(act('c'));
    b.addWith([c, c, b], act('with c'));
    [a, c].forEach((each) => each.open());
    await idle();
    expect(done).toEqual([]);
    b.close();
    await idle();
    expect(done).toEqual(['with b', 'with a', 'c']);
  });

  it('go on after one that failed', async () => {
    done.length = 0;
    const a = line();
    a.open();
    a.add(() => Promise.reject(new Error('broken')));
    a.add(act('next'));
    await idle();
    expect(done).toEqual(['next']);
    expect(failures).toHaveLength(1);
  });
});

async function idle(): Promise<void> {
  for (let round = 0; round < 20; round++) await settled();
}
