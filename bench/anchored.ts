/**
 * `npm run bench:anchored`: calls that stay on a media server, and calls that wait on music first: how many go, the delay that is
 * added and what they cost, on the embedded servers and on drachtio-server with FreeSWITCH, and FreeSWITCH's own mod_callcenter
 * in the same process beside them. And what callers cost who wait on music.
 *
 *   npm run bench:anchored -- --rates 20,50 --seconds 5 --until 200 --waiting 100 --rounds 1
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startCallers } from '../test/sipp/callers.js';
import { answerAt, startPhones } from '../test/sipp/phones.js';
import { availableSipServers, type RunningSipServer } from '../test/support/sip-servers.js';
import {
  promptAgents,
  runAnchored,
  searchHighest,
  settle,
  type AnchoredResult,
  type AnchoredSubject,
} from './anchored-load.js';
import { accountsFor, agentCount, benchDomain, musicMs, type BenchMedia } from './bench-site.js';
import { startFreeswitchWithCallcenter } from './callcenter.js';
import type { FromMediaSubject } from './media-subject.js';
import { childNamed, cpuMs, residentBytes } from './process-usage.js';
import { machine, table } from './report.js';
import { startSwitchboardProcess } from './subjects.js';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '20,50' },
    seconds: { type: 'string', default: '5' },
    from: { type: 'string', default: '20' },
    step: { type: 'string', default: '20' },
    until: { type: 'string', default: '200' },
    waiting: { type: 'string', default: '100' },
    servers: { type: 'string' },
    rounds: { type: 'string', default: '1' },
  },
});
const seconds = Number(values.seconds);
const rates = values.rates.split(',').filter(Boolean).map(Number);
const search = { from: Number(values.from), step: Number(values.step), until: Number(values.until), seconds };
const phoneSeconds = 3_000;

interface WaitingRow {
  readonly servers: string;
  readonly process: string;
  readonly callers: number;
  readonly cpuPercent: number;
  readonly residentMb: number;
}

interface SetResult {
  readonly servers: string;
  readonly runs: AnchoredResult[];
  /** The last rate of each subject at which no call failed. */
  readonly highest: AnchoredResult[];
  readonly waiting: WaitingRow[];
}

const number = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(1);

const joinsOf = ({ joined, calls, joinP50Ms, refusedJoins }: AnchoredResult): string =>
  Number.isNaN(joined) || joined + refusedJoins === 0
    ? '-'
    : `${joined} of ${calls} in ${number(joinP50Ms)} ms, ${refusedJoins} refused`;

const cpuOf = ({ cpuMsPerCall }: AnchoredResult): string =>
  Object.entries(cpuMsPerCall)
    .map(([name, ms]) => `${name} ${number(ms)}`)
    .join(', ');

const say = (servers: string, run: AnchoredResult): void => {
  const { subject, rate, failed, done, calls, p50Ms } = run;
  console.error(
    `${servers}, ${subject}: ${rate}/s ${failed ? `FAILED (${done} of ${calls})` : 'all well'}, p50 ${number(p50Ms)} ms, ` +
      `joined ${joinsOf(run)}, CPU ms/call ${cpuOf(run)}, load ${loadavg()[0]?.toFixed(1) ?? ''}`,
  );
};

interface ServerSet {
  readonly servers: string;
  readonly sip: RunningSipServer | undefined;
  readonly media: BenchMedia;
  readonly processes: Readonly<Record<string, number>>;
  /** Besides the product's own. */
  readonly callcenter?: AnchoredSubject;
}

async function trySet({ servers, sip, media, processes, callcenter }: ServerSet): Promise<SetResult> {
  const control = sip === undefined ? 'embedded' : `${sip.control.host}:${sip.control.port}:${sip.control.secret}`;
  const switchboard = await startSwitchboardProcess(control, media);
  const udp = (sip?.sip ?? switchboard.sip).find(({ transport }) => transport === 'udp');
  if (udp === undefined) throw new Error(`${servers} does not listen on UDP`);
  const phones = await startPhones({
    registrar: { ...udp, domain: benchDomain },
    accounts: accountsFor('agent', agentCount),
    habit: promptAgents,
    timeoutSeconds: phoneSeconds,
  });
  const ours = {
    sip: udp,
    phones,
    processes: { controller: switchboard.pid, ...processes },
    joins: () => switchboard.joins(),
  };
  const subjects: AnchoredSubject[] = [
    { ...ours, name: 'direct', number: '1000', musicMs: 0 },
    { ...ours, name: 'anchored', number: '4000', musicMs: 0 },
    { ...ours, name: 'anchored, after 2 s of music', number: '5000', musicMs },
    ...(callcenter === undefined ? [] : [callcenter]),
  ];
  const result: SetResult = { servers, runs: [], highest: [], waiting: [] };
  try {
    const waiting = { ...ours, servers, number: '3000' };
    result.waiting.push(...(await tryWaiting(waiting, Number(values.waiting))));
    // Code is compiled and caches are filled by then.
    for (const subject of subjects) await runAnchored(subject, 20, 3);
    for (let round = 0; round < Number(values.rounds); round += 1) {
      // Side by side, so that what else the machine does meets all of them.
      for (const rate of rates) {
        for (const subject of subjects) {
          const run = await runAnchored(subject, rate, seconds);
          say(servers, run);
          result.runs.push(run);
          await settle();
        }
      }
    }
    result.highest.push(...(await searchHighest(subjects.slice(1), search, (run) => say(servers, run))));
  } finally {
    await switchboard.stop();
    await phones.stop();
  }
  return result;
}

/** Callers whom nobody takes, on music. */
async function tryWaiting(
  subject: Pick<AnchoredSubject, 'sip' | 'number' | 'processes'> & { readonly servers: string },
  count: number,
): Promise<WaitingRow[]> {
  if (count === 0) return [];
  const measuredMs = 10_000;
  const entries = Object.entries(subject.processes);
  const idle = entries.map(([, pid]) => residentBytes(pid));
  const callers = await startCallers({
    sip: subject.sip,
    habit: { domain: benchDomain, does: { what: 'talk', forMs: 18_000 } },
    numbers: Array.from({ length: count }, () => subject.number),
    ratePerSecond: 50,
    timeoutSeconds: 60,
    trace: false,
  });
  await new Promise((resolve) => setTimeout(resolve, 1_000 * (count / 50) + 3_000));
  const before = entries.map(([, pid]) => cpuMs(pid));
  await new Promise((resolve) => setTimeout(resolve, measuredMs));
  const rows = entries.map(([process, pid], index) => ({
    servers: subject.servers,
    process,
    callers: count,
    cpuPercent: ((cpuMs(pid) - (before[index] ?? 0)) / measuredMs) * 100,
    residentMb: (residentBytes(pid) - (idle[index] ?? 0)) / 2 ** 20,
  }));
  const { code, errors } = await callers.done();
  if (code !== 0) throw new Error(`callers on music were not treated well: ${errors.slice(0, 300)}`);
  return rows;
}

async function tryEmbedded(): Promise<SetResult> {
  // In the product it is a thread of the controller; here it is a process, to be told apart.
  const child = fork(fileURLToPath(new URL('media-subject.js', import.meta.url)), ['embedded'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [ready] = (await once(child, 'message')) as [FromMediaSubject];
  if (ready.type !== 'embedded') throw new Error('the embedded media server did not start');
  try {
    const processes = { media: child.pid ?? -1 };
    return await trySet({ servers: 'embedded', sip: undefined, media: [addressOf(ready)], processes });
  } finally {
    child.disconnect();
  }
}

async function tryReal(sip: RunningSipServer, binary: string): Promise<SetResult> {
  const phones = await answerAt({ habit: promptAgents, timeoutSeconds: phoneSeconds });
  const freeswitch = await startFreeswitchWithCallcenter(binary, phones);
  const media = { media: freeswitch.pid };
  try {
    return await trySet({
      servers: 'drachtio-server and FreeSWITCH',
      sip,
      media: [addressOf(freeswitch)],
      processes: { sip: childNamed('drachtio') ?? -1, ...media },
      callcenter: {
        name: 'mod_callcenter',
        sip: freeswitch.callcenter,
        number: '1000',
        phones,
        musicMs: 0,
        processes: media,
      },
    });
  } finally {
    await freeswitch.stop();
    await phones.stop();
  }
}

interface Addresses {
  readonly esl: { readonly host: string; readonly port: number; readonly password: string };
  readonly sip: { readonly host: string; readonly port: number };
}

function addressOf({ esl, sip }: Addresses): BenchMedia[number] {
  const event_socket = `${esl.host}:${String(esl.port)}`;
  return { name: 'bench', event_socket, password: esl.password, sip: `${sip.host}:${String(sip.port)}` };
}

const wanted = values.servers?.split(',');
const results: SetResult[] = [];
const startedAt = new Date().toISOString();
for (const candidate of availableSipServers()) {
  if (wanted && !wanted.includes(candidate.name)) continue;
  const binary = process.env.FREESWITCH_BIN ?? '';
  if (candidate.isEmbedded) results.push(await tryEmbedded());
  else if (binary === '') console.error('FREESWITCH_BIN names no FreeSWITCH: the real servers were not measured');
  else {
    const server = await candidate.start();
    results.push(await tryReal(server, binary));
    await server.stop();
  }
}

const runs = results.flatMap(({ servers, runs }) =>
  runs.map((run) => [
    servers,
    run.subject,
    `${run.rate}/s`,
    run.failed ? `FAILED (${run.done} of ${run.calls})` : 'all well',
    number(run.p50Ms),
    number(run.p99Ms),
    `${number(run.thereP50Ms)} + ${number(run.backP50Ms)}`,
    joinsOf(run),
    cpuOf(run),
  ]),
);
const highest = results.flatMap(({ servers, highest }) =>
  highest.map((run) => [servers, run.subject, `${run.rate} calls/s`, number(run.p50Ms), joinsOf(run), cpuOf(run)]),
);
const waiting = results.flatMap(({ waiting }) =>
  waiting.map((row) => [
    row.servers,
    row.process,
    String(row.callers),
    `${row.cpuPercent.toFixed(0)} %`,
    `${row.residentMb.toFixed(0)} MB`,
  ]),
);
console.log(
  [
    `\n${machine()}; 60 agents, ${String(seconds)} s at each rate`,
    table(['servers', 'subject', 'rate', 'calls', 'p50 ms', 'p99 ms', 'there + back', 'joined', 'CPU ms/call'], runs),
    table(['servers', 'subject', 'highest rate without a failure', 'p50 ms', 'joined', 'CPU ms/call'], highest),
    table(['servers', 'process', 'callers on music', 'CPU of one core', 'memory more'], waiting),
  ].join('\n\n'),
);
mkdirSync('bench/results', { recursive: true });
const file = path.join('bench/results', `anchored-${startedAt.replace(/[:.]/g, '-')}.json`);
writeFileSync(file, `${JSON.stringify({ startedAt, machine: machine(), seconds, results }, null, 2)}\n`);
console.log(`\nsaved as ${file}`);
process.exit(0);
