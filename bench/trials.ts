/** One SIP server with one subject on it, put through everything that the bench measures. */
import type { RunningSipServer } from '../test/support/sip-servers.js';
import { startCallers } from '../test/sipp/callers.js';
import { answerAt, startPhones, type PhoneBank } from '../test/sipp/phones.js';
import { accountsFor, agentCount, benchDomain, ringAllCount } from './bench-site.js';
import { percentile, runTraced, runUntraced } from './load.js';
import { childNamed, cpuMs, residentBytes } from './process-usage.js';
import { startBareB2bua, startSwitchboardProcess, type Subject } from './subjects.js';

export interface Setting {
  /** `embedded` or the real server's name. */
  readonly serverName: string;
  /** Absent: the subject starts the embedded one in itself. */
  readonly server?: RunningSipServer;
}

export interface Plan {
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly searchFrom: number;
  readonly searchStep: number;
  readonly searchUntil: number;
  readonly waitingCalls: number;
}

export interface RateResult {
  readonly rate: number;
  readonly calls: number;
  readonly failed: boolean;
  /** Added delay, see load.ts. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly thereP50Ms: number;
  readonly backP50Ms: number;
  /** Of the subject's process; with the embedded server that runs in it. */
  readonly subjectCpuMsPerCall: number;
  readonly serverCpuMsPerCall?: number;
}

export interface SubjectResult {
  readonly server: string;
  readonly subject: Subject['name'];
  readonly rates: readonly RateResult[];
  readonly highestRate: number;
}

export interface WaitingResult {
  readonly server: string;
  readonly calls: number;
  readonly heapKbPerCall: number;
  readonly residentKbPerCall: number;
  readonly serverResidentKbPerCall?: number;
}

export interface RingAllResult {
  readonly server: string;
  readonly phones: number;
  readonly calls: number;
  /** From the caller's INVITE to the last phone's. */
  readonly p50Ms: number;
  readonly maxMs: number;
}

interface Stage {
  readonly setting: Setting;
  readonly subject: Subject;
  readonly sip: { readonly host: string; readonly port: number };
  readonly number: string;
  readonly serverPid: number | undefined;
}

/** The phones of both subjects answer at once; what they take for it is taken off the delays. */
const promptHabit = { name: 'agent', then: { does: 'answer', afterMs: 0 } } as const;

export async function tryBareB2bua(setting: Setting, plan: Plan, say: (line: string) => void): Promise<SubjectResult> {
  const phones = () => answerAt({ habit: promptHabit, timeoutSeconds: 600 });
  const target = await phones();
  const subject = await startBareB2bua(controlOf(setting), { host: target.host, port: target.port });
  const stage = stageOf(setting, subject, 'agent');
  try {
    return await tryRates(stage, plan, target, say);
  } finally {
    await subject.stop();
    await target.stop();
  }
}

export async function trySwitchboard(
  setting: Setting,
  plan: Plan,
  say: (line: string) => void,
): Promise<{ load: SubjectResult; waiting: WaitingResult; ringAll: RingAllResult }> {
  const subject = await startSwitchboardProcess(controlOf(setting));
  const stage = stageOf(setting, subject, '1000');
  const registrar = { ...stage.sip, domain: benchDomain };
  const phones = await startPhones({
    registrar,
    accounts: accountsFor('agent', agentCount),
    habit: promptHabit,
    timeoutSeconds: 900,
  });
  try {
    await warmUp(stage);
    // Before the load, which leaves the processes with memory to spare.
    const waiting = await tryWaiting({ ...stage, number: '3000' }, plan.waitingCalls, say);
    const load = await tryRates(stage, plan, phones, say);
    const ringAll = await tryRingAll({ ...stage, number: '2000' }, say);
    return { load, ringAll, waiting };
  } finally {
    await subject.stop();
    await phones.stop();
  }
}

function controlOf({ server }: Setting): string {
  return server === undefined ? 'embedded' : `${server.control.host}:${server.control.port}:${server.control.secret}`;
}

function stageOf(setting: Setting, subject: Subject, number: string): Stage {
  const listening = setting.server?.sip ?? subject.sip;
  const sip = listening.find(({ transport }) => transport === 'udp');
  if (sip === undefined) throw new Error(`${setting.serverName} does not listen on UDP`);
  return {
    setting,
    subject,
    sip,
    number,
    serverPid: setting.server === undefined ? undefined : childNamed('drachtio'),
  };
}

/** Code is compiled and caches are filled by then. */
async function warmUp(stage: Stage): Promise<void> {
  await runUntraced({ ...stage, ratePerSecond: 50, seconds: 4 });
}

async function tryRates(
  stage: Stage,
  plan: Plan,
  phones: PhoneBank,
  say: (line: string) => void,
): Promise<SubjectResult> {
  const where = `${stage.setting.serverName}, ${stage.subject.name}`;
  await warmUp(stage);
  const rates: RateResult[] = [];
  for (const rate of plan.rates) {
    const result = await tryRate(stage, rate, plan.seconds, phones);
    say(`${where}: ${rate}/s ${result.failed ? 'FAILED' : `p50 ${ms(result.p50Ms)}, p99 ${ms(result.p99Ms)}`}`);
    rates.push(result);
  }
  const highestRate = await searchHighest(stage, plan, say);
  return { server: stage.setting.serverName, subject: stage.subject.name, rates, highestRate };
}

async function tryRate(stage: Stage, rate: number, seconds: number, phones: PhoneBank): Promise<RateResult> {
  const before = {
    subject: cpuMs(stage.subject.pid),
    server: stage.serverPid === undefined ? 0 : cpuMs(stage.serverPid),
  };
  const run = await runTraced({ ...stage, ratePerSecond: rate, seconds, phoneMessages: () => phones.messages() });
  return {
    rate,
    calls: run.calls,
    failed: run.failed,
    p50Ms: percentile(
      run.added.map(({ thereMs, backMs }) => thereMs + backMs),
      0.5,
    ),
    p99Ms: percentile(
      run.added.map(({ thereMs, backMs }) => thereMs + backMs),
      0.99,
    ),
    thereP50Ms: percentile(
      run.added.map(({ thereMs }) => thereMs),
      0.5,
    ),
    backP50Ms: percentile(
      run.added.map(({ backMs }) => backMs),
      0.5,
    ),
    subjectCpuMsPerCall: (cpuMs(stage.subject.pid) - before.subject) / run.calls,
    ...(stage.serverPid === undefined
      ? {}
      : { serverCpuMsPerCall: (cpuMs(stage.serverPid) - before.server) / run.calls }),
  };
}

/** Upwards in steps until the first rate at which a call fails, tried twice. */
async function searchHighest(stage: Stage, plan: Plan, say: (line: string) => void): Promise<number> {
  let highest = 0;
  for (let rate = plan.searchFrom; rate <= plan.searchUntil; rate += plan.searchStep) {
    const options = { ...stage, ratePerSecond: rate, seconds: plan.seconds };
    let run = await runUntraced(options);
    if (run.failed) run = await runUntraced(options);
    say(`${stage.setting.serverName}, ${stage.subject.name}: ${rate}/s ${run.failed ? 'FAILED' : 'all well'}`);
    if (run.failed) return highest;
    highest = rate;
  }
  return highest;
}

/** Callers whom nobody can take: what each costs while it rings on. */
async function tryWaiting(stage: Stage, calls: number, say: (line: string) => void): Promise<WaitingResult> {
  const { subject, serverPid } = stage;
  const before = await subject.vitals();
  const residentBefore = residentBytes(subject.pid);
  const serverBefore = serverPid === undefined ? 0 : residentBytes(serverPid);
  const callers = await startCallers({
    ...stage,
    habit: { domain: benchDomain, does: { what: 'cancel', after: 180, ms: 25_000 } },
    numbers: Array.from({ length: calls }, () => stage.number),
    ratePerSecond: 100,
    timeoutSeconds: 60,
    trace: false,
  });
  let vitals = before;
  for (const deadline = Date.now() + 24_000; vitals.calls < calls && Date.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    vitals = await subject.vitals();
  }
  const residentAfter = residentBytes(subject.pid);
  const serverAfter = serverPid === undefined ? 0 : residentBytes(serverPid);
  const done = await callers.done();
  if (done.code !== 0) say(`waiting callers: ${done.errors.slice(0, 300)}`);
  const kbPerCall = (bytes: number) => bytes / 1024 / vitals.calls;
  return {
    server: stage.setting.serverName,
    calls: vitals.calls,
    heapKbPerCall: kbPerCall(vitals.heapBytes - before.heapBytes),
    residentKbPerCall: kbPerCall(residentAfter - residentBefore),
    ...(serverPid === undefined ? {} : { serverResidentKbPerCall: kbPerCall(serverAfter - serverBefore) }),
  };
}

async function tryRingAll(stage: Stage, say: (line: string) => void): Promise<RingAllResult> {
  const calls = 10;
  const phones = await startPhones({
    registrar: { ...stage.sip, domain: benchDomain },
    accounts: accountsFor('all', ringAllCount),
    habit: { then: { does: 'nothing' } },
  });
  const spans: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const before = phones.calls().length;
    const callers = await startCallers({
      ...stage,
      habit: { domain: benchDomain, does: { what: 'cancel', after: 180, ms: 700 } },
      numbers: [stage.number],
    });
    const done = await callers.done();
    const sent = done.calls[0]?.[0]?.atMs ?? Number.NaN;
    const told = phones
      .calls()
      .slice(before)
      .map((messages) => messages[0]?.atMs ?? Number.NaN);
    if (told.length < ringAllCount) throw new Error(`ring to all told ${told.length} of ${ringAllCount} phones`);
    spans.push(Math.max(...told) - sent);
  }
  await phones.stop();
  say(
    `${stage.setting.serverName}: ${ringAllCount} phones told within ${spans.map((span) => span.toFixed(0)).join(', ')} ms`,
  );
  return {
    server: stage.setting.serverName,
    phones: ringAllCount,
    calls,
    p50Ms: percentile(spans, 0.5),
    maxMs: Math.max(...spans),
  };
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
