/** A real FreeSWITCH on free ports of loopback with the files of `freeswitch/`, where `FREESWITCH_BIN` names one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, listener } from './free-ports.js';

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
  const rtp = await reserveRtpPorts();
  const folders = ['log', 'db', 'run', 'temp', 'certs', 'recordings', 'storage', 'cache', 'sounds', 'scripts'];
  for (const folder of [...folders, 'htdocs', 'grammar']) await mkdir(join(base, folder));
  const flags = folders.concat('htdocs', 'grammar').flatMap((folder) => [`-${folder}`, join(base, folder)]);
  const child = spawn(
    binary,
    ['-nonat', '-nonatmap', '-nc', '-nf', '-np', '-nocal', '-conf', resolve(configuration), ...flags],
    { stdio: 'ignore', env: { ...process.env, ...environment({ sip, esl }, rtp.from), ...settings } },
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
      rtp.release();
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

const rtpBlocks = { from: 20_000, size: 200, count: 30 };

/** Several servers at once must not share ports: who has bound the first one of a block for TCP has the block for RTP. */
async function reserveRtpPorts(): Promise<{ readonly from: number; release(): void }> {
  const first = Math.floor(Math.random() * rtpBlocks.count);
  for (let tries = 0; tries < rtpBlocks.count; tries += 1) {
    const from = rtpBlocks.from + ((first + tries) % rtpBlocks.count) * rtpBlocks.size;
    const lock = await listener(from, host);
    if (lock !== undefined) return { from, release: () => void lock.close() };
  }
  throw new Error('no block of RTP ports is free');
}

function environment({ sip, esl }: MediaServerPorts, rtpFrom: number): Record<string, string> {
  return {
    FREESWITCH_SIP_PORT: String(sip),
    FREESWITCH_ESL_PORT: String(esl),
    FREESWITCH_RTP_FROM: String(rtpFrom),
    // 99 parties are enough for a test.
    FREESWITCH_RTP_TO: String(rtpFrom + rtpBlocks.size - 2),
    FREESWITCH_PASSWORD: password,
    FREESWITCH_LOG_LEVEL: 'debug',
  };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`FreeSWITCH ended with code ${String(child.exitCode)}`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('FreeSWITCH did not start to listen within 60 s');
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
