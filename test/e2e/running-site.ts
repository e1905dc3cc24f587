/** A whole Switchboard on a SIP server, with what tests ask of it. */
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { parseSite } from '../../src/config/parse-site.js';
import type { RoutingConfig } from '../../src/config/routing-config.js';
import type { SwitchboardEvent } from '../../src/kernel/events.js';
import type { WorkId } from '../../src/kernel/ids.js';
import { startSwitchboard, type Switchboard } from '../../src/main.js';
import type { CallerHabit } from '../sipp/caller-scenarios.js';
import { startCallers, type Callers, type CallersDone } from '../sipp/callers.js';
import type { PhoneHabit } from '../sipp/phone-scenarios.js';
import { answerAt, startPhones, type PhoneBank, type Registrar } from '../sipp/phones.js';
import { storyOf } from '../sipp/wire-trace.js';
import type { RunningSipServer, SipServerUnderTest, SipTimers } from '../support/sip-servers.js';
import { accountsOf, domain } from './site.js';

export interface RunningSite {
  readonly switchboard: Switchboard;
  readonly registrar: Registrar;
  readonly udp: { readonly host: string; readonly port: number };
  readonly tcp: { readonly host: string; readonly port: number };
  readonly events: readonly SwitchboardEvent[];
  /** Registers these accounts and answers by the habit until the site stops. */
  phones(
    usernames: readonly string[],
    habit: PhoneHabit,
    options?: { transport?: 'udp' | 'tcp'; expiresSeconds?: number },
  ): Promise<PhoneBank>;
  /** Answers at that port until the site stops, without having registered: a carrier. */
  carrier(port: number, habit: PhoneHabit): Promise<PhoneBank>;
  startCallers(does: CallerHabit['does'], numbers: readonly string[], options?: CallOptions): Promise<Callers>;
  /**
   * Starts them and waits until the last is done, and, where nobody else is calling, until the phones are, too; fails when one
   * of them was not treated as it expects.
   */
  call(does: CallerHabit['does'], numbers: readonly string[], options?: CallOptions): Promise<CallersDone>;
  /** Hangs up whatever goes on but this, as a supervisor may. */
  hangUp(except?: WorkId): void;
  /** The first event that fits, past or to come. */
  eventually<Type extends SwitchboardEvent['type']>(
    type: Type,
    fits?: (event: Extract<SwitchboardEvent, { type: Type }>) => boolean,
    withinMs?: number,
  ): Promise<Extract<SwitchboardEvent, { type: Type }>>;
  /** Resolves when the first call of these callers has gone so far on their wire. */
  sawOnWire(callers: Callers, wanted: RegExp): Promise<void>;
  /** Who accepted calls, in order, since the event of that number. */
  acceptedBy(sinceSeq?: number): string[];
  lastSeq(): number;
  /** Resolves when there is no dialog, hold, timer or waiting call any more, and the phones are done; fails when something stays. */
  nothingLeft(withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly habit?: Partial<Omit<CallerHabit, 'does'>>;
  /** Calls going on at once; default all. */
  readonly atOnce?: number;
  readonly ratePerSecond?: number;
  readonly host?: string;
  readonly transport?: 'udp' | 'tcp';
  readonly timeoutSeconds?: number;
}

export interface SiteOptions {
  readonly server: SipServerUnderTest;
  readonly yaml: string;
  readonly timers?: SipTimers;
  /** For what no admin may write, such as session timers shorter than RFC 4028 allows. */
  readonly adjust?: (config: RoutingConfig) => RoutingConfig;
}

export async function startSite(options: SiteOptions): Promise<RunningSite> {
  const parsed = parseSite([{ name: 'site.yaml', text: options.yaml }], {});
  if (!parsed.ok) {
    const errors = parsed.problems.filter(({ severity }) => severity === 'error');
    throw new Error(errors.map(({ message }) => message).join('\n'));
  }
  const server = await options.server.start(options.timers ? { timers: options.timers } : {});
  const config = withServer(options.adjust?.(parsed.config) ?? parsed.config, server);
  const log = pino({ level: process.env.E2E_LOG ?? 'fatal' }, process.stderr);
  const switchboard = await startSwitchboard({ config, log }).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return runningSite(switchboard, server);
}

function withServer(config: RoutingConfig, { control }: RunningSipServer): RoutingConfig {
  return { ...config, sip: { ...config.sip, server: { kind: 'drachtio', ...control } } };
}

function runningSite(switchboard: Switchboard, server: RunningSipServer): RunningSite {
  const events: SwitchboardEvent[] = [];
  switchboard.events.subscribe((event) => events.push(event));
  const place = (transport: 'udp' | 'tcp') => server.sip.find((each) => each.transport === transport)!;
  const [udp, tcp] = [place('udp'), place('tcp')];
  const running: { stop(): Promise<void> }[] = [];
  const banks: PhoneBank[] = [];
  const calling = new Set<Callers>();
  const phonesAreDone = () => Promise.all(banks.map((bank) => bank.over()));
  const keep = (bank: PhoneBank): PhoneBank => {
    running.push(bank);
    banks.push(bank);
    return bank;
  };
  const registrar = { ...udp, domain };
  const site: RunningSite = {
    switchboard,
    registrar,
    udp,
    tcp,
    events,
    async phones(usernames, habit, phoneOptions = {}) {
      const bank = await startPhones({
        registrar: { ...place(phoneOptions.transport ?? 'udp'), domain },
        accounts: accountsOf(usernames),
        habit,
        ...phoneOptions,
      });
      return keep(bank);
    },
    carrier: async (port, habit) => keep(await answerAt({ port, habit })),
    async startCallers(does, numbers, callOptions = {}) {
      const { habit, atOnce, ...more } = callOptions;
      const callers = await startCallers({
        sip: place(callOptions.transport ?? 'udp'),
        habit: { domain, ...habit, does },
        numbers,
        ...(atOnce === undefined ? {} : { limit: atOnce }),
        ...more,
      });
      running.push(callers);
      calling.add(callers);
      void callers.over.then(() => calling.delete(callers));
      return callers;
    },
    async call(does, numbers, callOptions) {
      const done = await (await site.startCallers(does, numbers, callOptions)).done();
      expect(done.code, `a caller was not treated as expected:\n${done.errors}`).toBe(0);
      if (calling.size === 0) await phonesAreDone();
      return done;
    },
    hangUp(except) {
      for (const { id } of switchboard.calls.list()) if (id !== except) switchboard.calls.find(id)?.hangUp('asked');
    },
    sawOnWire: (callers, wanted) =>
      vi.waitFor(() => expect(storyOf(callers.calls()[0] ?? []).join(' ')).toMatch(wanted), 30_000),
    eventually: (type, fits, withinMs) => eventually(switchboard, events, { type, fits, withinMs }),
    acceptedBy: (sinceSeq = 0) =>
      events.flatMap((event) => (event.type === 'call.accepted' && event.seq > sinceSeq ? [event.agent] : [])),
    lastSeq: () => events.at(-1)?.seq ?? 0,
    async nothingLeft(withinMs = 30_000) {
      await nothingLeft(switchboard, server, withinMs);
      await phonesAreDone();
    },
    async stop() {
      await Promise.all(running.map((each) => each.stop()));
      await switchboard.stop({ graceMs: 0 });
      await server.stop();
    },
  };
  return site;
}

async function nothingLeft(switchboard: Switchboard, server: RunningSipServer, withinMs: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const activity = await switchboard.activity();
      // Only the embedded server can tell; its transactions outlive a call for RFC 3261's sake, its dialogs must not.
      const all = { ...activity, serverDialogs: server.counts?.().dialogs ?? 0 };
      const left = Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0));
      expect(left, 'something is left').toEqual({});
    },
    { timeout: withinMs, interval: 20 },
  );
}

function eventually<Type extends SwitchboardEvent['type']>(
  switchboard: Switchboard,
  past: readonly SwitchboardEvent[],
  wanted: {
    type: Type;
    fits: ((event: Extract<SwitchboardEvent, { type: Type }>) => boolean) | undefined;
    withinMs: number | undefined;
  },
): Promise<Extract<SwitchboardEvent, { type: Type }>> {
  type Wanted = Extract<SwitchboardEvent, { type: Type }>;
  const { type, fits = () => true, withinMs = 40_000 } = wanted;
  const isWanted = (event: SwitchboardEvent): event is Wanted => event.type === type && fits(event as Wanted);
  const found = past.find(isWanted);
  if (found) return Promise.resolve(found);
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      unsubscribe();
    };
    const timer = setTimeout(() => {
      end();
      const last = past.slice(-10).map((event) => event.type);
      reject(new Error(`no ${type} came; the last events: ${last.join(', ')}`));
    }, withinMs);
    const unsubscribe = switchboard.events.subscribe((event) => {
      if (!isWanted(event)) return;
      end();
      resolve(event);
    });
  });
}
