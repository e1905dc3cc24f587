import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

/** Deleted when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-recordings-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Silence of so many milliseconds: 16 bits, 8000 Hz, one channel.
 * @param options.isCut as a media server leaves it that dies while recording: the header claims nothing
 * @param options.agoMs when it was last written to
 */
export function writeWav(path: string, ms: number, { isCut = false, agoMs = 0 } = {}): void {
  mkdirSync(dirname(path), { recursive: true });
  const bytes = ms * 16;
  const wav = Buffer.alloc(44 + bytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(isCut ? 0 : 36 + bytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(isCut ? 0 : bytes, 40);
  writeFileSync(path, wav);
  const at = (Date.now() - agoMs) / 1_000;
  if (agoMs > 0) utimesSync(path, at, at);
}
