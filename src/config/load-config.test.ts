import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentId, deviceId } from '../kernel/ids.js';
import { loadConfig } from './load-config.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'switchboard-config-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Problems as `file:line:column: message`, the folder left out. */
async function problemsIn(folder: string): Promise<readonly string[]> {
  const result = await loadConfig(folder, {});
  if (result.ok) return [];
  return result.problems.map(({ file, line, column, message }) => {
    return `${file.replace(`${dir}/`, '').replace(dir, '.')}:${line}:${column}: ${message}`;
  });
}

const ana = (password: string): string => `agents: { ana: { devices: { a: { sip: ana, password: ${password} } } } }`;

describe('a folder', () => {
  it('is read as a whole: *.yaml and *.yml, nothing hidden, nothing below', async () => {
    await writeFile(join(dir, 'a.yaml'), 'site: { name: X }');
    await writeFile(join(dir, 'b.YML'), 'http: { listen: 127.0.0.1:1 }');
    await writeFile(join(dir, '.c.yaml'), 'nonsense');
    await writeFile(join(dir, 'd.yaml~'), 'nonsense');
    await mkdir(join(dir, 'e'));
    await writeFile(join(dir, 'e', 'f.yaml'), 'nonsense');
    const result = await loadConfig(dir, {});
    expect(result.ok && [result.config.site.name, result.config.http.port]).toEqual(['X', 1]);
  });

  it('is refused when it does not exist, is a file, or holds nothing', async () => {
    await writeFile(join(dir, 'file'), '');
    expect(await problemsIn(join(dir, 'none'))).toEqual(['none:0:0: it does not exist']);
    expect(await problemsIn(join(dir, 'file'))).toEqual(['file:0:0: not a folder']);
    expect(await problemsIn(dir)).toEqual(['.:0:0: there is no *.yaml file in this folder']);
  });

  it('names files as the folder was given', async () => {
    await writeFile(join(dir, 'a.yaml'), 'sight: {}');
    const result = await loadConfig(`${dir}/./`, {});
    expect(result.ok ? [] : result.problems.map(({ file }) => file)).toEqual([join(dir, 'a.yaml')]);
  });

  it('is refused with too many files', async () => {
    await Promise.all(Array.from({ length: 101 }, (_, index) => writeFile(join(dir, `${index}.yaml`), '')));
    expect(await problemsIn(dir)).toEqual(['.:0:0: more than 100 YAML files in this folder']);
  });
});

describe('files that cannot be read', () => {
  it('are all told, beside what is wrong with the others', async () => {
    await writeFile(join(dir, 'a.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    await mkdir(join(dir, 'b.yaml'));
    await writeFile(join(dir, 'c.yaml'), 'x'.repeat(1024 * 1024 + 1));
    await symlink(join(dir, 'nowhere'), join(dir, 'd.yaml'));
    await writeFile(join(dir, 'e.yaml'), 'sip: { domain: "a b" }\nqueues: { q: { members: [somebody] } }');
    expect(await problemsIn(dir)).toEqual([
      'a.yaml:0:0: not UTF-8 text; save it as UTF-8',
      'b.yaml:0:0: not a file',
      'c.yaml:0:0: larger than 1024 KiB',
      'd.yaml:0:0: it does not exist',
      'e.yaml:1:16: expected a host name or an IP address, found `a b`',
    ]);
  });
});

describe('secrets in files', () => {
  it('are found relative to the folder', async () => {
    await mkdir(join(dir, 'secrets'));
    await writeFile(join(dir, 'secrets', 'ana'), 'sesame\n');
    await writeFile(join(dir, 'a.yaml'), ana('{ file: ./secrets/ana }'));
    const result = await loadConfig(dir, {});
    const device = result.ok ? result.config.agents.get(agentId('ana'))?.devices.get(deviceId('a')) : undefined;
    expect(device).toMatchObject({ password: 'sesame' });
  });

  it.each([
    ['do not exist', 'none', 'cannot read `none`: it does not exist'],
    ['are folders', '.', 'cannot read `.`: not a file'],
    ['are devices that never end', '/dev/zero', 'cannot read `/dev/zero`: not a file'],
    ['are too large', 'large', 'cannot read `large`: larger than 4096 bytes'],
  ])('are refused when they %s', async (_about, file, message) => {
    await writeFile(join(dir, 'large'), 'x'.repeat(4097));
    await writeFile(join(dir, 'a.yaml'), ana(`{ file: ${file} }`));
    expect(await problemsIn(dir)).toEqual([`a.yaml:1:62: ${message}`]);
  });

  it.skipIf(process.getuid?.() === 0)('are refused without permission', async () => {
    await writeFile(join(dir, 'ana'), 'sesame');
    await chmod(join(dir, 'ana'), 0);
    await writeFile(join(dir, 'a.yaml'), ana('{ file: ana }'));
    expect(await problemsIn(dir)).toEqual(['a.yaml:1:62: cannot read `ana`: no permission to read it']);
  });
});
