/** Another configuration for a running site: all of it or nothing, and no call is dropped for it. */
import { chatLinesOf } from './chat/chat-routes.js';
import type { LiveConfig, LoadedConfig } from './config/live-config.js';
import type { AgentConfig, RoutingConfig, SipDevice } from './config/routing-config.js';
import type { SwitchboardError } from './kernel/errors.js';
import type { EventStream } from './kernel/event-stream.js';
import type { AgentId, QueueId } from './kernel/ids.js';
import type { Ledger, LedgerQueue, LedgerSite } from './ledger/ledger.js';
import type { Schedules } from './ledger/schedules.js';
import type { Logger } from './kernel/logger.js';
import type { Registrar } from './voice/access/registrar.js';
import { phonesChanged } from './voice/access/sign-in.js';
import { workLinesOf } from './work/work-lines.js';

export type ReloadOutcome =
  | {
      readonly type: 'reloaded';
      readonly from: string;
      readonly to: string;
      /** Keys that have changed in the files and go on as they were until a restart. */
      readonly needRestart: readonly string[];
    }
  /** Nothing has changed. */
  | { readonly type: 'refused'; readonly why: string };

interface ReloaderDeps {
  readonly live: LiveConfig;
  readonly ledger: Ledger;
  readonly registrar: Registrar;
  readonly schedules: Schedules;
  readonly events: EventStream;
  /** What is wrong with example secrets on the addresses that are open now. */
  readonly exposure: (exampleSecrets: readonly string[]) => SwitchboardError | undefined;
  readonly log: Logger;
}

/** Reloads come one after the other, however fast they are asked for. */
export function createReloader(deps: ReloaderDeps): (next: LoadedConfig) => Promise<ReloadOutcome> {
  let running: Promise<unknown> = Promise.resolve();
  return (next) => {
    const outcome = running.then(() => reload(next, deps));
    running = outcome;
    return outcome;
  };
}

async function reload(next: LoadedConfig, deps: ReloaderDeps): Promise<ReloadOutcome> {
  const { live, ledger, registrar, schedules, events, log } = deps;
  const problem = deps.exposure(next.exampleSecrets);
  if (problem !== undefined) return { type: 'refused', why: problem.message };
  const before = live.current();
  const { config, needRestart } = withoutRestart(before, next.config);
  try {
    await ledger.configure(ledgerSiteOf(config));
  } catch (error) {
    log.error({ err: error }, 'the ledger could not take the new configuration');
    return { type: 'refused', why: 'the ledger could not take it' };
  }
  // Those who go are still known by name here, so that events and presence tell of them as usual.
  for (const username of outdatedAccounts(before, config)) registrar.drop(username);
  live.replace({ ...next, config });
  events.emit({ type: 'config.reloaded', from: before.version, to: config.version });
  try {
    await phonesChanged(before, config, ledger, registrar);
    await schedules.refresh();
  } catch (error) {
    log.error({ err: error }, 'the ledger was not told all of the new configuration');
  }
  return { type: 'reloaded', from: before.version, to: config.version, needRestart };
}

/** What the parts were built with stays as it is until a restart. */
function withoutRestart(before: RoutingConfig, next: RoutingConfig): { config: RoutingConfig; needRestart: string[] } {
  const { domain, listen, server, sessionTimers } = before.sip;
  const parts: readonly (readonly [key: string, was: unknown, is: unknown])[] = [
    ['sip.domain', domain, next.sip.domain],
    ['sip.listen', listen, next.sip.listen],
    ['sip.server', server, next.sip.server],
    ['sip.session_timers', sessionTimers, next.sip.sessionTimers],
    ['http.listen', [before.http.host, before.http.port], [next.http.host, next.http.port]],
    ['http.token', before.http.token, next.http.token],
    ['store', before.store, next.store],
    ['chat', before.chat === undefined, next.chat === undefined],
    ['work', before.work === undefined, next.work === undefined],
    ['chat.token_secret', before.chat?.tokenSecret, next.chat?.tokenSecret],
    ['chat.transcripts', before.chat?.transcripts, next.chat?.transcripts],
  ];
  const { chat: _, work: __, ...others } = next;
  const work = before.work === undefined ? undefined : (next.work ?? before.work);
  const chat = chatAfterReload(before, next);
  return {
    config: {
      ...others,
      ...(chat === undefined ? {} : { chat }),
      ...(work === undefined ? {} : { work }),
      sip: { ...next.sip, domain, listen, server, sessionTimers },
      http: before.http,
      store: before.store,
    },
    needRestart: parts.flatMap(([key, was, is]) => (JSON.stringify(was) === JSON.stringify(is) ? [] : [key])),
  };
}

/** A site that began without chats gets none, and one with chats keeps them, until a restart. */
function chatAfterReload({ chat: was }: RoutingConfig, { chat: is }: RoutingConfig): RoutingConfig['chat'] {
  if (was === undefined || is === undefined) return was;
  return { ...is, tokenSecret: was.tokenSecret, transcripts: was.transcripts };
}

/** Accounts that are gone, belong to another agent or have another password: who registered with them did so for nothing. */
function outdatedAccounts(before: RoutingConfig, next: RoutingConfig): readonly string[] {
  const now = new Map(accountsOf(next).map((account) => [account.device.username, account]));
  return accountsOf(before).flatMap(({ agent, device }) => {
    const kept = now.get(device.username);
    const isSame = kept?.agent === agent && kept.device.id === device.id && kept.device.password === device.password;
    return isSame ? [] : [device.username];
  });
}

function accountsOf({ agents }: RoutingConfig): readonly { agent: AgentId; device: SipDevice }[] {
  return [...agents.values()].flatMap(({ id, devices }: AgentConfig) =>
    [...devices.values()].flatMap((device) => (device.kind === 'sip' ? [{ agent: id, device }] : [])),
  );
}

/**
 * A phone that refuses at once must not be rung again at once, over and over: that would take the whole processor.
 * So `0s` in the config means this long. Milliseconds.
 */
const LEAST_BACK_OFF_MS = 200;

export function ledgerSiteOf({ agents, queues, site, chat, work }: RoutingConfig): LedgerSite {
  const { busyMs, declinedMs, noAnswerMs, unreachableMs } = site.backOff;
  return {
    agents,
    queues: new Map<QueueId, LedgerQueue>([
      ...queues,
      ...(chat === undefined ? [] : chatLinesOf(chat.routing, agents.keys())),
      ...(work === undefined ? [] : workLinesOf(work)),
    ]),
    backOff: {
      busy: Math.max(busyMs, LEAST_BACK_OFF_MS),
      declined: Math.max(declinedMs, LEAST_BACK_OFF_MS),
      'no-answer': Math.max(noAnswerMs, LEAST_BACK_OFF_MS),
      unreachable: Math.max(unreachableMs, LEAST_BACK_OFF_MS),
    },
    missesUntilAway: site.missesUntilAway,
  };
}
