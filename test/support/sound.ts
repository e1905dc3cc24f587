/** Sound as sound: tones made and found again (Goertzel), G.711 mu-law in between. 8000 samples a second, 16 bit. */

const rate = 8000;

export function toneSamples(hz: number, count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => 8000 * Math.sin((2 * Math.PI * hz * (from + index)) / rate));
}

/** How much of the samples' power lies at the frequency; 0 to 1, and 0 for silence. */
export function shareOf(hz: number, samples: readonly number[]): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0);
  if (samples.length === 0 || power / samples.length < 50 * 50) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let [last, before] = [0, 0];
  for (const sample of samples) [last, before] = [sample + coefficient * last - before, last];
  const magnitude = last * last + before * before - coefficient * last * before;
  return Math.min(1, (2 * magnitude) / (samples.length * power));
}

/** Root of the mean square. */
export function loudness(samples: readonly number[]): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
}

export function toMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(32635, Math.abs(Math.round(sample))) + 132;
  const exponent = Math.floor(Math.log2(biased)) - 7;
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 15)) & 0xff;
}

export function fromMulaw(byte: number): number {
  const bits = ~byte & 0xff;
  const value = (((bits & 15) * 8 + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80) === 0 ? value : -value;
}

/** The samples of a WAV file of 16 bit linear PCM, per channel. */
export function wavSamples(file: Buffer): { readonly rate: number; readonly channels: number[][] } {
  if (file.toString('latin1', 0, 4) !== 'RIFF') throw new Error('no WAV file');
  let [at, channels, sampleRate] = [12, 1, rate];
  for (;;) {
    const kind = file.toString('latin1', at, at + 4);
    const size = Math.min(file.readUInt32LE(at + 4), file.length - at - 8);
    const body = file.subarray(at + 8, at + 8 + size);
    if (kind === 'fmt ') [channels, sampleRate] = [body.readUInt16LE(2), body.readUInt32LE(4)];
    if (kind === 'data') {
      const all = Array.from({ length: Math.floor(size / 2) }, (_, index) => body.readInt16LE(2 * index));
      const pick = (channel: number): number[] => all.filter((_, index) => index % channels === channel);
      return { rate: sampleRate, channels: Array.from({ length: channels }, (_, channel) => pick(channel)) };
    }
    at += 8 + size + (size % 2);
  }
}

export function wavFile(samples: readonly number[]): Buffer {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + 2 * samples.length, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, index) => file.writeInt16LE(Math.round(sample), 44 + 2 * index));
  return file;
}
