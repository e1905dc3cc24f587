/** The JSON file beside a WAV file, of what is known of it: as a whole or not at all. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Logger } from '../../kernel/logger.js';
import { isMissing } from './recording-files.js';

export function notePath(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

export async function writeNote(folder: string, id: string, note: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${id}.${randomUUID()}.tmp`);
  try {
    await writeFile(draft, `${JSON.stringify(note)}\n`);
    await rename(draft, notePath(folder, id));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** @returns false when another controller was quicker */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** @returns `undefined` when there is none, or none that makes sense */
export async function readNote<Note>(
  folder: string,
  id: string,
  schema: z.ZodType<Note>,
  log: Logger,
): Promise<Note | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(notePath(folder, id), 'utf8')));
  } catch (error) {
    if (!isMissing(error)) log.warn({ folder, id, err: error }, 'what is known of a recording cannot be read');
    return undefined;
  }
}

/** @returns whether the two are one number, written with or without the prefix of international calls */
export function isSameNumber(a: string | undefined, b: string): boolean {
  return a !== undefined && bare(a) === bare(b);
}

function bare(number: string): string {
  return number.replace(/[ ().\-/]/g, '').replace(/^(\+|00)/, '');
}
