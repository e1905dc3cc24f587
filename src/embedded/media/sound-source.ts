/** Sound to be played, 8000 samples a second, drawn in frames. */
export interface SoundSource {
  /**
   * Fills the whole frame, with silence behind the end of the sound. Answers how many samples of it are sound;
   * fewer than asked means that the end has come.
   */
  read(frame: Int16Array): number;
  close(): void;
}

export const SAMPLE_RATE = 8000;

/** Silence for so many milliseconds; for ever when that is not positive. */
export function silence(ms: number): SoundSource {
  let left = ms > 0 ? (ms * SAMPLE_RATE) / 1000 : Infinity;
  return {
    read: (frame) => {
      frame.fill(0);
      const count = Math.min(frame.length, Math.round(left));
      left -= count;
      return count;
    },
    close: () => undefined,
  };
}

/** A piece of sound that is in memory, played `times` times; for ever when that is not positive. */
export function samplesSource(samples: Int16Array, times = 1): SoundSource {
  let position = 0;
  let left = times > 0 ? times : Infinity;
  return {
    read: (frame) => {
      let filled = 0;
      while (filled < frame.length && left > 0 && samples.length > 0) {
        const piece = samples.subarray(position, position + frame.length - filled);
        frame.set(piece, filled);
        filled += piece.length;
        position += piece.length;
        if (position < samples.length) continue;
        position = 0;
        left--;
      }
      frame.fill(0, filled);
      return filled;
    },
    close: () => undefined,
  };
}

/** One after the other. A part is opened when its turn comes; one that cannot be opened is passed over. */
export function sequence(parts: readonly (() => SoundSource | undefined)[]): SoundSource {
  let index = 0;
  let current: SoundSource | undefined;
  const rest = (frame: Int16Array, from: number): number => {
    let filled = from;
    while (filled < frame.length) {
      current ??= parts[index++]?.();
      if (current === undefined) {
        if (index > parts.length) break;
        continue;
      }
      const room = frame.subarray(filled);
      const count = current.read(room);
      filled += count;
      if (count === room.length) break;
      current.close();
      current = undefined;
    }
    frame.fill(0, filled);
    return filled;
  };
  return {
    read: (frame) => rest(frame, 0),
    close: () => current?.close(),
  };
}
