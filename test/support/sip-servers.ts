/**
 * The SIP servers that the suites run against: the embedded one always, and a real drachtio-server where one is found:
 *
 * - `DRACHTIO_URL=drachtio://secret@host:port?sip=host:port`: one that runs already (its timers are what they are);
 * - `DRACHTIO_BIN=/path/to/drachtio`, or `drachtio` on the PATH: started here on free ports of loopback.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createEmbeddedSipServer, type SipServerCounts } from '../../src/embedded/sip/server.js';
import { freePort } from './free-ports.js';

/** Base times in milliseconds (RFC 3261 §17.1.1.1). */
export interface SipTimers {
  readonly t1: number;
  readonly t2: number;
  readonly t4: number;
}

export interface StartOptions {
  /** Left out: those of RFC 3261. */
  readonly timers?: SipTimers;
}

export interface RunningSipServer {
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  readonly sip: readonly { readonly transport: 'udp' | 'tcp'; readonly host: string; readonly port: number }[];
  /** How much is left in it; only the embedded server can tell. */
  readonly counts?: () => SipServerCounts;
  stop(): Promise<void>;
}

export interface SipServerUnderTest {
  readonly name: string;
  readonly isEmbedded: boolean;
  /** Whether `timers` are heeded. */
  readonly hasAdjustableTimers: boolean;
  start(options?: StartOptions): Promise<RunningSipServer>;
}

const SECRET = 'contract';
const HOST = '127.0.0.1';

/** Every server that can be tested on this machine, the embedded one first. Says so when there is no real one. */
export function availableSipServers(): SipServerUnderTest[] {
  const real = realServer();
  // eslint-disable-next-line no-console -- the run has to say by name what it was not held against
  if (real === undefined) console.warn('real drachtio-server: not found, contract suite ran on the embedded one only');
  return real === undefined ? [embedded] : [embedded, real];
}

const embedded: SipServerUnderTest = {
  name: 'embedded',
  isEmbedded: true,
  hasAdjustableTimers: true,
  start: async (options = {}) => {
    const server = await createEmbeddedSipServer({
      listen: [
        { transport: 'udp', host: HOST, port: 0 },
        { transport: 'tcp', host: HOST, port: 0 },
      ],
      control: { host: HOST, port: 0, secret: SECRET },
      ...(options.timers === undefined ? {} : { timers: options.timers }),
    });
    return {
      control: { ...server.control, secret: SECRET },
      sip: server.sip,
      counts: () => server.counts(),
      stop: () => server.close(),
    };
  },
};

function realServer(): SipServerUnderTest | undefined {
  const url = process.env.DRACHTIO_URL;
  if (url !== undefined && url !== '') return runningAlready(new URL(url));
  const binary = process.env.DRACHTIO_BIN ?? onPath('drachtio');
  if (binary === undefined || binary === '') return undefined;
  return {
    name: 'drachtio-server',
    isEmbedded: false,
    hasAdjustableTimers: true,
    start: (options = {}) => startReal(binary, options),
  };
}

function runningAlready(url: URL): SipServerUnderTest {
  const secret = decodeURIComponent(url.password === '' ? url.username : url.password);
  const [host = HOST, port = '5060'] = (url.searchParams.get('sip') ?? `${url.hostname}:5060`).split(':');
  const sip = (['udp', 'tcp'] as const).map((transport) => ({ transport, host, port: Number(port) }));
  return {
    name: `drachtio-server at ${url.host}`,
    isEmbedded: false,
    hasAdjustableTimers: false,
    start: () =>
      Promise.resolve({
        control: { host: url.hostname, port: Number(url.port === '' ? '9022' : url.port), secret },
        sip,
        stop: () => Promise.resolve(),
      }),
  };
}

function onPath(name: string): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not there: look on.
    }
  }
  return undefined;
}

/** A port that was free may be taken by somebody else before the server binds it; it ends then. */
async function startReal(binary: string, options: StartOptions, triesLeft = 3): Promise<RunningSipServer> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-drachtio-'));
  const file = join(directory, 'drachtio.conf.xml');
  const sipPort = await freePort();
  const adminPort = await freePort();
  await writeFile(file, configuration(sipPort, adminPort, options.timers));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DRACHTIO_')));
  const child = spawn(binary, ['-f', file], { stdio: 'ignore', env: environment });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilListening(child, adminPort);
    // It takes applications in before it has bound its SIP sockets, TCP last.
    await untilListening(child, sipPort);
  } catch (error) {
    await stop();
    if (triesLeft > 1) return startReal(binary, options, triesLeft - 1);
    throw error;
  }
  const sip = (['udp', 'tcp'] as const).map((transport) => ({ transport, host: HOST, port: sipPort }));
  return { control: { host: HOST, port: adminPort, secret: SECRET }, sip, stop };
}

function configuration(sipPort: number, adminPort: number, timers: SipTimers | undefined): string {
  const { t1, t2, t4 } = timers ?? { t1: 500, t2: 4000, t4: 5000 };
  return `<drachtio>
  <admin port="${String(adminPort)}" secret="${SECRET}">${HOST}</admin>
  <sip>
    <contacts><contact>sip:${HOST}:${String(sipPort)};transport=udp,tcp</contact></contacts>
    <timers><t1>${String(t1)}</t1><t2>${String(t2)}</t2><t4>${String(t4)}</t4><t1x64>${String(64 * t1)}</t1x64></timers>
  </sip>
  <cdrs>false</cdrs>
  <logging><console/><sofia-loglevel>0</sofia-loglevel><loglevel>error</loglevel></logging>
</drachtio>
`;
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 800; attempt++) {
    if (child.exitCode !== null) throw new Error(`drachtio-server ended with code ${String(child.exitCode)}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('drachtio-server did not start to listen within 40 s');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const answer = (value: boolean) => (): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(timer);
}
