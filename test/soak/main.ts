/**
 * `npm run soak [-- --hours 24]`: a day of traffic at ten calls a second, compressed into minutes. The live heap is
 * measured after every simulated hour; code 0 when it stays flat and nothing is left at the end.
 */
import { parseArgs } from 'node:util';
import { createEventHistory } from '../../src/http/event-history.js';
import { liveHeapBytes, slopeOf } from './heap.js';
import { createSimulation } from './simulation.js';

/** The heap may grow by this share of itself over the whole run and still count as flat: noise of the measurement. */
const flatWithin = 0.02;
const hourMs = 3_600_000;
const quietMs = 600_000;

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '24' }, rate: { type: 'string', default: '10' } },
});
const hours = Number(values.hours);
const simulation = await createSimulation({ callsPerSecond: Number(values.rate), seed: 24 });
// As in production: the last events are kept for who reads them late.
const history = createEventHistory(simulation.events, 1000);
const startedAt = performance.now();

console.log('hour      calls  live heap   in the shop before');
const heaps: number[] = [];
for (let hour = 1; hour <= hours; hour += 1) {
  await simulation.run(hourMs);
  const busy = await simulation.leftovers();
  // Measured with the shop empty, so that it does not matter how many calls the hour ended with.
  await simulation.quiet(quietMs);
  const bytes = liveHeapBytes();
  heaps.push(bytes);
  console.log(
    `${String(hour).padStart(4)} ${String(simulation.tally.calls).padStart(10)} ${megabytes(bytes).padStart(7)} MB` +
      `   ${busy.calls} calls, ${busy.waiting} of them waiting or ringing, ${busy.timers} timers`,
  );
}
await simulation.drain();
const leftovers = await simulation.leftovers();
history.close();
await simulation.close();

// The first hours fill histories and caches.
const settledHeaps = heaps.slice(Math.min(2, heaps.length - 2));
const mean = settledHeaps.reduce((sum, bytes) => sum + bytes, 0) / settledHeaps.length;
const growth = (slopeOf(settledHeaps) * settledHeaps.length) / mean;
const isFlat = growth < flatWithin;
const isEmpty = Object.values(leftovers).every((left) => left === 0);
const seconds = (performance.now() - startedAt) / 1000;

console.log('');
for (const [what, times] of Object.entries(simulation.tally).sort()) console.log(`${what.padEnd(24)} ${times}`);
console.log('');
console.log(
  `heap: ${growth >= 0 ? '+' : ''}${(growth * 100).toFixed(2)} % over the run (flat is below ${flatWithin * 100} %)`,
);
console.log(`left: ${isEmpty ? 'nothing' : JSON.stringify(leftovers)}`);
console.log(`${hours} h in ${seconds.toFixed(0)} s: ${isFlat && isEmpty ? 'passed' : 'FAILED'}`);
process.exitCode = isFlat && isEmpty ? 0 : 1;

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(2);
}
