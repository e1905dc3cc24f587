/** Debian's baresip as one real softphone: no screen, no sound card, driven over its control socket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, portBound } from '../support/free-ports.js';
import type { Account, Registrar } from './phones.js';
import { findProgram } from './sipp-process.js';

export interface BaresipEvent {
  /** `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED`, … */
  readonly type: string;
  readonly peeruri?: string;
  readonly param?: string;
}

export interface Baresip {
  readonly pid: number;
  readonly port: number;
  readonly events: readonly BaresipEvent[];
  /** It registers as soon as it runs, maybe before its control socket is open: no event tells of that. */
  registered(): Promise<void>;
  /** The first event of that type after `after` others of it; rejects when none comes in time. */
  next(type: string, after?: number): Promise<BaresipEvent>;
  dial(uri: string): void;
  answer(): void;
  hangUp(): void;
  hold(): void;
  resume(): void;
  /** What it printed, SIP messages included. */
  output(): string;
  stop(): Promise<void>;
}

export interface BaresipOptions {
  readonly registrar: Registrar;
  readonly account: Account;
  readonly answers: 'by-itself' | 'when-told';
}

/** Resolves once it runs and its control socket is open; it registers by itself. */
export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  const program = findProgram('baresip', 'baresip-core');
  const [port, controlPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(path.join(tmpdir(), 'switchboard-baresip-'));
  writeFileSync(path.join(folder, 'config'), configText(port, controlPort));
  writeFileSync(path.join(folder, 'accounts'), accountText(options));
  writeFileSync(path.join(folder, 'contacts'), '');
  const child = spawn(program, ['-4', '-s', '-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await portBound('tcp', controlPort, 40_000))) {
    await stop();
    throw new Error(`baresip did not open its control socket: ${output.slice(-2000)}`);
  }
  const control = connect(controlPort, '127.0.0.1');
  await once(control, 'connect');
  const events = readEvents(control);
  const command = (name: string, parameters = '') => {
    const json = JSON.stringify({ command: name, params: parameters, token: name });
    control.write(`${Buffer.byteLength(json)}:${json},`);
  };
  return {
    pid: child.pid ?? -1,
    port,
    events: events.all,
    registered: () => untilRegistered(() => output),
    next: (type, after = 0) => events.next(type, after, () => output),
    dial: (uri) => command('dial', uri),
    answer: () => command('accept'),
    hangUp: () => command('hangup'),
    hold: () => command('hold'),
    resume: () => command('resume'),
    output: () => output,
    async stop() {
      control.destroy();
      await stop();
    },
  };
}

async function untilRegistered(output: () => string): Promise<void> {
  const deadline = Date.now() + 40_000;
  while (!/ 200 OK \(.*\) \[\d+ bindings?\]/.test(output())) {
    if (Date.now() > deadline) throw new Error(`baresip waited in vain for its registration: ${output().slice(-3000)}`);
    await delay(10);
  }
}

function configText(port: number, controlPort: number): string {
  return [
    'poll_method epoll',
    `sip_listen 127.0.0.1:${port}`,
    'net_interface 127.0.0.1',
    'call_max_calls 4',
    'audio_player aubridge,nil',
    'audio_source aubridge,nil',
    'audio_alert aubridge,nil',
    'module_path /usr/lib/baresip/modules',
    'module g711.so',
    'module aubridge.so',
    'module_tmp account.so',
    'module_app menu.so',
    'module ctrl_tcp.so',
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    '',
  ].join('\n');
}

function accountText({ registrar, account, answers }: BaresipOptions): string {
  const settings = [
    `auth_user=${account.username}`,
    `auth_pass=${account.password}`,
    `outbound="sip:${registrar.host}:${registrar.port}"`,
    `answermode=${answers === 'by-itself' ? 'auto' : 'manual'}`,
    'audio_codecs=PCMU',
    'regint=600',
  ];
  return `<sip:${account.username}@${registrar.domain}>;${settings.join(';')}\n`;
}

/** The control socket speaks netstrings of JSON: `LENGTH:{...},`. */
function readEvents(control: Socket) {
  const all: BaresipEvent[] = [];
  let pending = Buffer.alloc(0);
  control.on('error', () => undefined);
  control.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const colon = pending.indexOf(':');
      const length = Number(pending.subarray(0, Math.max(0, colon)).toString());
      if (colon < 0 || pending.length < colon + length + 2) return;
      const parsed = JSON.parse(pending.subarray(colon + 1, colon + 1 + length).toString()) as Partial<BaresipEvent>;
      pending = pending.subarray(colon + length + 2);
      if (parsed.type !== undefined) all.push(parsed as BaresipEvent);
    }
  });
  return {
    all,
    async next(type: string, after: number, output: () => string): Promise<BaresipEvent> {
      const deadline = Date.now() + 40_000;
      for (;;) {
        const found = all.filter((event) => event.type === type)[after];
        if (found) return found;
        if (Date.now() > deadline) {
          const seen = all.map((event) => event.type).join(', ');
          throw new Error(`baresip told of no ${type}; it told of: ${seen}\n${output().slice(-3000)}`);
        }
        await delay(10);
      }
    },
  };
}
