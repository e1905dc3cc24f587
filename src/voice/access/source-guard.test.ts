import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../../test/support/manual-clock.js';
import { createEventStream } from '../../kernel/event-stream.js';
import type { EventBody } from '../../kernel/events.js';
import { createSourceGuard, type SourceGuard } from './source-guard.js';

describe('the source guard', () => {
  let clock: ManualClock;
  let events: EventBody[];
  const create = (limits: { maxSources?: number; maxPending?: number } = {}): SourceGuard => {
    const stream = createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined });
    stream.subscribe((event) => void events.push(event));
    return createSourceGuard({
      clock,
      events: stream,
      protection: () => ({ authDelayMs: 250, authMaxDelayMs: 2_000, maxRequestsPerSecond: 4 }),
      isExempt: (address) => address === '203.0.113.1',
      ...limits,
    });
  };
  const admitted = (guard: SourceGuard, address: string, times: number) =>
    Array.from({ length: times }, () => guard.screen(address)).filter((verdict) => verdict === 'admit').length;

  beforeEach(() => {
    clock = createManualClock();
    events = [];
  });

  it('sheds what goes beyond the rate, and says so once', async () => {
    const guard = create();
    expect(admitted(guard, '192.0.2.1', 10)).toBe(4);
    expect(admitted(guard, '192.0.2.2', 1)).toBe(1);
    await clock.turn(500);
    expect(admitted(guard, '192.0.2.1', 10)).toBe(2);
    expect(events).toMatchObject([{ type: 'sip.source_shed', address: '192.0.2.1' }]);
    await clock.turn(10_000);
    expect(admitted(guard, '192.0.2.1', 10)).toBe(4);
    expect(events).toHaveLength(2);
  });

  it('tells a source once a second that it is too fast, and drops the rest', async () => {
    const guard = create();
    const verdicts = (times: number) => Array.from({ length: times }, () => guard.screen('192.0.2.1'));
    expect(verdicts(7)).toEqual(['admit', 'admit', 'admit', 'admit', 'refuse', 'drop', 'drop']);
    await clock.turn(500);
    expect(verdicts(4)).toEqual(['admit', 'admit', 'drop', 'drop']);
    await clock.turn(500);
    expect(verdicts(4)).toEqual(['admit', 'admit', 'refuse', 'drop']);
  });

  it('gives a source that never stops no more than its rate', async () => {
    const guard = create();
    let total = 0;
    for (let tick = 0; tick < 100; tick++) {
      total += admitted(guard, '192.0.2.1', 3);
      await clock.turn(100);
    }
    expect(total).toBeGreaterThanOrEqual(42);
    expect(total).toBeLessThanOrEqual(44);
  });

  it('never sheds a carrier that is known by address', () => {
    expect(admitted(create(), '203.0.113.1', 1_000)).toBe(1_000);
  });

  it('remembers a bounded number of sources', () => {
    const guard = create({ maxSources: 2 });
    expect(admitted(guard, 'a', 9)).toBe(4);
    guard.screen('b');
    guard.screen('c');
    expect(admitted(guard, 'a', 9)).toBe(4);
  });

  it('answers wrong credentials later each time, up to a limit', async () => {
    const guard = create();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const sinceMs = clock.now();
      const answers: boolean[] = [];
      guard.failed({ address: '192.0.2.1', username: 'ana' }, (isHeld) => answers.push(isHeld));
      while (answers.length === 0) await clock.turn(50);
      delays.push(clock.now() - sinceMs);
    }
    expect(delays).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000]);
    expect(events).toHaveLength(6);
    expect(events[0]).toMatchObject({ type: 'sip.auth_failed', address: '192.0.2.1', username: 'ana' });
  });

  it.each([
    ['right credentials', async (guard: SourceGuard) => guard.succeeded('192.0.2.1')],
    ['ten quiet minutes', async () => clock.turn(600_000)],
  ])('begins at the first delay again after %s', async (_, calm) => {
    const guard = create();
    const fail = (done: () => void) => guard.failed({ address: '192.0.2.1', username: 'ana' }, done);
    for (let attempt = 0; attempt < 4; attempt++) fail(() => undefined);
    await calm(guard);
    await clock.turn(2_000);
    let isAnswered = false;
    fail(() => (isAnswered = true));
    await clock.turn(250);
    expect(isAnswered).toBe(true);
  });

  it('holds a bounded number of answers back, and tells nothing with the rest', async () => {
    const guard = create({ maxPending: 2 });
    const answers: boolean[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      guard.failed({ address: '192.0.2.1', username: 'ana' }, (isHeld) => answers.push(isHeld));
    }
    expect(answers).toEqual([false, false]);
    expect(guard.pending()).toBe(2);
    guard.stop();
    expect(guard.pending()).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});
