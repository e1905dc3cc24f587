/** One YAML file (1.2, core schema) to a tree with places. Hostile files cost bounded time and memory. */
import {
  CST,
  Lexer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import type { ProblemList, SourceFile, SourceRange } from './problem.js';
import { createSourceFile, describePlace, lineOf } from './problem.js';
import type { MapEntry, MapNode, ScalarNode, SourceNode } from './source-tree.js';
import { yamlProblemMessage } from './yaml-problem.js';

const maxFileBytes = 1024 * 1024;
/** Deeper than any configuration; the parser recurses, so it must not see more. */
const maxDepth = 32;
/** Aliases multiply; this many values in all are plenty for thousands of agents. */
const maxNodes = 200_000;
const maxSyntaxProblems = 10;

/** Nothing when the file cannot be understood as a whole; the problems say why. An empty file is an empty mapping. */
export function readYaml(name: string, text: string, problems: ProblemList): MapNode | undefined {
  if (Buffer.byteLength(text) > maxFileBytes) {
    problems.fileError(name, `larger than ${maxFileBytes / 1024} KiB; split it into several files`);
    return undefined;
  }
  const file = createSourceFile(name, text);
  const tooDeep = findTooDeep(text);
  if (tooDeep !== undefined) {
    problems.error({ file, start: tooDeep, end: tooDeep + 1 }, `nested more than ${maxDepth} levels deep`);
    return undefined;
  }
  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, merge: false });
  if (reportSyntax(document, file, problems)) return undefined;
  return buildRoot(document, file, problems);
}

/** Offset at which flow collections, or block indicators on one line, nest deeper than allowed. */
function findTooDeep(text: string): number | undefined {
  let offset = 0;
  let flow = 0;
  let onLine = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'newline') onLine = 0;
    else if (type === 'flow-map-start' || type === 'flow-seq-start') flow++;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1);
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') onLine++;
    if (flow > maxDepth || onLine > maxDepth) return offset;
    // Scalars and documents are announced by control characters that are not part of the text.
    if (token !== CST.BOM && token !== CST.DOCUMENT && token !== CST.FLOW_END && token !== CST.SCALAR) {
      offset += token.length;
    }
  }
  return undefined;
}

function reportSyntax(document: Document.Parsed, file: SourceFile, problems: ProblemList): boolean {
  const found = [...document.errors, ...document.warnings];
  const lines = new Set<number>();
  for (const { code, message, pos } of found) {
    // What follows on the same line is nearly always a consequence.
    const line = lineOf({ file, start: pos[0], end: pos[1] });
    if (lines.has(line) || lines.size >= maxSyntaxProblems) continue;
    lines.add(line);
    problems.error({ file, start: pos[0], end: pos[1] }, yamlProblemMessage(code, message, file.text.slice(...pos)));
  }
  return found.length > 0;
}

interface Build {
  readonly document: Document.Parsed;
  readonly file: SourceFile;
  readonly problems: ProblemList;
  nodes: number;
  overflowed: boolean;
}

function buildRoot(document: Document.Parsed, file: SourceFile, problems: ProblemList): MapNode | undefined {
  const whole: SourceRange = { file, start: 0, end: 0 };
  const contents = document.contents;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return { kind: 'map', entries: new Map(), at: whole };
  }
  const build: Build = { document, file, problems, nodes: 0, overflowed: false };
  const root = buildNode(contents, build, whole, 0);
  if (build.overflowed) return undefined;
  if (root.kind === 'map') return root;
  problems.error(root.at, 'expected keys with values, such as `agents:`, at the top of the file');
  return undefined;
}

/** `fallback` is the place of a value that is not there (`key:` and nothing behind it). */
function buildNode(node: Node | null | undefined, build: Build, fallback: SourceRange, depth: number): SourceNode {
  const nothing: ScalarNode = { kind: 'scalar', value: null, at: fallback };
  if (build.overflowed || node === null || node === undefined) return nothing;
  const at = rangeOf(node, build.file, fallback);
  if (++build.nodes > maxNodes || depth > maxDepth) {
    build.overflowed = true;
    const limit = depth > maxDepth ? `nested more than ${maxDepth} levels deep` : `more than ${maxNodes} values`;
    build.problems.error(at, `${limit} (aliases count each time they are used)`);
    return nothing;
  }
  if (isAlias(node)) {
    const target = node.resolve(build.document);
    if (target !== undefined) return buildNode(target, build, at, depth + 1);
    const message = `\`*${node.source}\` refers to no \`&${node.source}\` before it; text that begins with \`*\` must be in quotes`;
    build.problems.error(at, message);
    return { ...nothing, at, unresolved: true };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => buildNode(item as Node | null, build, at, depth + 1));
    return { kind: 'list', items, at };
  }
  if (isMap(node)) return buildMap(node.items as Pair<Node, Node | null>[], build, at, depth);
  if (isScalar(node)) return { kind: 'scalar', value: scalarValue(node), at };
  return nothing;
}

function buildMap(pairs: readonly Pair<Node, Node | null>[], build: Build, at: SourceRange, depth: number): MapNode {
  const entries = new Map<string, MapEntry>();
  for (const pair of pairs) {
    const keyAt = rangeOf(pair.key, build.file, at);
    const value = buildNode(pair.value, build, keyAt, depth + 1);
    if (!isScalar(pair.key)) {
      build.problems.error(keyAt, 'a key must be a plain word, not a list, a mapping or an alias');
      continue;
    }
    const key = scalarKey(pair.key);
    const earlier = entries.get(key);
    if (earlier === undefined) {
      entries.set(key, { keyAt, value });
    } else {
      build.problems.error(keyAt, `duplicate key \`${key}\`; it stands already at ${describePlace(earlier.keyAt)}`);
    }
  }
  return { kind: 'map', entries, at };
}

function rangeOf(node: Node | null, file: SourceFile, fallback: SourceRange): SourceRange {
  const range = node?.range;
  if (range === null || range === undefined) return fallback;
  return { file, start: range[0], end: range[1] };
}

/**
 * YAML reads an unquoted `+34600111222` or `0034` as a number and loses the sign or the zeros. Here a number is what is
 * written as one would print it; all else stays text, so that phone numbers need no quotes.
 */
function scalarValue(scalar: Scalar): ScalarNode['value'] {
  const { value, source } = scalar;
  if (typeof value === 'number' && source !== undefined && String(value) !== source) return source;
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? value : (source ?? '');
}

function scalarKey(scalar: Scalar): string {
  return scalar.source ?? String(scalar.value);
}
