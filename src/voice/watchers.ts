/** Who watches which call: supervisors' calls on one side, the calls of their agents on the other. */
import type { PlaceId, WorkId } from '../kernel/ids.js';

/** Told where the agent is heard, again whenever that changes, and at last that there is nothing more to hear. */
export type Watcher = (place: PlaceId | undefined) => void;

export interface Watchers {
  /** @returns the function that ends it, and whether nobody else watches then */
  add(call: WorkId, watcher: Watcher): () => { readonly wasLast: boolean };
  /** Without a place there is nothing more to hear, for any of them. */
  tell(call: WorkId, place: PlaceId | undefined): void;
}

export function createWatchers(): Watchers {
  const watchers = new Map<WorkId, { place?: PlaceId; readonly all: Set<Watcher> }>();
  return {
    add(call, watcher) {
      const entry = watchers.get(call) ?? { all: new Set<Watcher>() };
      watchers.set(call, entry);
      entry.all.add(watcher);
      if (entry.place !== undefined) watcher(entry.place);
      return () => {
        entry.all.delete(watcher);
        const wasLast = entry.all.size === 0 && watchers.get(call) === entry;
        if (wasLast) watchers.delete(call);
        return { wasLast };
      };
    },
    tell(call, place) {
      const entry = watchers.get(call);
      if (entry === undefined) return;
      if (place === undefined) watchers.delete(call);
      else entry.place = place;
      for (const watcher of entry.all) watcher(place);
    },
  };
}
