/** A real FreeSWITCH on free ports of loopback with the files of `freeswitch/`, where `FREESWITCH_BIN` names one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.js';

export interface RunningMediaServer {
  readonly esl: { readonly host: string; readonly port: number; readonly password: string };
  readonly sip: { readonly host: string; readonly port: number };
  /** Dies at once, as by kill -9. */
  kill(): void;
  /** Stands still, or goes on; only a process of its own can. */
  freeze?(frozen: boolean): void;
  stop(): Promise<void>;
}

export interface MediaServerPorts {
  readonly sip: number;
  readonly esl: number;
}

const host = '127.0.0.1';
const password = 'media-test';

/**
 * @param settings environment variables of `freeswitch/vars.xml` that are to differ, or to be unset
 * @param ports as those of an earlier one that is to be taken for it; free ones by default
 * @param configuration the folder; `freeswitch` by default
 */
export async function startFreeswitch(
  binary: string,
  settings: Readonly<Record<string, string | undefined>> = {},
  ports?: MediaServerPorts,
  configuration = 'freeswitch',
): Promise<RunningMediaServer> {
  const base = await mkdtemp(join(tmpdir(), 'switchboard-freeswitch-'));
  const { sip, esl } = ports ?? { sip: await freePort(), esl: await freePort() };
  const folders = ['log', 'db', 'run', 'temp', 'certs', 'recordings', 'storage', 'cache', 'sounds', 'scripts'];
  for (const folder of [...folders, 'htdocs', 'grammar']) await mkdir(join(base, folder));
  const flags = folders.concat('htdocs', 'grammar').flatMap((folder) => [`-${folder}`, join(base, folder)]);
  const child = spawn(
    binary,
    ['-nonat', '-nonatmap', '-nc', '-nf', '-np', '-nocal', '-conf', resolve(configuration), ...flags],
    { stdio: 'ignore', env: { ...process.env, ...environment({ sip, esl }), ...settings } },
  );
  const server: RunningMediaServer = {
    esl: { host, port: esl, password },
    sip: { host, port: sip },
    kill: () => void child.kill('SIGKILL'),
    freeze: (frozen) => void child.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(base, { recursive: true, force: true });
    },
  };
  try {
    await untilListening(child, esl);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function environment({ sip, esl }: MediaServerPorts): Record<string, string> {
  // Several servers at once must not share ports; 99 parties are enough for a test.
  const rtpFrom = 20_000 + (sip % 100) * 200;
  return {
    FREESWITCH_SIP_PORT: String(sip),
    FREESWITCH_ESL_PORT: String(esl),
    FREESWITCH_RTP_FROM: String(rtpFrom),
    FREESWITCH_RTP_TO: String(rtpFrom + 198),
    FREESWITCH_PASSWORD: password,
    FREESWITCH_LOG_LEVEL: 'debug',
  };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`FreeSWITCH ended with code ${String(child.exitCode)}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('FreeSWITCH did not start to listen within 30 s');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const answer = (value: boolean) => (): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}
