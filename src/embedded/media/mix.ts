/** Adds one voice to another; what is too loud for 16 bit is cut. */
export function addInto(target: Int16Array, voice: Int16Array): void {
  for (let i = 0; i < target.length; i++) {
    const sum = (target[i] ?? 0) + (voice[i] ?? 0);
    target[i] = sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
  }
}

/** Mean magnitude of the samples: FreeSWITCH's measure of loudness for the end of a recording. */
export function loudness(frame: Int16Array): number {
  let sum = 0;
  for (const sample of frame) sum += Math.abs(sample);
  return sum / frame.length;
}
