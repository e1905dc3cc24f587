/** What checking a configuration may ask of the disk. */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SecretReader } from './secrets.js';

export interface SiteFolder {
  /** Relative paths of the configuration begin here; absolute. */
  readonly path: string;
  readonly readSecret: SecretReader;
  /** What stands there; `unknown` where nobody may look. The path is absolute. */
  look(path: string): PathKind;
  /** Whether files could be made there, with the folders on the way. The path is absolute. */
  canWrite(path: string): boolean;
}

export type PathKind = 'file' | 'folder' | 'missing' | 'unknown';

/** For configurations that are no folder's: nothing on the disk is looked at. */
export const noFolder: SiteFolder = {
  path: resolve('config'),
  readSecret: () => ({ ok: false, why: 'there are no files here' }),
  look: () => 'unknown',
  canWrite: () => true,
};

/** Prompts and music that come with the project. */
export const ownSounds = fileURLToPath(new URL('../../sounds', import.meta.url));

export function pathIn(folder: SiteFolder, path: string): string {
  return isAbsolute(path) ? path : resolve(folder.path, path);
}
