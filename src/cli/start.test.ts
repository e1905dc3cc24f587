import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import type { LoadedConfig } from '../config/live-config.js';
import { SwitchboardError } from '../kernel/errors.js';
import type { Switchboard } from '../main.js';
import { runCheck } from './check.js';
import { runStart, type StartSite } from './start.js';

function createTerminal() {
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
  };
  return { out: write, err: write, text: () => lines.join('\n') };
}

function createSite(onReload: (next: LoadedConfig) => void = () => undefined) {
  let stops = 0;
  const site: Pick<Switchboard, 'sip' | 'http' | 'reload' | 'stop'> = {
    async reload(next) {
      onReload(next);
      return { type: 'reloaded', from: 'v0', to: next.config.version, needRestart: [] };
    },
    sip: [{ transport: 'udp', host: '127.0.0.1', port: 5099 }],
    http: { host: '::1', port: 8099, token: 'made-up' },
    async stop() {
      stops += 1;
    },
  };
  return { start: (async () => site as Switchboard) satisfies StartSite, stops: () => stops };
}

const options = { configDir: 'config', logLevel: 'silent', watch: false } as const;

it('says where the site can be reached, and stops it when it is told to', async () => {
  const terminal = createTerminal();
  const site = createSite();
  const ended = runStart(options, site.start, terminal);
  await expect.poll(() => terminal.text()).toContain('API token, made up for this run: made-up');
  expect(terminal.text()).toContain('SIP   udp:127.0.0.1:5099');
  expect(terminal.text()).toContain('HTTP  http://[::1]:8099');
  process.emit('SIGTERM');
  expect(await ended).toBe(0);
  expect(site.stops()).toBe(1);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});

it('reads the folder again when a file has changed and on SIGHUP, and leaves what is wrong alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string): void => writeFileSync(join(folder, 'site.yaml'), `site: { name: ${name} }\n`);
  write('first');
  const terminal = createTerminal();
  const names: string[] = [];
  const site = createSite((next) => names.push(next.config.site.name));
  const ended = runStart({ configDir: folder, logLevel: 'silent', watch: true }, site.start, terminal);
  await expect.poll(() => terminal.text()).toContain('is running');
  write('second');
  await expect.poll(() => names).toEqual(['second']);
  write('[wrong');
  process.emit('SIGHUP');
  write('third');
  await expect.poll(() => names).toEqual(['second', 'third']);
  process.emit('SIGHUP');
  await expect.poll(() => names).toEqual(['second', 'third', 'third']);
  process.emit('SIGTERM');
  expect(await ended).toBe(0);
  expect(process.listenerCount('SIGHUP')).toBe(0);
});

it('ends with 1 and the error code when the site cannot start', async () => {
  const terminal = createTerminal();
  const cause = new Error('EADDRINUSE');
  const failing: StartSite = async () => {
    throw new SwitchboardError('LISTEN_FAILED', 'udp:127.0.0.1:5060 is taken', { cause });
  };
  expect(await runStart(options, failing, terminal)).toBe(1);
  expect(terminal.text()).toContain('LISTEN_FAILED: udp:127.0.0.1:5060 is taken\n  because: EADDRINUSE');
});

it('starts nothing when the configuration is wrong, and names the place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'site.yaml'), 'site:\n  sign_in: sometimes\n');
  const terminal = createTerminal();
  const never: StartSite = async () => {
    throw new Error('started');
  };
  expect(await runStart({ ...options, configDir: folder }, never, terminal)).toBe(1);
  expect(await runCheck(folder, terminal)).toBe(1);
  expect(terminal.text()).toContain(`${folder}/site.yaml:2:12: `);
});

it('finds the example site fine', async () => {
  const terminal = createTerminal();
  expect(await runCheck('config', terminal)).toBe(0);
  expect(terminal.text()).toMatch(/^config is fine: 8 agents, 9 queues/);
});
