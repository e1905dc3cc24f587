/** A controller in a process of its own, as it is installed, so that it can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse, stringify } from 'yaml';
import type { CallerHabit } from '../sipp/caller-scenarios.js';
import { startCallers, type CallerOptions, type Callers } from '../sipp/callers.js';
import type { PhoneHabit } from '../sipp/phone-scenarios.js';
import { startPhones, type PhoneBank } from '../sipp/phones.js';
import { accountsOf, domain } from './site.js';

export interface Controller {
  readonly sip: { readonly host: string; readonly port: number };
  readonly http: { readonly host: string; readonly port: number };
  /** Callers who talk until the other side hangs up, unless they are to do something else. */
  callers(
    numbers: readonly string[],
    options?: Partial<Omit<CallerOptions, 'sip' | 'habit'>> & { does?: CallerHabit['does'] },
  ): Promise<Callers>;
  /** Registers these accounts with it, to answer by the habit wherever their calls come from. */
  phones(usernames: readonly string[], habit: PhoneHabit): Promise<PhoneBank>;
  /** It stands still, and goes on as if no time had passed. */
  pause(): void;
  goOn(): void;
  /** As an admin stops it. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

/** Runs what `npm run build` has made. */
export async function startController(options: {
  readonly yaml: string;
  readonly socket: string;
  readonly storeSite: string;
  readonly node?: string;
}): Promise<Controller> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-controller-'));
  const store = { redis: options.socket, site: options.storeSite, ...(options.node && { node: options.node }) };
  await writeFile(join(folder, 'site.yaml'), stringify({ ...(parse(options.yaml) as object), store }));
  const child = spawn(process.execPath, ['dist/cli/main.js', 'start', '--config', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const said: string[] = [];
  const host = '127.0.0.1';
  const [sipPort, httpPort] = await new Promise<[number, number]>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      const [sip, http] = [/SIP +udp:127\.0\.0\.1:(\d+)/, /HTTP +http:\/\/127\.0\.0\.1:(\d+)/].map(
        (wanted) => wanted.exec(said.join('\n'))?.[1],
      );
      if (sip !== undefined && http !== undefined) resolve([Number(sip), Number(http)]);
    });
    void exited.then(() => reject(new Error(`the controller did not start:\n${said.join('\n')}`)));
  });
  const sip = { host, port: sipPort };
  return {
    sip,
    http: { host, port: httpPort },
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
    callers: (numbers, { does, ...more } = {}) =>
      startCallers({ sip, habit: { domain, does: does ?? { what: 'listen' } }, numbers, ...more }),
    phones: (usernames, habit) =>
      startPhones({ registrar: { ...sip, domain }, accounts: accountsOf(usernames), habit }),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
