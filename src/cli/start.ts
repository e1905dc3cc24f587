/** `switchboard start`: runs a site until it is told to stop. */
import { pino } from 'pino';

import type { RoutingConfig } from '../config/routing-config.js';
import { SwitchboardError } from '../kernel/errors.js';
import type { startSwitchboard, Switchboard } from '../main.js';
import { loadOrExplain } from './check.js';
import { watchConfig, type ConfigWatch } from './config-watch.js';
import { reloadConfig, type ReloadOptions } from './reload.js';
import type { LogLevel } from './command-line.js';
import { catchStopSignals } from './stop-signals.js';
import type { Terminal } from './terminal.js';

export type StartSite = typeof startSwitchboard;

/** Gives the exit code once the site has stopped. A second signal ends the process where it stands. */
export async function runStart(
  options: { readonly configDir: string; readonly logLevel: LogLevel; readonly watch: boolean },
  startSite: StartSite,
  terminal: Terminal,
): Promise<number> {
  const loaded = await loadOrExplain(options.configDir, terminal);
  if (loaded === undefined) return 1;
  const { config } = loaded;
  const log = pino({ level: options.logLevel });
  const signals = catchStopSignals();
  let site: Switchboard;
  try {
    site = await startSite({ ...loaded, log });
  } catch (error) {
    signals.release();
    if (!(error instanceof SwitchboardError)) throw error;
    terminal.err(describeError(error));
    return 1;
  }
  sayWhere(site, config, terminal);
  const reloads = followConfig(options, { site, version: config.version, log });

  const signal = await signals.first;
  reloads.stop();
  terminal.err(
    `${signal}: no new calls; running ones have ${config.site.stopGraceMs / 1000} s (again to stop at once)`,
  );
  const stopped = site.stop().then(() => 'stopped' as const);
  const outcome = await Promise.race([stopped, signals.second]);
  if (outcome === 'stopped') {
    signals.release();
    return 0;
  }
  terminal.err(`${outcome}: stopped at once`);
  process.exit(1);
}

/** From now on changes of the configuration are taken over, one after the other. */
function followConfig(
  { configDir, watch }: { readonly configDir: string; readonly watch: boolean },
  { site, version, log }: Pick<ReloadOptions, 'site' | 'version' | 'log'>,
): ConfigWatch {
  let inForce = Promise.resolve(version);
  return watchConfig({
    dir: configDir,
    watchFiles: watch,
    onChange(by) {
      inForce = inForce.then((current) => reloadConfig({ configDir, site, version: current, log }, by));
    },
    onError: (error) => log.warn({ err: error }, 'the configuration is not watched; send SIGHUP after a change'),
  });
}

/** `CODE: message`, and the causes below it, without stacks. */
export function describeError(error: SwitchboardError): string {
  const lines = [`${error.code}: ${error.message}`];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) lines.push(`  because: ${cause.message}`);
  return lines.join('\n');
}

/** On the standard error, so that the log on the standard output stays one JSON object a line. */
function sayWhere(site: Switchboard, config: RoutingConfig, terminal: Terminal): void {
  terminal.err(`${config.site.name} is running.`);
  for (const { transport, host, port } of site.sip) terminal.err(`  SIP   ${transport}:${host}:${port}`);
  const address = `http://${host(site.http.host)}:${site.http.port}`;
  terminal.err(`  HTTP  ${address}`);
  const pages = config.chat?.pages;
  if (pages?.agent === true) terminal.err(`  Chats on ${address}/agent; switchboard agent-link signs agents in`);
  if (pages?.widgetDemo === true) terminal.err(`  To try the visitors’ widget: ${address}/widget-demo`);
  if (config.http.token === undefined) terminal.err(`  API token, made up for this run: ${site.http.token}`);
}

function host(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
