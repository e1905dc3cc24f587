import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { EslClient } from './esl-client.js';

export interface RunningMediaServer {
  readonly esl: { readonly host: string; readonly port: number; readonly password: string };
  readonly sip: { readonly host: string; readonly port: number };
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const PASSWORD = 'contract';
const START_TIMEOUT_MS = 30_000;
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

/** Starts a FreeSWITCH of its own on free ports of loopback, with the profile and dialplan that the controller relies on. */
export async function startFreeswitch(binary: string): Promise<RunningMediaServer> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-freeswitch-'));
  const [sipPort, eslPort] = [await freePort(), await freePort()];
  // Below the ports that the system hands out to the phones of the tests.
  const rtpPort = 16_384 + 2 * Math.floor(Math.random() * 7000);
  const folders = [
    'conf',
    'log',
    'db',
    'run',
    'temp',
    'certs',
    'recordings',
    'storage',
    'cache',
    'sounds',
    'scripts',
    'htdocs',
    'grammar',
  ];
  for (const each of folders) await mkdir(join(folder, each));
  await writeFile(join(folder, 'conf', 'freeswitch.xml'), configuration(sipPort, eslPort, rtpPort));
  const paths = folders.flatMap((each) => [`-${each}`, join(folder, each)]);
  const child = spawn(binary, ['-nonat', '-nonatmap', '-nc', '-nf', '-np', '-nocal', ...paths], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    await kill(child);
    await rm(folder, { recursive: true, force: true });
  };
  const running: RunningMediaServer = {
    esl: { host: HOST, port: eslPort, password: PASSWORD },
    sip: { host: HOST, port: sipPort },
    stop,
  };
  try {
    await untilReady(child, running);
  } catch (error) {
    await stop();
    throw error;
  }
  return running;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // It takes SIGTERM, too, but then sleeps for five seconds.
  child.kill('SIGKILL');
  await ended;
}

async function untilReady(child: ChildProcess, { esl }: RunningMediaServer): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`FreeSWITCH ended with code ${String(child.exitCode)}`);
    const client = await EslClient.signedIn(esl).catch(() => undefined);
    const isReady = client !== undefined && (await client.api('fsctl ready_check')).startsWith('true');
    const isListening = isReady && (await client.api('sofia status')).includes('RUNNING');
    client?.close();
    if (isListening) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`FreeSWITCH was not ready within ${String(START_TIMEOUT_MS)} ms`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4');
  const isFree = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, HOST, () => resolve(true));
  });
  socket.close();
  await new Promise((resolve) => server.close(resolve));
  return isFree ? port : freePort();
}

const MODULES = [
  'logfile',
  'commands',
  'dptools',
  'conference',
  'dialplan_xml',
  'sndfile',
  'tone_stream',
  'sofia',
  'event_socket',
];

function params(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `<param name="${name}" value="${String(value)}"/>`)
    .join('');
}

function configuration(sipPort: number, eslPort: number, rtpPort: number): string {
  const actions = [
    ['set', 'playback_terminators=none'],
    ['set', 'park_after_bridge=true'],
    ['set', 'hangup_after_bridge=false'],
    ['answer', ''],
    ['park', ''],
  ].map(([app = '', data = '']) => `<action application="${app}" data="${data}"/>`);
  return `<?xml version="1.0"?>
<document type="freeswitch/xml">
 <section name="configuration">
  <configuration name="switch.conf"><settings>${params({
    'max-sessions': 1000,
    'sessions-per-second': 1000,
    loglevel: 'debug',
    'rtp-start-port': rtpPort,
    'rtp-end-port': rtpPort + RTP_PORTS,
    'min-idle-cpu': 0,
    'event-heartbeat-interval': 20,
  })}</settings></configuration>
  <configuration name="modules.conf"><modules>${MODULES.map((each) => `<load module="mod_${each}"/>`).join('')}</modules></configuration>
  <configuration name="logfile.conf"><settings/><profiles><profile name="default"><settings/>
   <mappings><map name="all" value="debug,info,notice,warning,err,crit,alert"/></mappings></profile></profiles></configuration>
  <configuration name="event_socket.conf"><settings>${params({
    'nat-map': 'false',
    'listen-ip': HOST,
    'listen-port': eslPort,
    password: PASSWORD,
    'apply-inbound-acl': 'loopback.auto',
  })}</settings></configuration>
  <configuration name="acl.conf"><network-lists/></configuration>
  <configuration name="timezones.conf"><timezones/></configuration>
  <configuration name="post_load_switch.conf"><settings/></configuration>
  <configuration name="post_load_modules.conf"><modules/></configuration>
  <configuration name="conference.conf"><caller-controls><group name="default"/></caller-controls><profiles>
   <profile name="default">${params({ rate: 8000, interval: 20, 'energy-level': 0 })}</profile></profiles></configuration>
  <configuration name="sofia.conf"><global_settings/><profiles><profile name="internal"><settings>${params({
    'sip-ip': HOST,
    'rtp-ip': HOST,
    'sip-port': sipPort,
    dialplan: 'XML',
    context: 'public',
    'auth-calls': 'false',
    'enable-3pcc': 'true',
    'inbound-use-callid-as-uuid': 'true',
    'rfc2833-pt': 101,
    'dtmf-type': 'rfc2833',
    'liberal-dtmf': 'true',
    'inbound-codec-prefs': 'PCMU,PCMA',
    'outbound-codec-prefs': 'PCMU,PCMA',
    'inbound-codec-negotiation': 'generous',
    'rtp-timer-name': 'soft',
    'enable-timer': 'false',
    'manage-presence': 'false',
    'max-recv-requests-per-second': 0,
  })}</settings></profile></profiles></configuration>
 </section>
 <section name="dialplan"><context name="public">
  <extension name="park"><condition field="destination_number" expression="^.*$">${actions.join('')}</condition></extension>
 </context></section>
 <section name="directory"/>
</document>
`;
}
