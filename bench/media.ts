/**
 * `npm run bench:media`: how evenly the media server sends, with 100 listeners to music and 50 calls passed on, and what that costs,
 * beside a bare UDP relay and, where one is found (FREESWITCH_BIN or on the PATH), FreeSWITCH.
 *
 *   npm run bench:media -- --listeners 100 --calls 50 --seconds 20
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EslClient } from '../test/contract/media/esl-client.js';
import { freeswitchBinary, startReadyFreeswitch } from '../test/contract/media/freeswitch.js';
import { UdpPeer } from '../test/support/sip-peer.js';
import { Leg, sendSteadily, timingOf, type Timing } from './media-legs.js';
import type { FromMediaSubject } from './media-subject.js';
import { childNamed, cpuMs } from './process-usage.js';
import { machine, table } from './report.js';

const { values } = parseArgs({
  options: {
    listeners: { type: 'string', default: '100' },
    calls: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
    'without-freeswitch': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const WARM_UP_MS = 3000;
const MUSIC = 'tone_stream://%(1000,500,440);loops=-1';

interface Row {
  readonly subject: string;
  readonly music: Timing | undefined;
  readonly relayed: Timing | undefined;
  /** Of one processor. */
  readonly cpuPercent: number;
}

interface Setting {
  readonly name: string;
  readonly pid: number;
  readonly listeners: readonly Leg[];
  readonly talkers: readonly Leg[];
}

/** Lets all talk and listen, and measures when they have settled. */
async function measure({ name, pid, listeners, talkers }: Setting): Promise<Row> {
  console.error(`${name}: ${listeners.length} listeners, ${talkers.length / 2} calls, ${seconds} s`);
  const stop = sendSteadily([...talkers, ...listeners]);
  await pause(WARM_UP_MS);
  const all = [...listeners, ...talkers];
  for (const leg of all) leg.isMeasuring = true;
  const before = cpuMs(pid);
  await pause(1000 * seconds);
  const used = cpuMs(pid) - before;
  for (const leg of all) leg.isMeasuring = false;
  stop();
  return {
    subject: name,
    music: listeners.length === 0 ? undefined : timingOf(listeners, 'spacing', seconds),
    relayed: talkers.length === 0 ? undefined : timingOf(talkers, 'delay', seconds),
    cpuPercent: used / (10 * seconds),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startSubject(...args: string[]): Promise<{ child: ChildProcess; ready: FromMediaSubject }> {
  const child = fork(new URL('./media-subject.js', import.meta.url), args);
  const [ready] = (await once(child, 'message')) as [FromMediaSubject];
  return { child, ready };
}

async function openLegs(count: number, measures: 'delay' | 'spacing'): Promise<Leg[]> {
  const legs: Leg[] = [];
  for (let i = 0; i < count; i++) legs.push(await Leg.open(measures));
  return legs;
}

async function tryBareRelay(calls: number): Promise<Row> {
  const { child, ready } = await startSubject('relay', String(calls));
  const talkers = await openLegs(2 * calls, 'delay');
  const ports = ready.type === 'relay' ? ready.pairs.flat() : [];
  talkers.forEach((leg, index) => leg.sendTo(ports[index] ?? 0));
  const row = await measure({ name: 'bare UDP relay', pid: child.pid ?? 0, listeners: [], talkers });
  for (const leg of talkers) leg.close();
  child.disconnect();
  return row;
}

interface MediaAddresses {
  readonly sip: { readonly host: string; readonly port: number };
  readonly esl: { readonly host: string; readonly port: number; readonly password: string };
}

async function tryMediaServer(
  subject: { name: string; pid: number } & MediaAddresses,
  load: { listeners: number; calls: number },
): Promise<Row> {
  const esl = await EslClient.signedIn(subject.esl);
  await esl.command('event plain CHANNEL_PARK');
  const sip = await UdpPeer.open(subject.sip);
  const listeners = await openLegs(load.listeners, 'spacing');
  const talkers = await openLegs(2 * load.calls, 'delay');
  const uuids: string[] = [];
  for (const leg of [...listeners, ...talkers]) uuids.push(await call(sip, esl, subject, leg));
  for (const uuid of uuids.slice(0, listeners.length)) await esl.execute(uuid, 'playback', MUSIC);
  const talking = uuids.slice(listeners.length);
  for (let i = 0; i < talking.length; i += 2) await esl.api(`uuid_bridge ${talking[i] ?? ''} ${talking[i + 1] ?? ''}`);
  const row = await measure({ name: subject.name, pid: subject.pid, listeners, talkers });
  for (const uuid of uuids) await esl.api(`uuid_kill ${uuid}`);
  for (const leg of [...listeners, ...talkers]) leg.close();
  esl.close();
  await sip.close();
  return row;
}

async function call(sip: UdpPeer, esl: EslClient, { sip: at }: MediaAddresses, leg: Leg): Promise<string> {
  const invite = sip.request('INVITE', `sip:bench@${at.host}:${at.port}`, {}, leg.sdp());
  sip.send(invite);
  const ok = await sip.response(200, invite);
  sip.send(sip.ackOf(invite, ok));
  leg.sendTo(Number(/^m=audio (\d+)/m.exec(ok.body.toString())?.[1]));
  const uuid = invite.get('call-id') ?? '';
  await esl.event('CHANNEL_PARK', { 'Unique-ID': uuid });
  return uuid;
}

const loads = { calls: Number(values.calls), listeners: Number(values.listeners) };
const rows: Row[] = [await tryBareRelay(loads.calls)];
const { child, ready } = await startSubject('embedded');
if (ready.type === 'embedded') {
  const subject = { pid: child.pid ?? 0, sip: ready.sip, esl: ready.esl };
  rows.push(await tryMediaServer({ ...subject, name: 'embedded, calls only' }, { ...loads, listeners: 0 }));
  rows.push(await tryMediaServer({ ...subject, name: 'embedded' }, loads));
}
child.disconnect();
const binary = values['without-freeswitch'] ? undefined : freeswitchBinary();
if (binary === undefined) console.error('FreeSWITCH: not found, not measured');
else {
  const server = await startReadyFreeswitch(binary);
  try {
    const pid = childNamed('freeswitch') ?? 0;
    rows.push(await tryMediaServer({ ...server, pid, name: 'FreeSWITCH' }, loads));
  } finally {
    await server.stop();
  }
}

const number = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(2);
const lines = rows.flatMap(({ subject, music, relayed, cpuPercent }) =>
  (
    [
      ['music', music],
      ['relayed', relayed],
    ] as const
  ).flatMap(([what, timing]) =>
    timing === undefined
      ? []
      : [
          [
            subject,
            `${timing.streams} ${what}`,
            number(timing.lostPercent),
            number(timing.delayP50Ms),
            number(timing.jitterP50Ms),
            number(timing.jitterP99Ms),
            number(timing.jitterMaxMs),
            `${cpuPercent.toFixed(0)} %`,
          ],
        ],
  ),
);
const heads = ['subject', 'streams', 'lost %', 'delay p50 ms', 'jitter p50 ms', 'p99 ms', 'max ms', 'CPU of one core'];
console.log(`\n${machine()}, ${seconds} s each\n\n${table(heads, lines)}\n`);
const startedAt = new Date().toISOString();
mkdirSync('bench/results', { recursive: true });
const file = path.join('bench/results', `media-${startedAt.replace(/[:.]/g, '-')}.json`);
writeFileSync(file, `${JSON.stringify({ startedAt, machine: machine(), seconds, rows }, null, 2)}\n`);
console.log(`saved as ${file}`);
process.exit(0);
