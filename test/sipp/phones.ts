import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-ports.js';
import { untilOver } from './last-words.js';
import { phoneArguments, phoneScenario, type PhoneHabit } from './phone-scenarios.js';
import { noBody, pause, scenario, send, via, waitFor } from './scenario.js';
import { startSipp, type SippOptions, type SippRun } from './sipp-process.js';
import { byCall, calledUser, type WireMessage } from './wire-trace.js';

export interface Account {
  readonly username: string;
  readonly password: string;
}

export interface Registrar {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
}

/** Phones of one habit: one SIPp process, one port, one contact for each account. */
export interface PhoneBank {
  readonly port: number;
  readonly host: string;
  readonly pid: number;
  /** Every call that came to this phone, oldest first, each with its messages in the order of the wire. */
  callsTo(username: string): WireMessage[][];
  /** Every call that came to any of them. */
  calls(): WireMessage[][];
  /** All that went over the wire so far. */
  messages(): WireMessage[];
  /** Resolves when all its calls are over here too, down to the last message. */
  over(): Promise<void>;
  /** What SIPp found unexpected; empty when all went by the scenario. */
  errors(): string;
  /** The cable pulled: gone without a word. */
  stop(): Promise<void>;
}

export interface PhoneOptions {
  readonly registrar: Registrar;
  readonly accounts: readonly Account[];
  readonly habit: PhoneHabit;
  readonly transport?: 'udp' | 'tcp';
  readonly expiresSeconds?: number;
  readonly trace?: boolean;
  readonly timeoutSeconds?: number;
  readonly extraArguments?: readonly string[];
}

/** Registers each account by digest from the port where the phones then answer; on TCP over the one connection. */
export async function startPhones(options: PhoneOptions): Promise<PhoneBank> {
  if (options.transport === 'tcp') return startPhonesOnTcp(options);
  const port = await freePort();
  await register({ ...options, port });
  return answerAt({ ...options, port });
}

/** A phone on TCP is reached over the connection that it opened: SIPp keeps it, and answers by a second scenario. */
async function startPhonesOnTcp(options: PhoneOptions): Promise<PhoneBank> {
  const { registrar, accounts } = options;
  const port = await freePort();
  const run = await startSipp({
    ...registration(options, port, true),
    port,
    secondScenario: phoneScenario(options.habit),
    timeoutSeconds: options.timeoutSeconds ?? 300,
    extraArguments: [...phoneArguments(options.habit), ...(options.extraArguments ?? [])],
  });
  const deadline = Date.now() + 30_000;
  const registered = () => run.messages().filter(({ status, cseq }) => status === 200 && cseq.method === 'REGISTER');
  while (registered().length < accounts.length) {
    if (Date.now() > deadline) {
      const errors = run.errors();
      await run.stop();
      throw new Error(`no registration at ${registrar.host}:${registrar.port} over TCP: ${errors.slice(0, 300)}`);
    }
    await delay(10);
  }
  return bankOf(run, options.habit);
}

/** Phones that answer at a port without having registered there: carriers, or contacts registered otherwise. */
export async function answerAt(
  options: Omit<PhoneOptions, 'registrar' | 'accounts'> & { port?: number; host?: string },
): Promise<PhoneBank> {
  const run = await startSipp({
    scenario: phoneScenario(options.habit),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.host === undefined ? {} : { host: options.host }),
    transport: options.transport ?? 'udp',
    trace: options.trace ?? true,
    timeoutSeconds: options.timeoutSeconds ?? 300,
    extraArguments: [...phoneArguments(options.habit), ...(options.extraArguments ?? [])],
  });
  return bankOf(run, options.habit);
}

function bankOf(run: SippRun, habit: PhoneHabit): PhoneBank {
  const calls = () => [...byCall(run.messages()).values()].filter((messages) => messages[0]?.method === 'INVITE');
  return {
    port: run.port,
    host: run.host,
    pid: run.pid,
    messages: () => run.messages(),
    calls,
    callsTo: (username) => calls().filter(([first]) => first !== undefined && calledUser(first) === username),
    over: () => untilOver(calls, habit),
    errors: () => run.errors(),
    stop: () => run.stop(),
  };
}

/** REGISTER with digest, one transaction pair for each account; throws when any of them is refused. */
export async function register(
  options: Pick<PhoneOptions, 'registrar' | 'accounts' | 'transport' | 'expiresSeconds'> & {
    port: number;
    contactPort?: number;
  },
): Promise<void> {
  const run = await startSipp({
    ...registration(options, options.contactPort ?? options.port, false),
    port: options.port,
    timeoutSeconds: 40,
  });
  const exit = await run.exited;
  const seen = run.messages().filter((message) => message.status !== undefined);
  await run.stop();
  if (exit.code !== 0) {
    const statuses = [...new Set(seen.map((message) => message.startLine))].join('; ');
    throw new Error(
      `registration failed, sipp ended with ${exit.code}: ${exit.errors.slice(0, 300)} (came back: ${statuses})`,
    );
  }
}

function registration(
  options: Pick<PhoneOptions, 'registrar' | 'accounts' | 'transport' | 'expiresSeconds'>,
  contactPort: number,
  staysConnected: boolean,
): SippOptions {
  const { registrar, accounts } = options;
  return {
    scenario: registerScenario(registrar.domain, contactPort, options.expiresSeconds ?? 600, staysConnected),
    target: registrar,
    transport: options.transport ?? 'udp',
    rows: accounts.map(({ username, password }) => [
      username,
      `[authentication username=${username} password=${password}]`,
    ]),
    calls: accounts.length,
    ratePerSecond: 200,
    authUri: registrar.domain,
  };
}

function registerScenario(
  domain: string,
  contactPort: number,
  expiresSeconds: number,
  staysConnected: boolean,
): string {
  const request = (cseq: number, signed: boolean) =>
    send(
      [
        `REGISTER sip:${domain} SIP/2.0`,
        via,
        `From: <sip:[field0]@${domain}>;tag=[pid]r[call_number]`,
        `To: <sip:[field0]@${domain}>`,
        'Call-ID: [call_id]',
        `CSeq: ${cseq} REGISTER`,
        `Contact: <sip:[field0]@[local_ip]:${contactPort};transport=[transport]>`,
        'Max-Forwards: 70',
        `Expires: ${expiresSeconds}`,
        ...(signed ? ['[field1]'] : []),
        ...noBody,
      ],
      'retrans="500"',
    );
  return scenario(
    'register',
    request(1, false),
    waitFor([{ response: 100 }, { response: 401, attributes: 'auth="true"' }]),
    request(2, true),
    waitFor([{ response: 100 }, { response: 200 }]),
    staysConnected ? pause(600_000) : '',
  );
}
