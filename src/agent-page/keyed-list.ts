/** A list whose elements stay the same as long as what they stand for does: focus and reading position are not lost. */
export interface KeyedList<Item> {
  render(items: readonly Item[]): void;
}

export interface Row<Item> {
  readonly root: HTMLElement;
  update(item: Item): void;
}

export function createKeyedList<Item>(
  container: HTMLElement,
  { keyOf, create }: { keyOf: (item: Item) => string; create: (item: Item) => Row<Item> },
): KeyedList<Item> {
  const rows = new Map<string, Row<Item>>();
  return {
    render(items) {
      const keys = new Set(items.map(keyOf));
      for (const [key, { root }] of rows) {
        if (keys.has(key)) continue;
        root.remove();
        rows.delete(key);
      }
      items.forEach((item, index) => {
        const key = keyOf(item);
        const row = rows.get(key) ?? create(item);
        rows.set(key, row);
        row.update(item);
        if (container.children[index] !== row.root) container.insertBefore(row.root, container.children[index] ?? null);
      });
    },
  };
}
