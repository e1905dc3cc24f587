/**
 * Messages that callers have left: WAV files in `voicemail/<box>/` below the folder of recordings, each with a JSON file
 * of the same name beside it that says who called, when, and whether it has been heard. There is no other index: what is
 * in the folder is there after a restart, and for every controller that sees the folder.
 *
 * ```
 *  call.recording_started ──► (file grows) ──call.message_left──► JSON beside it, voicemail.arrived
 *                                  └── call.ended without: too short, the file is deleted
 * ```
 */
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import type { CallEvent } from '../../kernel/events.js';
import { voicemailId, type VoicemailId, type WorkId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import { isMissing } from './recording-files.js';
import { codeOf } from './recording-store.js';
import { createVoicemailFolder, type VoicemailFolder } from './voicemail-folder.js';

export interface VoicemailStore extends VoicemailFolder {
  /** Hears of no more messages; what it has heard of is written down first. */
  close(): Promise<void>;
}

/** So long after the end of a call its media server has opened the file that was to be recorded, if it ever does. */
const SETTLED_MS = 2_000;

interface StoreDeps {
  /** Of recordings, as this controller sees it. */
  readonly folder: () => string;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createVoicemailStore(deps: StoreDeps): VoicemailStore {
  const { events, log } = deps;
  const messages = createVoicemailFolder(deps);
  const chores = createChores(deps);
  /** Files that are no messages yet, by their call. */
  const begun = new Map<WorkId, Set<string>>();

  async function arrived(event: Extract<CallEvent, { type: 'call.message_left' }>, id: string): Promise<void> {
    const { call, voicemail, from, durationMs, file } = event;
    await messages.keep(voicemail, id, { from, durationMs, heard: false });
    events.emit({ type: 'voicemail.arrived', voicemail, message: id, call, from, durationMs });
    chores.later(() => warnWhenMissing(join(deps.folder(), file), log), 'a message could not be looked at');
  }

  const unsubscribe = events.subscribe((event) => {
    switch (event.type) {
      case 'call.recording_started': {
        if (placeOf(event.file) === undefined) return;
        const files = begun.get(event.call) ?? new Set<string>();
        begun.set(event.call, files.add(event.file));
        return;
      }
      case 'call.message_left': {
        begun.get(event.call)?.delete(event.file);
        const place = placeOf(event.file);
        if (place === undefined) return;
        return chores.now(() => arrived(event, place.id), 'a message could not be written down', event.file);
      }
      case 'call.ended': {
        const files = begun.get(event.call);
        begun.delete(event.call);
        for (const file of files ?? []) {
          const path = join(deps.folder(), file);
          chores.later(() => rm(path, { force: true }), 'a message that was too short was not deleted');
        }
        return;
      }
      default:
        return;
    }
  });

  return {
    ...messages,
    async close() {
      unsubscribe();
      await chores.finish();
    },
  };
}

/** Work in the background, some of it once the media server has done with its files. */
function createChores({ clock, events, log }: StoreDeps) {
  const waiting = new Map<() => void, () => void>();
  const running = new Set<Promise<void>>();

  function now(work: () => Promise<void>, failed: string, file?: string): void {
    const done = work()
      .catch((error: unknown) => {
        log.error({ err: error }, failed);
        if (file !== undefined) events.emit({ type: 'recordings.write_failed', file, why: codeOf(error) });
      })
      .finally(() => running.delete(done));
    running.add(done);
  }

  return {
    now,
    later(work: () => Promise<void>, failed: string): void {
      const run = (): void => {
        waiting.delete(run);
        now(work, failed);
      };
      waiting.set(run, clock.after(SETTLED_MS, run));
    },
    async finish(): Promise<void> {
      while (waiting.size > 0 || running.size > 0) {
        for (const [run, cancel] of [...waiting]) {
          cancel();
          run();
        }
        await Promise.all(running);
      }
    },
  };
}

async function warnWhenMissing(path: string, log: Logger): Promise<void> {
  await stat(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    log.error({ path }, 'the sound of a message is not there: do the media servers write to this folder?');
  });
}

/** Of a file in the voicemail; `undefined` for others. */
function placeOf(file: string): { readonly box: VoicemailId; readonly id: string } | undefined {
  const [folder, box, name, ...deeper] = file.split('/');
  if (folder !== 'voicemail' || box === undefined || name?.endsWith('.wav') !== true || deeper.length > 0)
    return undefined;
  return { box: voicemailId(box), id: name.slice(0, -'.wav'.length) };
}
