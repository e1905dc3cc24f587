/** That `docker-compose.yml` says what it should; no container engine is needed, and none is started. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.js';
import { formatProblems } from '../../src/config/problem.js';

const run = promisify(execFile);

interface Service {
  readonly image: string;
  /** Text where an address is named, in the words of older versions. */
  readonly ports?: readonly (string | { readonly published: number | string; readonly protocol: string })[];
  readonly healthcheck?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

/** Debian's `docker-compose`, or the plug-in of docker itself. */
async function findCompose(): Promise<readonly string[] | undefined> {
  for (const command of [['docker-compose'], ['docker', 'compose']] as const) {
    const [program, ...words] = command;
    const works = await run(program, [...words, 'version']).then(
      () => true,
      () => false,
    );
    if (works) return command;
  }
  return undefined;
}

const compose = await findCompose();
if (compose === undefined) {
  process.stderr.write('docker-compose: not found (apt-get install docker-compose), its file is not checked by it\n');
}

/** What `docker/env.example` asks for, all of it given. */
async function environment(): Promise<Record<string, string>> {
  const example = await readFile('docker/env.example', 'utf8');
  const names = Array.from(example.matchAll(/^([A-Z_]+)=$/gm), ([, name = '']) => name);
  const values = Object.fromEntries(names.map((name) => [name, `ours${name.replaceAll('_', '')}`]));
  return { ...values, PUBLIC_ADDRESS: '192.0.2.10', SIP_DOMAIN: 'calls.example' };
}

describe.runIf(compose !== undefined)('docker-compose.yml', () => {
  let folder: string;
  let services: Readonly<Record<string, Service>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-compose-'));
    services = (parse(await config(await environment())) as { services: Record<string, Service> }).services;
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function config(env: Readonly<Record<string, string>>): Promise<string> {
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, '.env'), lines.join(''));
    const [program = '', ...words] = compose ?? [];
    const file = ['--project-directory', folder, '-f', 'docker-compose.yml'];
    const { stdout } = await run(program, [...words, ...file, 'config'], { env: { PATH: process.env.PATH } });
    return stdout;
  }

  it('is accepted, with a named version and a health check for every server', () => {
    expect(Object.keys(services).sort()).toEqual(['drachtio', 'freeswitch', 'redis', 'switchboard']);
    for (const [name, { image, healthcheck }] of Object.entries(services)) {
      expect(image, name).toMatch(/:\d+\.\d+/);
      expect(healthcheck, name).toBeDefined();
    }
    const conditions = Object.values(services.switchboard?.depends_on ?? {}).map(({ condition }) => condition);
    expect(conditions).toEqual(['service_healthy', 'service_healthy', 'service_healthy']);
  });

  it('publishes one SIP port, a range for sound, and the API on loopback', () => {
    const published = (name: string) =>
      (services[name]?.ports ?? []).map((port) =>
        typeof port === 'string' ? port : `${String(port.published)}/${port.protocol}`,
      );
    expect(published('drachtio')).toEqual(['5060/udp', '5060/tcp']);
    expect(published('freeswitch')).toHaveLength(399);
    for (const port of published('freeswitch')) expect(port).toMatch(/^20\d{3}\/udp$/);
    expect(published('redis')).toEqual([]);
    expect(JSON.stringify(services.switchboard?.ports)).toContain('127.0.0.1');
  });

  it.each([
    'PUBLIC_ADDRESS',
    'SIP_DOMAIN',
    'DRACHTIO_SECRET',
    'FREESWITCH_PASSWORD',
    'REDIS_PASSWORD',
    'SWITCHBOARD_TOKEN',
  ])('has no default for %s', async (name) => {
    await expect(config({ ...(await environment()), [name]: '' })).rejects.toThrow(
      /Missing mandatory|required variable/,
    );
  });
});

describe('the containers', () => {
  it('run the example site without a complaint, once every line of docker/env.example has a value', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-site-'));
    await cp('config', folder, { recursive: true });
    const network = await readFile('docker/network.yaml', 'utf8');
    // Folders of the containers are not on this machine.
    await writeFile(join(folder, 'network.yaml'), network.replaceAll('/var/lib/switchboard/', `${process.cwd()}/`));
    const result = await loadConfig(folder, await environment());
    await rm(folder, { recursive: true });
    expect(formatProblems(result.ok ? result.warnings : result.problems)).toBe('');
    expect(result).toMatchObject({ ok: true, exampleSecrets: [] });
    expect(result.ok && result.config.media.servers.kind).toBe('freeswitch');
  });

  it('are given every variable that the files of the site name', async () => {
    const known = await environment();
    const texts = await Promise.all(
      ['site', 'agents', 'queues', 'trunks'].map((name) => readFile(`config/${name}.yaml`, 'utf8')),
    );
    const named = [...texts, await readFile('docker/network.yaml', 'utf8')].flatMap((text) =>
      Array.from(text.matchAll(/^[^#\n]*\$\{([A-Z_]+)/gm), ([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !(name in known))).toEqual([]);
  });

  it('are built from files that are there and not ignored', async () => {
    const dockerfile = await readFile('Dockerfile', 'utf8');
    const ignored = await readFile('.dockerignore', 'utf8');
    const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm), ([, files = '']) => files.split(' '));
    expect(copied.flat().filter((file) => !ignored.split('\n').includes(`!${file}`))).toEqual([]);
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});
