/** Messages as files: a WAV file each, and beside it a JSON file, the note, of what is known of the message. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import { workId, type VoicemailId, type WorkId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import { LEAST_MESSAGE_MS } from '../call/call-menu.js';
import { isMissing, partsOf, readRecording, wavNames } from './recording-files.js';

export interface VoicemailFolder {
  /** Newest first. @param page.before only those that are older than this one */
  list(box: VoicemailId, page?: { readonly before?: string; readonly limit?: number }): Promise<readonly Message[]>;
  find(box: VoicemailId, id: string): Promise<Message | undefined>;
  /** @returns false when there is no such message */
  setHeard(box: VoicemailId, id: string, isHeard: boolean): Promise<boolean>;
  /** @returns false when there is no such message */
  remove(box: VoicemailId, id: string): Promise<boolean>;
  /** From now on the file is a message. */
  keep(box: VoicemailId, id: string, note: Note): Promise<void>;
}

export interface Message {
  readonly id: string;
  readonly box: VoicemailId;
  readonly call: WorkId;
  /** Absent when the controller died before it could write it down. */
  readonly from?: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly isHeard: boolean;
  /** Of the WAV file, as this controller sees it. */
  readonly path: string;
}

const noteSchema = z.object({
  from: z.string().optional(),
  durationMs: z.number().nonnegative(),
  heard: z.boolean(),
});
export type Note = z.infer<typeof noteSchema>;

/** A message without a note is one when nothing has been written to it for so long: nobody records it any more. */
const ABANDONED_MS = 60_000;

interface FolderDeps {
  /** Of recordings, as this controller sees it. */
  readonly folder: () => string;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createVoicemailFolder(deps: FolderDeps): VoicemailFolder {
  const folderOf = (box: VoicemailId): string => join(deps.folder(), 'voicemail', safeName(box));
  const find = (box: VoicemailId, id: string): Promise<Message | undefined> => findIn(folderOf(box), box, id, deps);

  return {
    find,
    keep: (box, id, note) => writeNote(folderOf(box), id, note),
    async list(box, { before, limit = Number.POSITIVE_INFINITY } = {}) {
      const names = (await wavNames(folderOf(box))).filter((id) => before === undefined || id < before);
      const messages: Message[] = [];
      for (const id of names.reverse()) {
        if (messages.length >= limit) break;
        const message = await find(box, id);
        if (message !== undefined) messages.push(message);
      }
      return messages;
    },
    async setHeard(box, id, isHeard) {
      const message = await find(box, id);
      if (message === undefined) return false;
      const { from, durationMs } = message;
      await writeNote(folderOf(box), id, { ...(from === undefined ? {} : { from }), durationMs, heard: isHeard });
      return true;
    },
    async remove(box, id) {
      const message = await find(box, id);
      if (message === undefined) return false;
      await rm(message.path, { force: true });
      await rm(notePath(folderOf(box), id), { force: true });
      return true;
    },
  };
}

async function findIn(
  folder: string,
  box: VoicemailId,
  id: string,
  { clock, log }: FolderDeps,
): Promise<Message | undefined> {
  const recording = await readRecording(folder, id);
  if (recording === undefined) return undefined;
  const { path, atMs } = recording;
  const call = workId(partsOf(id)?.call ?? '');
  const note = await readNote(folder, id, log);
  if (note === undefined) {
    const isMessage = clock.now() - recording.writtenMs >= ABANDONED_MS && recording.durationMs >= LEAST_MESSAGE_MS;
    return isMessage ? { id, box, call, atMs, durationMs: recording.durationMs, isHeard: false, path } : undefined;
  }
  const from = note.from === undefined ? {} : { from: note.from };
  return { id, box, call, ...from, atMs, durationMs: note.durationMs, isHeard: note.heard, path };
}

/** Ids come from the configuration, or from whoever asks: none leads out of the folder. */
function safeName(box: VoicemailId): string {
  return /^[\w-]+$/.test(box) ? box : '_';
}

function notePath(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

/** As a whole or not at all. */
async function writeNote(folder: string, id: string, note: Note): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${id}.${randomUUID()}.tmp`);
  await writeFile(draft, `${JSON.stringify(note)}\n`);
  await rename(draft, notePath(folder, id));
}

/** @returns `undefined` when there is none, or none that makes sense */
async function readNote(folder: string, id: string, log: Logger): Promise<Note | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(notePath(folder, id), 'utf8')));
  } catch (error) {
    if (!isMissing(error)) log.warn({ folder, message: id, err: error }, 'what is known of a message cannot be read');
    return undefined;
  }
}
