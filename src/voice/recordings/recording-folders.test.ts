import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/recordings.js';
import { voicemailId } from '../../kernel/ids.js';
import { makeRecordingFolders } from './recording-folders.js';

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

it('are there before a media server makes them for itself alone, and are left as they are when they are', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'calls'));
  chmodSync(join(folder, 'calls'), 0o700);
  await makeRecordingFolders(folder, [voicemailId('nights')]);
  await makeRecordingFolders(folder, [voicemailId('nights'), voicemailId('days')]);
  expect(modeOf(join(folder, 'calls'))).toBe('700');
  for (const path of ['voicemail', 'voicemail/nights', 'voicemail/days'])
    expect(modeOf(join(folder, path))).toBe('2775');
});
