/** `switchboard check`: what is wrong with a configuration, without starting anything. */
import { loadConfig } from '../config/load-config.js';
import { formatProblems } from '../config/problem.js';
import type { LoadedConfig } from '../config/live-config.js';
import type { Terminal } from './terminal.js';

/** Gives the exit code. */
export async function runCheck(configDir: string, terminal: Terminal): Promise<number> {
  const loaded = await loadOrExplain(configDir, terminal);
  if (loaded === undefined) return 1;
  const { agents, queues, entryPoints, trunks, version } = loaded.config;
  terminal.out(
    `${configDir} is fine: ${agents.size} agents, ${queues.size} queues, ${entryPoints.length} entry points, ` +
      `${trunks.size} trunks; version ${version}`,
  );
  return 0;
}

/** The configuration, or everything that is wrong with it on the terminal. Warnings are shown in either case. */
export async function loadOrExplain(configDir: string, terminal: Terminal): Promise<LoadedConfig | undefined> {
  const result = await loadConfig(configDir, process.env);
  const problems = result.ok ? result.warnings : result.problems;
  if (problems.length > 0) terminal.err(formatProblems(problems));
  if (result.ok) return { config: result.config, exampleSecrets: result.exampleSecrets };
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  terminal.err(`${configDir}: ${errors} ${errors === 1 ? 'error' : 'errors'}; nothing was started`);
  return undefined;
}
