/** Reads the configuration again and puts it in force, or says why not; the log tells either way. */
import { loadConfig } from '../config/load-config.js';
import type { ConfigProblem } from '../config/problem.js';
import type { Switchboard } from '../main.js';
import type { Logger } from '../kernel/logger.js';

export interface ReloadOptions {
  readonly configDir: string;
  readonly site: Pick<Switchboard, 'reload'>;
  /** Of the configuration in force. */
  readonly version: string;
  readonly log: Logger;
}

/** Gives the version that is in force then. Never throws. */
export async function reloadConfig(options: ReloadOptions, by: 'signal' | 'file'): Promise<string> {
  const { configDir, site, version, log } = options;
  try {
    const loaded = await loadConfig(configDir, process.env);
    if (!loaded.ok) {
      log.error(
        { problems: loaded.problems.map(inOneLine) },
        'configuration not taken: it has errors; nothing has changed',
      );
      return version;
    }
    // A file that was touched. Who sends a signal may have changed a secret, which takes no part in the version.
    if (by === 'file' && loaded.config.version === version) return version;
    if (loaded.warnings.length > 0)
      log.warn({ problems: loaded.warnings.map(inOneLine) }, 'configuration has warnings');
    const outcome = await site.reload(loaded);
    if (outcome.type === 'refused') {
      log.error({ why: outcome.why }, 'configuration not taken; nothing has changed');
      return version;
    }
    const { from, to, needRestart } = outcome;
    log.info({ from, to }, 'configuration reloaded');
    if (needRestart.length > 0) log.warn({ keys: needRestart }, 'changes of these keys wait for a restart');
    return to;
  } catch (error) {
    log.error({ err: error }, 'configuration not taken');
    return version;
  }
}

/** Without the line itself: a log is no place for what stands beside a password. */
function inOneLine({ severity, file, line, column, message }: ConfigProblem): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  return `${place}: ${severity === 'warning' ? 'warning: ' : ''}${message}`;
}
