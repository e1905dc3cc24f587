/**
 * Recordings of calls: WAV files in `calls/` below the folder of recordings, each with a JSON file of the same name beside
 * it that says between whom. The folder is all there is, for every controller that sees it.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import { workId, type WorkId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import type { DeletionReason } from '../../kernel/recording-events.js';
import { isSameNumber, notePath, readNote, removeFile, writeNote } from './note-files.js';
import { partsOf, readRecording, wavNames, type RecordingFile } from './recording-files.js';

export interface RecordingStore {
  /** Newest first. @param page.before only those that are older than this one */
  list(page?: { readonly before?: string; readonly limit?: number }): Promise<readonly Recording[]>;
  /** Oldest first. */
  of(call: WorkId): Promise<readonly Recording[]>;
  find(id: string): Promise<Recording | undefined>;
  remove(id: string, why: DeletionReason): Promise<'removed' | 'unknown' | 'still-recording'>;
  /** All that this number has called, or was called by. @returns how many */
  erase(number: string): Promise<number>;
  close(): Promise<void>;
}

export interface Recording extends RecordingFile {
  readonly call: WorkId;
  /** Absent where nothing was written down. */
  readonly from?: string;
  readonly to?: string;
  /** Nothing is written to it any more. */
  readonly isComplete: boolean;
}

const noteSchema = z.object({ from: z.string(), to: z.string() });
type Note = z.infer<typeof noteSchema>;

/** A file of another controller's is complete when nothing has been written to it for so long. Milliseconds. */
const QUIET_MS = 5_000;

/** How far a file may be behind what its media server says of it. Milliseconds. */
const TOLERANCE_MS = 2_000;

interface StoreDeps {
  /** Of recordings, as this controller sees it. */
  readonly folder: () => string;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createRecordingStore(deps: StoreDeps): RecordingStore {
  const { clock, events, log } = deps;
  const here = (): string => join(deps.folder(), 'calls');
  const running = followRunning(deps);

  async function find(id: string): Promise<Recording | undefined> {
    const file = await readRecording(here(), id);
    if (file === undefined) return undefined;
    const note = await readNote(here(), id, noteSchema, log);
    const isComplete = !running.has(id) && clock.now() - file.writtenMs >= QUIET_MS;
    return { ...file, call: workId(partsOf(id)?.call ?? ''), ...note, isComplete };
  }

  async function all(names: readonly string[], limit = Number.POSITIVE_INFINITY): Promise<readonly Recording[]> {
    const found: Recording[] = [];
    for (const id of names) {
      if (found.length >= limit) break;
      const recording = await find(id);
      if (recording !== undefined) found.push(recording);
    }
    return found;
  }

  async function remove(id: string, why: DeletionReason): Promise<'removed' | 'unknown' | 'still-recording'> {
    const recording = await find(id);
    if (recording === undefined) return 'unknown';
    if (!recording.isComplete) return 'still-recording';
    if (!(await removeFile(recording.path))) return 'unknown';
    await rm(notePath(here(), id), { force: true });
    events.emit({ type: 'recording.deleted', recording: id, why });
    return 'removed';
  }

  return {
    find,
    remove,
    async list({ before, limit } = {}) {
      const names = (await wavNames(here())).filter((id) => before === undefined || id < before);
      return all(names.reverse(), limit);
    },
    of: async (call) => all((await wavNames(here())).filter((id) => partsOf(id)?.call === call)),
    async erase(number) {
      let erased = 0;
      for (const { id, from, to } of await all(await wavNames(here()))) {
        if (!isSameNumber(from, number) && !isSameNumber(to, number)) continue;
        if ((await remove(id, 'erased')) === 'removed') erased += 1;
      }
      return erased;
    },
    close: () => running.close(),
  };
}

/** Which files are being recorded by calls of this controller; writes down between whom they are. */
function followRunning({ events, folder, clock, log }: StoreDeps) {
  const parties = new Map<WorkId, Note>();
  const files = new Map<string, WorkId>();
  const writing = new Set<Promise<void>>();

  function inBackground(work: () => Promise<void>, file: string): void {
    const done = work()
      .catch((error: unknown) => {
        log.error({ err: error, file }, 'what is known of a recording could not be written down');
        events.emit({ type: 'recordings.write_failed', file, why: codeOf(error) });
      })
      .finally(() => writing.delete(done));
    writing.add(done);
  }

  async function checkLength(file: string, durationMs: number): Promise<void> {
    const id = idOf(file) ?? '';
    const written = await readRecording(join(folder(), 'calls'), id);
    const writtenMs = written?.durationMs ?? 0;
    if (durationMs - writtenMs > TOLERANCE_MS) {
      events.emit({ type: 'recording.incomplete', file, durationMs, writtenMs });
    }
  }

  const unsubscribe = events.subscribe((event) => {
    heedParties(event, parties);
    if (event.type === 'call.recording_started') {
      const id = idOf(event.file);
      if (id === undefined) return;
      files.set(id, event.call);
      const note = parties.get(event.call);
      if (note !== undefined) inBackground(() => writeNote(join(folder(), 'calls'), id, note), event.file);
    } else if (event.type === 'call.recorded') {
      const { file, durationMs } = event;
      if (files.delete(idOf(file) ?? ''))
        clock.after(QUIET_MS, () => inBackground(() => checkLength(file, durationMs), file));
    } else if (event.type === 'call.ended') {
      parties.delete(event.call);
      for (const [id, call] of files) if (call === event.call) files.delete(id);
    }
  });

  return {
    has: (id: string): boolean => files.has(id),
    async close() {
      unsubscribe();
      while (writing.size > 0) await Promise.all(writing);
    },
  };
}

function heedParties(event: SwitchboardEvent, parties: Map<WorkId, Note>): void {
  if (event.type === 'call.arrived') parties.set(event.call, { from: event.from, to: event.to });
  if (event.type === 'callback.taken_over') parties.set(event.call, { from: event.number, to: event.queue });
}

/** Of a file among the recordings of calls; `undefined` for others. */
function idOf(file: string): string | undefined {
  const name = /^calls\/([^/]+)\.wav$/.exec(file)?.[1];
  return name === undefined || partsOf(name) === undefined ? undefined : name;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
