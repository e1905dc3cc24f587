/** The last events, so that a reader can catch up and a slow one costs no memory. JSON is written once, and only if read. */
import type { EventStream } from '../kernel/event-stream.js';
import type { SwitchboardEvent } from '../kernel/events.js';

export interface EventHistory {
  /** The event after `seq`, or where the next one is when that has been forgotten or never was; undefined: none yet. */
  next(seq: number): { readonly seq: number; readonly json: string } | undefined;
  /** The newest event's number; 0 before the first. */
  newestSeq(): number;
  /** Told after each event; returns the function that ends the subscription. */
  onEvent(listener: () => void): () => void;
  close(): void;
}

/** @param size how many events are kept */
export function createEventHistory(events: EventStream, size: number): EventHistory {
  const ring: Entry[] = [];
  const listeners = new Set<() => void>();
  let newest = 0;
  const unsubscribe = events.subscribe((event) => {
    newest = event.seq;
    ring[event.seq % size] = new Entry(event);
    for (const listener of listeners) listener();
  });
  return {
    next(seq) {
      if (seq === newest) return undefined;
      const oldest = Math.max(1, newest - size + 1);
      // A number from before a restart may lie ahead of ours: such a reader starts over.
      const wanted = seq > newest ? oldest : Math.max(seq + 1, oldest);
      for (let at = wanted; at <= newest; at += 1) {
        const entry = ring[at % size];
        if (entry?.seq === at) return entry;
      }
      return undefined;
    },
    newestSeq: () => newest,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      unsubscribe();
      listeners.clear();
    },
  };
}

class Entry {
  readonly #event: SwitchboardEvent;
  #json: string | undefined;

  constructor(event: SwitchboardEvent) {
    this.#event = event;
  }

  get seq(): number {
    return this.#event.seq;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.#event);
    return this.#json;
  }
}
