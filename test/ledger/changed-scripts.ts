/** The operations from scripts in which one thing is another one: a planted fault, or another version. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { loadOperations, type Operations } from '../../src/ledger/redis/operations.js';

export interface Change {
  /** Below the folder of scripts. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export async function changedOperations({ file, from, to }: Change): Promise<Operations> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-scripts-'));
  try {
    await cp(new URL('../../src/ledger/scripts', import.meta.url), folder, { recursive: true });
    const path = join(folder, file);
    const source = await readFile(path, 'utf8');
    expect(source).toContain(from);
    await writeFile(path, source.replace(from, to));
    return loadOperations(pathToFileURL(`${folder}/`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As another version would have them that differs in nothing that stands in the store. */
export const anotherVersion = (): Promise<Operations> =>
  changedOperations({ file: 'match.lua', from: 'local workId = ', to: 'local workId  = ' });
