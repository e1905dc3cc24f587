/** A real FreeSWITCH for the contract suite and the bench: with the files of `freeswitch/`, and ready for calls. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { startFreeswitch, type RunningMediaServer } from '../../support/freeswitch-server.js';
import { EslClient } from './esl-client.js';

const START_TIMEOUT_MS = 60_000;
const RTP_PORTS = 1000;

/** The binary to test, if there is one: `FREESWITCH_BIN`, or `freeswitch` on the PATH. */
export function freeswitchBinary(): string | undefined {
  const named = process.env.FREESWITCH_BIN;
  if (named !== undefined) return named === '' ? undefined : named;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((each) => join(each, 'freeswitch'))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when it takes calls, which is a while after it listens. */
export async function startReadyFreeswitch(binary: string): Promise<RunningMediaServer> {
  // Above those of other suites, below the ports that the system hands out to the phones of the tests.
  const rtpFrom = 26_000 + 2 * Math.floor(Math.random() * 2500);
  const server = await startFreeswitch(binary, {
    // What both servers speak, and nothing else.
    FREESWITCH_CODECS: 'PCMU,PCMA',
    FREESWITCH_RTP_FROM: String(rtpFrom),
    FREESWITCH_RTP_TO: String(rtpFrom + RTP_PORTS),
  });
  try {
    await untilReady(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function untilReady({ esl }: RunningMediaServer): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < giveUpAt) {
    const client = await EslClient.signedIn(esl).catch(() => undefined);
    const isReady = client !== undefined && (await client.api('fsctl ready_check')).startsWith('true');
    const isListening = isReady && (await client.api('sofia status')).includes('RUNNING');
    client?.close();
    if (isListening) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`FreeSWITCH was not ready within ${String(START_TIMEOUT_MS)} ms`);
}
