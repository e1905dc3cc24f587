import type { Clock } from './clock.js';
import type { EventBody, SwitchboardEvent } from './events.js';

export interface EventStream {
  emit(body: EventBody): void;
  /** Returns the function that ends the subscription. A listener that throws is a bug and does not reach the emitter. */
  subscribe(listener: (event: SwitchboardEvent) => void): () => void;
}

/**
 * @param configVersion asked at each event, since a reload changes it
 * @param onListenerError is told of listeners that throw; the others still get the event
 */
export function createEventStream(options: {
  clock: Clock;
  configVersion: () => string;
  onListenerError: (error: unknown) => void;
}): EventStream {
  const listeners = new Set<(event: SwitchboardEvent) => void>();
  let seq = 0;
  return {
    emit(body) {
      seq += 1;
      const event: SwitchboardEvent = {
        ...body,
        seq,
        atMs: options.clock.now(),
        configVersion: options.configVersion(),
      };
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          options.onListenerError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
