/** Messages as files: a WAV file each, and beside it a JSON file, the note, of what is known of the message. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import { voicemailId, workId, type VoicemailId, type WorkId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import type { DeletionReason } from '../../kernel/recording-events.js';
import { LEAST_MESSAGE_MS } from '../call/call-menu.js';
import { isSameNumber, notePath, readNote, removeFile, writeNote } from './note-files.js';
import { isMissing, partsOf, readRecording, wavNames } from './recording-files.js';

export interface VoicemailFolder {
  /** Newest first. @param page.before only those that are older than this one */
  list(box: VoicemailId, page?: { readonly before?: string; readonly limit?: number }): Promise<readonly Message[]>;
  find(box: VoicemailId, id: string): Promise<Message | undefined>;
  /** @returns false when there is no such message */
  setHeard(box: VoicemailId, id: string, isHeard: boolean): Promise<boolean>;
  /** @returns false when there is no such message */
  remove(box: VoicemailId, id: string, why: DeletionReason): Promise<boolean>;
  /** All that this number has left. @returns how many */
  erase(number: string): Promise<number>;
  /** That there are messages in, also those that the configuration has no more. */
  boxes(): Promise<readonly VoicemailId[]>;
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
  readonly events: EventStream;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createVoicemailFolder(deps: FolderDeps): VoicemailFolder {
  const folderOf = (box: VoicemailId): string => join(deps.folder(), 'voicemail', safeName(box));
  const find = (box: VoicemailId, id: string): Promise<Message | undefined> => findIn(folderOf(box), box, id, deps);

  const list: VoicemailFolder['list'] = async (box, { before, limit = Number.POSITIVE_INFINITY } = {}) => {
    const names = (await wavNames(folderOf(box))).filter((id) => before === undefined || id < before);
    const messages: Message[] = [];
    for (const id of names.reverse()) {
      if (messages.length >= limit) break;
      const message = await find(box, id);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  };

  const remove: VoicemailFolder['remove'] = async (box, id, why) => {
    const message = await find(box, id);
    if (message === undefined || !(await removeFile(message.path))) return false;
    await rm(notePath(folderOf(box), id), { force: true });
    deps.events.emit({ type: 'voicemail.deleted', voicemail: box, message: id, why });
    return true;
  };

  const boxes = (): Promise<readonly VoicemailId[]> => boxesIn(join(deps.folder(), 'voicemail'));

  return {
    find,
    keep: (box, id, note) => writeNote(folderOf(box), id, note),
    list,
    async setHeard(box, id, isHeard) {
      const message = await find(box, id);
      if (message === undefined) return false;
      const { from, durationMs } = message;
      await writeNote(folderOf(box), id, { ...(from === undefined ? {} : { from }), durationMs, heard: isHeard });
      return true;
    },
    remove,
    boxes,
    async erase(number) {
      let erased = 0;
      for (const box of await boxes()) {
        for (const { id, from } of await list(box)) {
          if (isSameNumber(from, number) && (await remove(box, id, 'erased'))) erased += 1;
        }
      }
      return erased;
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
  const note = await readNote(folder, id, noteSchema, log);
  if (note === undefined) {
    const isMessage = clock.now() - recording.writtenMs >= ABANDONED_MS && recording.durationMs >= LEAST_MESSAGE_MS;
    return isMessage ? { id, box, call, atMs, durationMs: recording.durationMs, isHeard: false, path } : undefined;
  }
  const from = note.from === undefined ? {} : { from: note.from };
  return { id, box, call, ...from, atMs, durationMs: note.durationMs, isHeard: note.heard, path };
}

async function boxesIn(folder: string): Promise<readonly VoicemailId[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => voicemailId(name));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Ids come from the configuration, or from whoever asks: none leads out of the folder. */
function safeName(box: VoicemailId): string {
  return /^[\w-]+$/.test(box) ? box : '_';
}
