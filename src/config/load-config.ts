/** The configuration from a folder. */
import { accessSync, constants, closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseSite, type ConfigFile, type ConfigResult } from './parse-site.js';
import type { SecretReader } from './secrets.js';
import type { PathKind, SiteFolder } from './site-folder.js';
import type { Environment } from './variables.js';

const maxFiles = 100;
const maxFileBytes = 1024 * 1024;
const maxSecretBytes = 4096;

/**
 * Reads all `*.yaml` and `*.yml` of the folder (not of folders in it, not hidden ones). Problems name files as `dir`
 * was given. Whatever cannot be read is a problem too; nothing is thrown.
 */
export async function loadConfig(dir: string, env: Environment): Promise<ConfigResult> {
  const names = await yamlFiles(dir);
  if (!names.ok) return refused(dir, names.why);
  const files = await Promise.all(names.names.map((name) => readText(join(dir, name))));
  return parseSite(files, env, siteFolder(dir));
}

async function yamlFiles(dir: string): Promise<{ ok: true; names: readonly string[] } | { ok: false; why: string }> {
  try {
    const names = (await readdir(dir)).filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort();
    if (names.length === 0) return { ok: false, why: 'there is no *.yaml file in this folder' };
    if (names.length > maxFiles) return { ok: false, why: `more than ${maxFiles} YAML files in this folder` };
    return { ok: true, names };
  } catch (error) {
    return { ok: false, why: reasonOf(error) };
  }
}

async function readText(path: string): Promise<ConfigFile> {
  const unreadable = (why: string): ConfigFile => ({ name: path, unreadable: why });
  try {
    const stats = await stat(path);
    if (!stats.isFile()) return unreadable('not a file');
    if (stats.size > maxFileBytes) return unreadable(`larger than ${maxFileBytes / 1024} KiB`);
    const bytes = await readFile(path);
    return { name: path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return unreadable(error instanceof TypeError ? 'not UTF-8 text; save it as UTF-8' : reasonOf(error));
  }
}

function siteFolder(dir: string): SiteFolder {
  return { path: resolve(dir), readSecret: secretReader(dir), look, canWrite };
}

function look(path: string): PathKind {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'missing';
  }
}

/** Missing folders are made when they are needed, so the nearest that is there decides. */
function canWrite(path: string): boolean {
  if (look(path) === 'missing') return path !== dirname(path) && canWrite(dirname(path));
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return look(path) === 'folder';
  } catch {
    return false;
  }
}

/** Paths of secrets are relative to the folder of the configuration. */
function secretReader(dir: string): SecretReader {
  return (path) => {
    let descriptor: number | undefined;
    try {
      // Without O_NONBLOCK a named pipe would hang the start.
      descriptor = openSync(resolve(dir, path), constants.O_RDONLY | constants.O_NONBLOCK);
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) return { ok: false, why: 'not a file' };
      if (stats.size > maxSecretBytes) return { ok: false, why: `larger than ${maxSecretBytes} bytes` };
      return { ok: true, text: readFileSync(descriptor, 'utf8') };
    } catch (error) {
      return { ok: false, why: reasonOf(error) };
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'ENOTDIR') return 'not a folder';
  return error instanceof Error ? error.message : String(error);
}

function refused(file: string, why: string): ConfigResult {
  return { ok: false, problems: [{ severity: 'error', file, line: 0, column: 0, message: why }] };
}
