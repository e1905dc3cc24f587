/**
 * Deletes what the site keeps no longer: what is too old, and, where all together is too large, the oldest; recordings of
 * calls before messages, and no message that nobody has heard. Tells when the disk fills up.
 */
import { stat, statfs } from 'node:fs/promises';
import type { RetentionConfig } from '../../config/media-config.js';
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import type { VoicemailId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import type { DeletionReason } from '../../kernel/recording-events.js';
import { isMissing } from './recording-files.js';
import type { RecordingStore } from './recording-store.js';
import type { VoicemailStore } from './voicemail-store.js';

/** How often it is looked. Milliseconds. */
const EVERY_MS = 5 * 60_000;

export interface RetentionDeps {
  readonly rules: () => RetentionConfig;
  readonly folder: () => string;
  readonly recordings: Pick<RecordingStore, 'list' | 'remove'>;
  readonly voicemails: Pick<VoicemailStore, 'boxes' | 'list' | 'remove'>;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the file system that the folder is on; `undefined` when there is no folder yet. */
  readonly freeBytes?: (folder: string) => Promise<number | undefined>;
}

/** One file that may go. */
interface Kept {
  readonly atMs: number;
  readonly path: string;
  readonly keepMs: number | undefined;
  /** The lower goes first where there is too much; what has none stays. */
  readonly rank: number | undefined;
  remove(why: DeletionReason): Promise<unknown>;
}

export interface Retention {
  /** Looks now. */
  sweep(): Promise<void>;
  stop(): void;
}

export function startRetention(deps: RetentionDeps): Retention {
  const { clock, log } = deps;
  const watch = createDiskWatch(deps);
  let cancel = (): void => undefined;
  let isStopped = false;

  let running: Promise<void> | undefined;

  /** Not twice at once: each file goes once. */
  function sweep(): Promise<void> {
    running ??= look().finally(() => (running = undefined));
    return running;
  }

  async function look(): Promise<void> {
    try {
      await watch.look();
      await deleteWhatIsTooMuch(deps);
    } catch (error) {
      log.error({ err: error }, 'recordings could not be looked through for what is kept no longer');
    }
  }

  function next(): void {
    if (isStopped) return;
    cancel = clock.after(EVERY_MS, () => void sweep().then(next));
  }
  void sweep().then(next);

  return {
    sweep,
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

async function deleteWhatIsTooMuch(deps: RetentionDeps): Promise<void> {
  const { maxBytes } = deps.rules();
  const nowMs = deps.clock.now();
  const left: Kept[] = [];
  for (const kept of await everythingIn(deps)) {
    const isTooOld = kept.keepMs !== undefined && nowMs - kept.atMs > kept.keepMs;
    if (isTooOld) await kept.remove('too-old');
    else left.push(kept);
  }
  if (maxBytes === undefined) return;
  const sized = await Promise.all(left.map(async (kept) => ({ kept, bytes: await sizeOf(kept.path) })));
  let total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  const byRank = sized
    .filter(({ kept }) => kept.rank !== undefined)
    .sort((a, b) => (a.kept.rank ?? 0) - (b.kept.rank ?? 0) || a.kept.atMs - b.kept.atMs);
  for (const { kept, bytes } of byRank) {
    if (total <= maxBytes) return;
    await kept.remove('too-much');
    total -= bytes;
  }
}

async function everythingIn({ rules, recordings, voicemails }: RetentionDeps): Promise<readonly Kept[]> {
  const { recordingsMs, messagesMs } = rules();
  const found: Kept[] = [];
  for (const { id, path, atMs, isComplete } of await recordings.list()) {
    if (isComplete)
      found.push({ atMs, path, keepMs: recordingsMs, rank: 0, remove: (why) => recordings.remove(id, why) });
  }
  for (const box of await voicemails.boxes()) found.push(...(await messagesIn(box, voicemails, messagesMs)));
  return found;
}

async function messagesIn(
  box: VoicemailId,
  voicemails: RetentionDeps['voicemails'],
  keepMs: number | undefined,
): Promise<readonly Kept[]> {
  const messages = await voicemails.list(box);
  return messages.map(({ id, path, atMs, isHeard }) => ({
    ...{ atMs, path, keepMs, rank: isHeard ? 1 : undefined },
    remove: (why) => voicemails.remove(box, id, why),
  }));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

function createDiskWatch({ rules, folder, events, freeBytes = freeBytesAt }: RetentionDeps) {
  let isLow = false;
  return {
    async look(): Promise<void> {
      const free = await freeBytes(folder());
      if (free === undefined || free < rules().minFreeBytes === isLow) return;
      isLow = !isLow;
      events.emit({ type: isLow ? 'recordings.disk_low' : 'recordings.disk_ok', freeBytes: free });
    },
  };
}

async function freeBytesAt(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
