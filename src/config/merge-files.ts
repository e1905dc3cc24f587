import { createSourceFile, describePlace, type ProblemList } from './problem.js';
import type { MapEntry, MapNode, SourceNode } from './source-tree.js';

/** All files as one mapping. A top-level key belongs in one file: the second of two is told, and left out. */
export function mergeFiles(files: readonly MapNode[], problems: ProblemList): SourceNode {
  const entries = new Map<string, MapEntry>();
  for (const file of files) {
    for (const [key, entry] of file.entries) {
      const earlier = entries.get(key);
      if (earlier === undefined) {
        entries.set(key, entry);
        continue;
      }
      const message = `\`${key}\` stands also at ${describePlace(earlier.keyAt)}; a top-level key belongs in one file`;
      problems.error(entry.keyAt, message);
    }
  }
  const nowhere = { file: createSourceFile('', ''), start: 0, end: 0 };
  return { kind: 'map', entries, at: files[0]?.at ?? nowhere };
}
