/** What the programme plays on: the running site, its phones, its callers and its carrier. */
import type { RoutingConfig } from '../../config/routing-config.js';
import { agentId, type DeviceId } from '../../kernel/ids.js';
import type { AgentSnapshot } from '../../ledger/ledger.js';
import type { Switchboard } from '../../main.js';
import type { CallBook, CallRecord } from './call-book.js';
import type { Carrier } from './carrier.js';
import type { Habit, Phone, PhoneCall } from './phone.js';
import type { CallEvent } from './sip/dialog.js';
import type { UserAgent } from './sip/user-agent.js';

export interface Stage {
  readonly site: Switchboard;
  readonly config: RoutingConfig;
  readonly book: CallBook;
  readonly phones: readonly Phone[];
  readonly carrier: Carrier;
  /** Whoever calls from outside, without an account. */
  readonly city: UserAgent;
  /** Names of callers by their number, for the views. */
  readonly callerNames: Map<string, string>;
}

export interface CallerPlan {
  readonly to: string;
  /** Who calls; default: somebody of the city. */
  readonly by?: 'city' | 'carrier' | Phone;
  /** Hangs up after talking for so long. Milliseconds. */
  readonly talkMs?: number;
  /** Hangs up after waiting for so long. Milliseconds. */
  readonly patienceMs?: number;
}

export interface PlacedCall {
  readonly from: string;
  readonly answered: Promise<void>;
  /** The caller's own end: the status that refused it, or 200. */
  readonly done: Promise<number>;
  /** The controller's record, once the call has ended and all phones have heard of it. */
  readonly over: Promise<CallRecord>;
  /** Packets of sound that the caller has heard so far. */
  heard(): number;
}

const CALLER_NAMES = [
  'Rosa',
  'Iker',
  'Nadia',
  'Tomás',
  'Lucía',
  'Omar',
  'Vera',
  'Jonas',
  'Alba',
  'Pavel',
  'Inés',
  'Kofi',
];
const USUAL_TALK_MS = 400;
const ASK_AGAIN_MS = 20;
const MOST_TIMES_ASKED = 50;

let nextCaller = 0;

/** Somebody calls and hangs up by plan. Returns at once. */
export function place(stage: Stage, plan: CallerPlan): PlacedCall {
  const { by = 'city', talkMs = USUAL_TALK_MS } = plan;
  const from = typeof by === 'string' ? newCaller(stage) : usernameOf(stage, by);
  const userAgent = by === 'city' ? stage.city : by === 'carrier' ? stage.carrier.userAgent : by.userAgent;
  const identity = { user: from, displayName: stage.callerNames.get(from) ?? from };
  const timers: NodeJS.Timeout[] = [];
  let onAnswered: () => void;
  const answered = new Promise<void>((resolve) => (onAnswered = resolve));
  let heard = (): number => 0;
  const done = new Promise<number>((resolve) => {
    const onEvent = (event: CallEvent): void => {
      if (event.type === 'answered') {
        onAnswered();
        // Who waits with music has been answered long before anybody talks.
        void stage.book.when(from, isTalking).then(() => timers.push(setTimeout(() => call.hangUp(), talkMs)));
      }
      if (event.type !== 'failed' && event.type !== 'ended') return;
      for (const timer of timers) clearTimeout(timer);
      resolve(event.type === 'failed' ? event.status : 200);
    };
    const call = userAgent.call(`sip:${plan.to}@${stage.config.sip.domain}`, onEvent, identity);
    heard = () => call.heard();
    if (plan.patienceMs !== undefined) timers.push(setTimeout(() => call.hangUp(), plan.patienceMs));
  });
  const over = done.then(async () => {
    const record = await stage.book.whenOver(from);
    await whenSettled(stage, from);
    return record;
  });
  return { from, answered, done, over, heard };
}

function isTalking({ acceptedBy, queue }: CallRecord): boolean {
  return acceptedBy !== undefined || queue === undefined;
}

/** The controller says that a call is over when it has sent the last CANCEL; the phones need a moment to hear of it. */
async function whenSettled(stage: Stage, from: string): Promise<void> {
  const calls = stage.phones.flatMap((phone) => phone.calls).filter((call) => call.from === from);
  const isSettled = (): boolean => calls.every(({ outcome }) => outcome !== 'ringing' && outcome !== 'talking');
  for (let asked = 0; asked < MOST_TIMES_ASKED && !isSettled(); asked += 1) await pause(ASK_AGAIN_MS);
}

export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function newCaller(stage: Stage): string {
  const name = CALLER_NAMES[nextCaller % CALLER_NAMES.length] ?? 'Somebody';
  nextCaller += 1;
  const number = `+346550${String(nextCaller).padStart(5, '0')}`;
  stage.callerNames.set(number, name);
  return number;
}

function usernameOf(stage: Stage, phone: Phone): string {
  const device = stage.config.agents.get(phone.agent)?.devices.get(phone.device);
  return device?.kind === 'sip' ? device.username : phone.agent;
}

/** Sets what an agent's phones do; without a device, the first of them. */
export function habit(stage: Stage, agent: string, what: Habit, device?: string): void {
  phoneOf(stage, agent, device).habit = what;
}

export function phoneOf(stage: Stage, agent: string, device?: string): Phone {
  const found = stage.phones.find((phone) => phone.agent === agent && (device ?? phone.device) === phone.device);
  if (found === undefined) throw new Error(`the example site has no phone ${device ?? ''} for ${agent}`);
  return found;
}

/** What the phones of an agent saw of a caller. */
export function seenBy(stage: Stage, agent: string, from: string, device?: DeviceId): PhoneCall | undefined {
  return stage.phones
    .filter((phone) => phone.agent === agent && (device ?? phone.device) === phone.device)
    .flatMap((phone) => phone.calls)
    .findLast((call) => call.from === from);
}

/** Resolves when these agents (default: all) hold nothing and are not spared after a missed call. */
export async function whenFree(
  stage: Stage,
  agents: readonly string[] = [...stage.config.agents.keys()],
): Promise<void> {
  const wanted = new Set(agents);
  for (;;) {
    const { agents: states, atMs } = await stage.site.ledger.snapshot();
    if (states.every((state) => !wanted.has(state.agent) || isFree(state, atMs))) return;
    await pause(ASK_AGAIN_MS);
  }
}

function isFree({ holds, backOff }: AgentSnapshot, nowMs: number): boolean {
  return holds.length === 0 && (backOff === undefined || backOff.untilMs <= nowMs);
}

export async function agentState(stage: Stage, agent: string): Promise<AgentSnapshot | undefined> {
  const { agents } = await stage.site.ledger.snapshot();
  return agents.find((state) => state.agent === agentId(agent));
}

export async function setPresence(stage: Stage, agents: readonly string[], body: object): Promise<void> {
  for (const agent of agents) await ask(stage, 'PUT', `agents/${agent}/presence`, body);
}

/** Sends the call on, to what its agent could dial. */
export async function transfer(stage: Stage, { call }: CallRecord, to: string): Promise<void> {
  await ask(stage, 'POST', `calls/${call}/transfer`, { to });
}

/** Through the HTTP API, as any other program would. */
export async function ask(stage: Stage, method: 'PUT' | 'POST', path: string, body: object): Promise<unknown> {
  const { host, port, token } = stage.site.http;
  const response = await fetch(`http://${host}:${port}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
