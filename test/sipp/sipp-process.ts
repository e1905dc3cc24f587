import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, portBound } from '../support/free-ports.js';
import { parseTrace, type WireMessage } from './wire-trace.js';

export interface SippOptions {
  /** Scenario XML. */
  readonly scenario: string;
  /** For calls that come in meanwhile, which the first one knows nothing of. */
  readonly secondScenario?: string;
  /** Where requests outside dialogs go; absent for who only answers. */
  readonly target?: { readonly host: string; readonly port: number };
  readonly host?: string;
  /** A free one unless given. */
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Ends by itself after so many calls; absent: runs until stopped. */
  readonly calls?: number;
  readonly ratePerSecond?: number;
  /** Calls going on at once. */
  readonly limit?: number;
  /** One row a call, the values of `[field0]`, `[field1]`, … */
  readonly rows?: readonly (readonly string[])[];
  /** What `[authentication]` signs as its URI, without `sip:`; SIPp's own choice is the remote address. */
  readonly authUri?: string;
  /** Kills a run that hangs. */
  readonly timeoutSeconds?: number;
  /** Keeps every message for the asking; off for load. */
  readonly trace?: boolean;
  readonly extraArguments?: readonly string[];
}

export interface SippExit {
  /** 0: every call went as the scenario says; 1: at least one did not. */
  readonly code: number | null;
  /** What SIPp found unexpected, in its words. */
  readonly errors: string;
}

export interface SippRun {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly exited: Promise<SippExit>;
  /** What went over the wire so far. */
  messages(): WireMessage[];
  errors(): string;
  /** The text of a file that SIPp wrote beside its scenario, by the end of its name. */
  file(suffix: string): string | undefined;
  /** Kills it if it still runs and forgets its files. */
  stop(): Promise<void>;
}

export const debianPackage = 'sip-tester';

/** Where `sipp` is; throws, naming the Debian package, when it is nowhere on PATH. */
export function findSipp(): string {
  return findProgram('sipp', debianPackage);
}

export function findProgram(name: string, packageName: string): string {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const candidate = path.join(folder, name);
    if (folder !== '' && existsSync(candidate)) return candidate;
  }
  throw new Error(
    `${name} is not on PATH; these tests need the Debian package ${packageName} (apt install ${packageName})`,
  );
}

/** Starts SIPp and resolves once its port is bound. */
export async function startSipp(options: SippOptions): Promise<SippRun> {
  const program = findSipp();
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await freePort(host));
  const folder = mkdtempSync(path.join(tmpdir(), 'switchboard-sipp-'));
  const args = await argumentsFor(options, { host, port, folder });
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TZ: 'UTC' },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4000);
  });
  const file = (suffix: string) => {
    const name = existsSync(folder) ? readdirSync(folder).find((each) => each.endsWith(suffix)) : undefined;
    return name === undefined ? undefined : readFileSync(path.join(folder, name), 'latin1');
  };
  const errors = () => unexpected(file('_errors.log') ?? stderr);
  const exited = exitOf(child).then((code) => ({ code, errors: errors() }));
  const run: SippRun = {
    pid: child.pid ?? -1,
    host,
    port,
    exited,
    messages: () => parseTrace(file('_messages.log') ?? ''),
    errors,
    file,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const transport = options.transport ?? 'udp';
  const started = options.target && transport === 'tcp' ? true : await portBound(transport, port, 30_000);
  // A run as short as one REGISTER may be over before anybody looks.
  if (!started && child.exitCode === null) {
    await run.stop();
    throw new Error(`sipp did not bind ${transport} port ${port}: ${errors()}`);
  }
  return run;
}

/** SIPp's error log without its time, what a scenario meant to happen, and its words on a busy machine; one entry a line. */
function unexpected(log: string): string {
  return log
    .split(/\d{4}-\d{2}-\d{2}\s\d{2}:\d{2}:\d{2}\.\d+\s[\d.]+: /)
    .filter(
      (entry) =>
        !/^The following events|^Overload warning|^Resolving remote host|^Received out-of-call INVITE|receive timeout on message .* jumping to label/.test(
          entry,
        ),
    )
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .join('\n');
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

async function argumentsFor(
  options: SippOptions,
  place: { host: string; port: number; folder: string },
): Promise<string[]> {
  const scenarioFile = path.join(place.folder, 'scenario.xml');
  writeFileSync(scenarioFile, options.scenario);
  const args = options.target ? [`${options.target.host}:${options.target.port}`] : [];
  if (options.secondScenario !== undefined) {
    const secondFile = path.join(place.folder, 'second.xml');
    writeFileSync(secondFile, options.secondScenario);
    args.push('-oocsf', secondFile);
  }
  args.push('-sf', scenarioFile, '-i', place.host, '-p', String(place.port), '-bind_local', '-nostdin');
  args.push('-t', options.transport === 'tcp' ? 't1' : 'u1');
  args.push('-mi', place.host, '-mp', String(await freePort(place.host)));
  args.push('-ci', place.host, '-cp', String(await freePort(place.host)), '-skip_rlimit');
  args.push('-trace_err', '-timer_resol', '1', '-timeout', `${options.timeoutSeconds ?? 120}s`, '-timeout_error');
  if (options.trace !== false) args.push('-trace_msg');
  if (options.calls !== undefined) args.push('-m', String(options.calls));
  if (options.ratePerSecond !== undefined) args.push('-r', String(options.ratePerSecond));
  if (options.limit !== undefined) args.push('-l', String(options.limit));
  if (options.authUri !== undefined) args.push('-auth_uri', options.authUri);
  if (options.rows) {
    const rowsFile = path.join(place.folder, 'rows.csv');
    writeFileSync(rowsFile, ['SEQUENTIAL', ...options.rows.map((row) => row.join(';')), ''].join('\n'));
    args.push('-inf', rowsFile);
  }
  args.push(...(options.extraArguments ?? []));
  return args;
}
