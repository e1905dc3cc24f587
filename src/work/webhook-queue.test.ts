import { describe, expect, it } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, settled } from '../../test/support/manual-clock.js';
import type { WebhookConfig } from '../config/work-config.js';
import type { PostOutcome } from './webhook-post.js';
import { createWebhookQueue } from './webhook-queue.js';

const failed: PostOutcome = { type: 'failed', why: 'status 500' };
const taken: PostOutcome = { type: 'taken' };

/** A queue to an address that answers as it is told, after it was asked for so long. */
function build(options: { answer?: (body: string) => PostOutcome | Promise<PostOutcome>; random?: number } = {}) {
  const clock = createManualClock();
  const startMs = clock.now();
  const posted: { body: string; atMs: number; headers: Readonly<Record<string, string>> }[] = [];
  let endpoint: WebhookConfig | undefined = {
    url: 'https://desk.example/',
    secret: 's',
    timeoutMs: 10_000,
    retryForMs: 3_600_000,
  };
  const queue = createWebhookQueue({
    endpoint: () => endpoint,
    post: ({ body, headers }) => {
      posted.push({ body, headers, atMs: clock.now() - startMs });
      return Promise.resolve(options.answer?.(body) ?? taken);
    },
    clock,
    random: () => options.random ?? 1,
    log: silentLog,
  });
  return {
    clock,
    queue,
    posted,
    add: (body: string, lane = body) => queue.add({ id: `id of ${body}`, lane, body, atMs: clock.now() }),
    /** Attempts that are under way come to their end first. */
    async turn(ms: number) {
      await settled();
      await clock.turn(ms);
    },
    bodies: () => posted.map(({ body }) => body),
    drop: () => (endpoint = undefined),
  };
}

describe('webhooks to one address', () => {
  it('are tried again ever later, with the same id and a signature of the moment, until they are taken', async () => {
    let left = 3;
    const { add, posted, turn, queue } = build({ answer: () => ((left -= 1) >= 0 ? failed : taken) });
    add('one');
    await turn(60_000);
    expect(posted.map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000, 7_000]);
    expect(new Set(posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(posted.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4);
    expect(queue.size()).toBe(0);
  });

  it.each([
    ['half of the time at least', 0, 500],
    ['all of it at most', 1, 1_000],
  ])('wait %s', async (_, random, second) => {
    const { add, posted, turn } = build({ answer: () => failed, random });
    add('one');
    await turn(second);
    expect(posted.map(({ atMs }) => atMs)).toEqual([0, second]);
  });

  it('wait as long as the other side wishes', async () => {
    let left = 1;
    const answer = (): PostOutcome => ((left -= 1) >= 0 ? { ...failed, retryAfterMs: 30_000 } : taken);
    const { add, posted, turn } = build({ answer });
    add('one');
    await turn(60_000);
    expect(posted.map(({ atMs }) => atMs)).toEqual([0, 30_000]);
  });

  it('are given up when their time is over, never waiting longer than five minutes', async () => {
    const { add, posted, clock, turn, queue } = build({ answer: () => failed });
    add('one');
    await turn(7_200_000);
    expect(queue.size()).toBe(0);
    expect(posted.at(-1)!.atMs).toBeLessThanOrEqual(3_600_000);
    const gaps = posted.slice(1).map(({ atMs }, index) => atMs - posted[index]!.atMs);
    expect(Math.max(...gaps)).toBe(300_000);
    expect(clock.pending()).toBe(0);
  });

  it('keep the order of one item while another goes past it', async () => {
    let isDown = true;
    const { add, bodies, turn } = build({ answer: (body) => (isDown && body.startsWith('a') ? failed : taken) });
    add('a1', 'a');
    add('a2', 'a');
    add('b1', 'b');
    add('b2', 'b');
    await settled();
    expect(bodies()).toEqual(['a1', 'b1', 'b2']);
    isDown = false;
    await turn(1_000);
    expect(bodies()).toEqual(['a1', 'b1', 'b2', 'a1', 'a2']);
  });

  it('are eight at a time', async () => {
    const { add, bodies, queue } = build({ answer: () => new Promise(() => undefined) });
    for (let count = 0; count < 20; count += 1) add(`n${count}`);
    await settled();
    expect(bodies()).toHaveLength(8);
    queue.stop();
  });

  it('never grow without bound: the oldest that is not under way goes', async () => {
    const { add, bodies, queue } = build({ answer: () => new Promise(() => undefined) });
    for (let count = 0; count < 10_050; count += 1) add(`n${count}`, `lane ${count % 5000}`);
    await settled();
    expect(queue.size()).toBe(10_000);
    expect(bodies()).toHaveLength(8);
    queue.stop();
  });

  it('are forgotten when the address is no more', async () => {
    const { add, posted, drop, queue } = build();
    drop();
    add('one');
    await queue.whenEmpty();
    expect(posted).toEqual([]);
  });

  it('leave no timer behind when they stop, and tell who waits for them', async () => {
    const { add, clock, queue } = build({ answer: () => failed });
    add('one');
    await settled();
    const empty = queue.whenEmpty();
    queue.stop();
    await empty;
    expect([clock.pending(), queue.size()]).toEqual([0, 0]);
    add('two');
    expect(queue.size()).toBe(0);
  });
});
