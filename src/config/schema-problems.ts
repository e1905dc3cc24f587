/**
 * Runs the schema over a tree and words what it finds. What is wrong is then cut out of the tree, so that the rest can
 * still be checked for references and clashes: all errors at once.
 */
import type { z } from 'zod';
import type { ProblemList } from './problem.js';
import { siteSchema, type SiteInput } from './site-schema.js';
import { keyRange, nodeAt, toValue, valueRange, without, type SourceNode, type SourcePath } from './source-tree.js';
import { listNames, nearestName } from './suggestion.js';

type Issue = z.core.$ZodIssue;

export interface CheckedSite {
  /** What the files come to, without the parts that have errors. */
  readonly input: SiteInput;
  /** The tree that `input` was read from: a path in one is the same path in the other. */
  readonly tree: SourceNode;
}

export function checkSchema(root: SourceNode, problems: ProblemList): CheckedSite {
  let tree = root;
  let first = true;
  for (;;) {
    const parsed = siteSchema.safeParse(toValue(tree));
    if (parsed.success) return { input: parsed.data, tree };
    const issues = narrowed(parsed.error.issues, tree, []);
    // Later rounds only find what cutting has left incomplete.
    if (first) for (const issue of issues) report(issue, root, problems);
    first = false;
    const smaller = cut(tree, issues);
    if (smaller === tree) throw new Error('a schema problem without a place', { cause: parsed.error });
    tree = smaller;
  }
}

/** Issues with paths from the root, unions reduced to the branch that was probably meant. */
function narrowed(issues: readonly Issue[], tree: SourceNode, base: SourcePath): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    const path = [...base, ...(issue.path as SourcePath)];
    if (issue.code === 'invalid_union') {
      const branch = likelyBranch(issue.errors, nodeAt(tree, path));
      if (branch !== undefined) return narrowed(branch, tree, path);
    }
    return [{ ...issue, path: [...path] }];
  });
}

function likelyBranch(
  branches: readonly (readonly Issue[])[],
  node: SourceNode | undefined,
): readonly Issue[] | undefined {
  if (node === undefined) return undefined;
  const deep = branches.filter((issues) => !issues.some((issue) => issue.path.length === 0 && isWrongKind(issue)));
  if (node.kind === 'scalar') return deep.length === 1 ? deep[0] : undefined;
  const scored = deep.map((issues) => ({ issues, score: faults(issues) })).sort((a, b) => a.score - b.score);
  const [best, second] = scored;
  return best?.score === second?.score ? undefined : best?.issues;
}

function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
}

function faults(issues: readonly Issue[]): number {
  // A missing key says more against a branch than a key too many.
  const weights = issues.map((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.length * 2 : 3));
  return weights.reduce((sum, weight) => sum + weight, 0);
}

function report(issue: Issue, root: SourceNode, problems: ProblemList): void {
  const path = issue.path as SourcePath;
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      problems.error(keyRange(root, [...path, key]), `unknown key \`${key}\`${suggestKey(key, path)}`);
    }
    return;
  }
  const node = nodeAt(root, path);
  if (node?.kind === 'scalar' && node.unresolved) return;
  if (issue.code === 'custom' && issue.params?.sentence === true) {
    return problems.error(valueRange(root, path), issue.message);
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message;
    return problems.error(keyRange(root, path), `expected ${expected}, found \`${String(path.at(-1))}\``);
  }
  const expected = expectation(issue);
  if (node === undefined) {
    return problems.error(keyRange(root, path), `missing key \`${String(path.at(-1))}\`: ${expected}`);
  }
  problems.error(node.at, `expected ${expected}, found ${describe(node, path)}${suggestValue(issue, node)}`);
}

function expectation(issue: Issue): string {
  // Only objects have no words of their own in the schema.
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'a mapping (`key: value`)';
  return issue.message;
}

const secretKeys = new Set<unknown>(['password', 'secret', 'token', 'token_secret', 'postgres']);

function describe(node: SourceNode, path: SourcePath): string {
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.value === null) return 'nothing';
  if (secretKeys.has(path.at(-1))) {
    return typeof node.value === 'string' ? 'other text' : `a ${typeof node.value} (put it in quotes)`;
  }
  if (node.value === '') return 'empty text';
  const shown = String(node.value);
  return `\`${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}\``;
}

function suggestValue(issue: Issue, node: SourceNode): string {
  if (issue.code !== 'invalid_value' || node.kind !== 'scalar') return '';
  const nearest = nearestName(String(node.value), issue.values.map(String));
  return nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
}

function suggestKey(key: string, path: SourcePath): string {
  const known = knownKeys(siteSchema, path);
  const nearest = nearestName(key, known);
  if (nearest !== undefined) return `; did you mean \`${nearest}\`?`;
  return known.length === 0 ? '' : `; known keys: ${listNames(known)}`;
}

/** All keys that some branch of the schema takes at `path`. */
function knownKeys(schema: z.core.$ZodType, path: SourcePath): readonly string[] {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  switch (definition.type) {
    case 'optional':
    case 'prefault':
    case 'default':
      return knownKeys(definition.innerType, path);
    case 'pipe':
      return knownKeys(definition.in, path);
    case 'union':
      return [...new Set(definition.options.flatMap((option) => knownKeys(option, path)))];
    case 'object': {
      const [step, ...rest] = path;
      if (step === undefined) return Object.keys(definition.shape);
      const inner = definition.shape[String(step)];
      return inner === undefined ? [] : knownKeys(inner, rest);
    }
    case 'record':
      return path.length === 0 ? [] : knownKeys(definition.valueType, path.slice(1));
    case 'array':
      return path.length === 0 ? [] : knownKeys(definition.element, path.slice(1));
    default:
      return [];
  }
}

/** The tree without the values at fault; where a key is missing, without the mapping that lacks it. */
function cut(tree: SourceNode, issues: readonly Issue[]): SourceNode {
  const paths = issues.flatMap((issue) => {
    const path = issue.path as SourcePath;
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
    return [nearestExisting(tree, path)];
  });
  // From the last list item to the first, so that the earlier ones keep their places.
  const distinct = new Map(paths.map((path) => [JSON.stringify(path), path]));
  return [...distinct.values()]
    .sort(byPlaceDescending)
    .reduce<SourceNode>((smaller, path) => without(smaller, path), tree);
}

function nearestExisting(tree: SourceNode, path: SourcePath): SourcePath {
  let existing = path;
  while (existing.length > 0 && nodeAt(tree, existing) === undefined) existing = existing.slice(0, -1);
  return existing;
}

function byPlaceDescending(a: SourcePath, b: SourcePath): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (typeof x === 'number' && typeof y === 'number' && x !== y) return y - x;
    if (String(x) !== String(y)) return String(x) < String(y) ? -1 : 1;
  }
  return b.length - a.length;
}
