/** The folders that media servers record into. They would make them themselves, as theirs alone, for nobody else to read. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { VoicemailId } from '../../kernel/ids.js';

/** Owner and group write, and what is made inside belongs to the group, whoever makes it. */
const SHARED = 0o2775;

/** @param folder of recordings, as this controller sees it */
export async function makeRecordingFolders(folder: string, boxes: Iterable<VoicemailId>): Promise<void> {
  for (const path of ['calls', 'voicemail', ...Array.from(boxes, (box) => `voicemail/${box}`)]) {
    const made = await mkdir(join(folder, path), { recursive: true });
    if (made !== undefined) await chmod(join(folder, path), SHARED);
  }
}
