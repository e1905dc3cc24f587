/** Sound made and recognised, for tests: 8000 samples a second. */

/** A sine; `start` is the number of its first sample, so that pieces fit together. */
export function sine(hz: number, length: number, start = 0, amplitude = 8000): Int16Array {
  return Int16Array.from({ length }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * (start + i)) / 8000)),
  );
}

/** How much of the energy of `samples` lies at `hz`, 0 to 1 (Goertzel's algorithm). */
export function shareOf(hz: number, samples: Int16Array): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / 8000);
  let before = 0;
  let last = 0;
  let energy = 0;
  for (const sample of samples) {
    const next = sample + coefficient * last - before;
    before = last;
    last = next;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power = last * last + before * before - coefficient * last * before;
  return (2 * power) / (samples.length * energy);
}

/** Mean magnitude. */
export function loudnessOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += Math.abs(sample);
  return samples.length === 0 ? 0 : sum / samples.length;
}

const LOUD = 100;

/** Whether a tone is there and nearly alone, or one of `among` tones of equal strength. */
export function hasTone(hz: number, samples: Int16Array, among = 1): boolean {
  return loudnessOf(samples) > LOUD && shareOf(hz, samples) > 0.7 / among;
}

/** Whether nothing is to be heard. */
export function isSilent(samples: Int16Array): boolean {
  return loudnessOf(samples) < LOUD;
}
