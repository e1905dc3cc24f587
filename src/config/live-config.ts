/** The configuration in force. Whoever needs it asks each time, and so sees a reload at once and as a whole. */
import type { RoutingConfig } from './routing-config.js';

export interface LoadedConfig {
  readonly config: RoutingConfig;
  /** Where example passwords are in use, as `config/agents.yaml:12`. */
  readonly exampleSecrets: readonly string[];
}

export interface LiveConfig {
  readonly current: () => RoutingConfig;
  readonly exampleSecrets: () => readonly string[];
  replace(next: LoadedConfig): void;
}

export function createLiveConfig(initial: LoadedConfig): LiveConfig {
  let loaded = initial;
  return {
    current: () => loaded.config,
    exampleSecrets: () => loaded.exampleSecrets,
    replace(next) {
      loaded = next;
    },
  };
}
