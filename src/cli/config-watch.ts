/** Says when a configuration may have changed: on SIGHUP, and when a file of its folder has come to rest. */
import { watch, type FSWatcher } from 'node:fs';

export interface ConfigWatch {
  stop(): void;
}

interface ConfigWatchOptions {
  readonly dir: string;
  /** Without it SIGHUP alone counts. */
  readonly watchFiles: boolean;
  readonly onChange: (by: 'signal' | 'file') => void;
  /** The folder cannot be watched (any more); SIGHUP still counts. */
  readonly onError: (error: unknown) => void;
}

/** Editors write in several steps; after so long without another one they are done. */
const AT_REST_MS = 300;

export function watchConfig({ dir, watchFiles, onChange, onError }: ConfigWatchOptions): ConfigWatch {
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (): void => onChange('signal');
  const onFile = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => onChange('file'), AT_REST_MS);
  };
  process.on('SIGHUP', onSignal);
  const watcher = watchFiles ? startWatcher(dir, onFile, onError) : undefined;
  return {
    stop() {
      process.off('SIGHUP', onSignal);
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

/** Any file counts: what a change of `..data` in a mounted folder means, only reading it all again tells. */
function startWatcher(dir: string, onFile: () => void, onError: (error: unknown) => void): FSWatcher | undefined {
  try {
    return watch(dir, onFile).on('error', onError);
  } catch (error) {
    onError(error);
    return undefined;
  }
}
