/** Recordings as files: `calls/<time>-<call>.wav` below the folder of recordings, one or more of each recorded call. */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface RecordingFile {
  /** The file's name without its ending. */
  readonly id: string;
  readonly path: string;
  readonly atMs: number;
  /** So far, while it is being recorded. */
  readonly durationMs: number;
  /** Nothing has been written to it since. */
  readonly writtenMs: number;
}

/** @returns `undefined` when there is no such file, or it is none of ours */
export async function readRecording(folder: string, id: string): Promise<RecordingFile | undefined> {
  const parts = partsOf(id);
  const path = join(folder, `${id}.wav`);
  const sound = parts === undefined ? undefined : await readSound(path);
  return parts === undefined || sound === undefined ? undefined : { id, path, atMs: parts.atMs, ...sound };
}

/** Names of files that may be ours, without their ending, oldest first. */
export async function wavNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(nothingWhenMissing);
  return names
    .filter((name) => name.endsWith('.wav'))
    .map((name) => name.slice(0, -'.wav'.length))
    .filter((name) => partsOf(name) !== undefined)
    .sort();
}

/** `2026-11-22T06-37-12-345Z-<call>`, as `call-recording.ts` names them; nothing else, so that no name leads elsewhere. */
export function partsOf(id: string): { readonly atMs: number; readonly call: string } | undefined {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z-([\w-]{1,64})$/.exec(id);
  if (match === null) return undefined;
  const [, day, hours, minutes, seconds, ms, call = ''] = match;
  const atMs = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${ms}Z`);
  return Number.isNaN(atMs) ? undefined : { atMs, call };
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isLink(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOOP';
}

function nothingWhenMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}

/** Where the chunks before the sound of a WAV file end at the latest. */
const LONGEST_HEADER_BYTES = 4096;

/**
 * By the file's size rather than by what its header says of it: that is written last, and wrong in a file that is being
 * recorded, or whose media server has died. @returns `undefined` for what is no WAV file
 */
async function readSound(path: string): Promise<Pick<RecordingFile, 'durationMs' | 'writtenMs'> | undefined> {
  // Nothing but files that are here: no link leads elsewhere.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (isMissing(error) || isLink(error)) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return undefined;
    const { size, mtimeMs: writtenMs } = stats;
    const header = Buffer.alloc(Math.min(size, LONGEST_HEADER_BYTES));
    await file.read(header, 0, header.length, 0);
    const sound = soundIn(header);
    if (sound === undefined) return undefined;
    return { durationMs: Math.round(((size - sound.startsAt) * 1000) / sound.bytesPerSecond), writtenMs };
  } finally {
    await file.close();
  }
}

function soundIn(header: Buffer): { readonly startsAt: number; readonly bytesPerSecond: number } | undefined {
  const isWav = header.toString('latin1', 0, 4) === 'RIFF' && header.toString('latin1', 8, 12) === 'WAVE';
  let bytesPerSecond = 0;
  for (let at = 12; isWav && at + 8 <= header.length;) {
    const name = header.toString('latin1', at, at + 4);
    const length = header.readUInt32LE(at + 4);
    if (name === 'data') return bytesPerSecond > 0 ? { startsAt: at + 8, bytesPerSecond } : undefined;
    if (name === 'fmt ' && at + 20 <= header.length) bytesPerSecond = header.readUInt32LE(at + 16);
    // Chunks are padded to an even length.
    at += 8 + length + (length % 2);
  }
  return undefined;
}
