/** Callers who come as they please, after the programme, until somebody stops the demo. */
import type { Habit } from './phone.js';
import { place, type Stage } from './stage.js';
import type { Viewer } from './viewers.js';

const MEAN_PAUSE_MS = 900;
const MANY_CALLS = 12;
const LONGEST_TALK_MS = 8_000;

export async function playTraffic(stage: Stage, viewer: Viewer, stopped: Promise<unknown>): Promise<void> {
  viewer.showScene({
    title: 'A busy afternoon',
    story: 'Callers dial any queue, agents are quick, slow, busy or not at their desks. Until you press Ctrl-C.',
  });
  const ending = { isStopped: false };
  const numbers = stage.config.entryPoints.flatMap(({ number, to }) => (to.kind === 'queue' ? [number] : []));
  const stop = stopped.then(() => (ending.isStopped = true));
  const running = new Set<Promise<unknown>>();
  while (!ending.isStopped) {
    for (const phone of stage.phones) phone.habit = anyHabit();
    if (running.size < MANY_CALLS) {
      const call = place(stage, {
        to: anyOf(numbers),
        talkMs: Math.min(1000 + exponential(3000), LONGEST_TALK_MS),
        patienceMs: 15_000,
      });
      const done = call.done.finally(() => running.delete(done));
      running.add(done);
    }
    await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, exponential(MEAN_PAUSE_MS)).unref())]);
  }
  viewer.showScene({ title: 'Closing time', story: 'The last calls come to their end.' });
  await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
}

function anyHabit(): Habit {
  const dice = Math.random();
  if (dice < 0.05) return { kind: 'busy' };
  if (dice < 0.1) return { kind: 'declines', afterMs: 800 };
  if (dice < 0.2) return { kind: 'never answers' };
  return { kind: 'answers', afterMs: 400 + exponential(800) };
}

function exponential(meanMs: number): number {
  return -Math.log(1 - Math.random()) * meanMs;
}

function anyOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}
