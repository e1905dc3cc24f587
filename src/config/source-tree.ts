/**
 * YAML with places: what the files say as a tree in which every key and value knows where it stands. Problems that
 * are found much later (an agent that does not exist) still point at the very word.
 */
import type { SourceRange } from './problem.js';

export type SourceNode = ScalarNode | MapNode | ListNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly at: SourceRange;
  /** Nothing of it stands in the file itself: it came from an environment variable. */
  readonly fromEnvironment?: boolean;
  /** A variable or alias in it leads nowhere, which has been told; what else is wrong with it means nothing. */
  readonly unresolved?: boolean;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly at: SourceRange;
}

export interface MapEntry {
  readonly keyAt: SourceRange;
  readonly value: SourceNode;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly at: SourceRange;
}

/** Keys and list indexes from the root to a value. */
export type SourcePath = readonly (string | number)[];

/** The plain value, as a schema wants it. Objects have no prototype, so that no key of a file means anything special. */
export function toValue(node: SourceNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toValue);
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of node.entries) result[key] = toValue(entry.value);
  return result;
}

export function nodeAt(root: SourceNode, path: SourcePath): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const step of path) {
    if (node.kind === 'map') node = node.entries.get(String(step))?.value;
    else if (node.kind === 'list') node = node.items[Number(step)];
    else node = undefined;
    if (node === undefined) return undefined;
  }
  return node;
}

/** Where the value stands; where there is none, its nearest ancestor's key. */
export function valueRange(root: SourceNode, path: SourcePath): SourceRange {
  return nodeAt(root, path)?.at ?? keyRange(root, path);
}

/** Where the key stands that leads to the value; for a list item the item itself; where there is none, an ancestor. */
export function keyRange(root: SourceNode, path: SourcePath): SourceRange {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(root, path.slice(0, length - 1));
    const step = path[length - 1];
    if (parent?.kind === 'map') {
      const entry = parent.entries.get(String(step));
      if (entry !== undefined) return entry.keyAt;
    }
    const item = parent?.kind === 'list' ? parent.items[Number(step)] : undefined;
    if (item !== undefined) return item.at;
  }
  return root.at;
}

/** The keys of the map at `path`; none when there is no map. */
export function keysAt(root: SourceNode, path: SourcePath): readonly string[] {
  const node = nodeAt(root, path);
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

/** The tree without what stands at `path`; the same tree when nothing does. Later list items move up. */
export function without(node: SourceNode, path: SourcePath): SourceNode {
  const [step, ...rest] = path;
  if (step === undefined) return node;
  if (node.kind === 'map') {
    const key = String(step);
    const entry = node.entries.get(key);
    if (entry === undefined) return node;
    const entries = new Map(node.entries);
    if (rest.length === 0) entries.delete(key);
    else entries.set(key, { ...entry, value: without(entry.value, rest) });
    return { ...node, entries };
  }
  if (node.kind === 'list') {
    const index = Number(step);
    const items = node.items.flatMap((item, i) =>
      i !== index ? [item] : rest.length > 0 ? [without(item, rest)] : [],
    );
    return { ...node, items };
  }
  return node;
}
