/** What falls due when: a binary heap. Taking back costs nothing at once; the stale entry is dropped when it surfaces. */
export interface DueTimes<Item> {
  /** Replaces what stood under the key. */
  set(key: string, atMs: number, item: Item): void;
  delete(key: string): void;
  /** The earliest time at which something falls due. */
  next(): number | undefined;
  /** Takes out the earliest that is due at `nowMs`; of several at the same time the one with the smallest key. */
  take(nowMs: number): { readonly atMs: number; readonly item: Item } | undefined;
}

interface Entry<Item> {
  readonly key: string;
  readonly atMs: number;
  readonly item: Item;
}

export function createDueTimes<Item>(): DueTimes<Item> {
  const live = new Map<string, Entry<Item>>();
  const heap: Entry<Item>[] = [];

  function earliest(): Entry<Item> | undefined {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (live.get(top.key) === top) return top;
      removeTop(heap);
    }
    return undefined;
  }

  return {
    set(key, atMs, item) {
      const entry = { key, atMs, item };
      live.set(key, entry);
      insert(heap, entry);
    },
    delete(key) {
      live.delete(key);
      // Offers that are answered leave stale entries far from the top: rebuild before they outnumber the live ones.
      if (heap.length > 64 && heap.length > 2 * live.size) {
        heap.length = 0;
        for (const entry of live.values()) insert(heap, entry);
      }
    },
    next: () => earliest()?.atMs,
    take(nowMs) {
      const top = earliest();
      if (top === undefined || top.atMs > nowMs) return undefined;
      removeTop(heap);
      live.delete(top.key);
      return { atMs: top.atMs, item: top.item };
    },
  };
}

function isBefore(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.key < b.key);
}

function insert<Item>(heap: Entry<Item>[], entry: Entry<Item>): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = entry;
}

function removeTop<Item>(heap: Entry<Item>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let below = 2 * index + 1;
    let child = heap[below];
    const right = heap[below + 1];
    if (child === undefined) break;
    if (right !== undefined && isBefore(right, child)) {
      below += 1;
      child = right;
    }
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
}
