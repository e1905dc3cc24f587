/** What is wrong with a configuration, where, and what would be right; and how people get to see it. */
import type { LineCounter } from 'yaml';

export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1; 0 when the problem is the file or folder as a whole. */
  readonly line: number;
  /** From 1, in characters (UTF-16 units); 0 when the problem is the file or folder as a whole. */
  readonly column: number;
  /** What is wrong and what would be right, in a sentence. */
  readonly message: string;
  /** The line of the file, with passwords masked. */
  readonly sourceLine?: string;
}

/** A file with what it takes to turn offsets into lines. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly lines: LineCounter;
}

/** A stretch of a file, in offsets; `end` is exclusive. */
export interface SourceRange {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Collects the problems of one load. A problem told twice (an alias leads to the same place twice) is kept once. */
export interface ProblemList {
  error(at: SourceRange, message: string): void;
  warning(at: SourceRange, message: string): void;
  /** The file as a whole cannot be used. */
  fileError(file: string, message: string): void;
  /** By file, then by place. */
  sorted(): readonly ConfigProblem[];
}

export function createProblemList(): ProblemList {
  const found = new Map<string, ConfigProblem>();
  const add = (problem: ConfigProblem): void => {
    const key = JSON.stringify([problem.file, problem.line, problem.column, problem.message]);
    if (!found.has(key)) found.set(key, problem);
  };
  const addAt = (severity: ConfigProblem['severity'], at: SourceRange, message: string): void => {
    const { line, col } = placeOf(at);
    add({ severity, file: at.file.name, line, column: col, message, sourceLine: maskedLine(at.file, line) });
  };
  return {
    error: (at, message) => addAt('error', at, message),
    warning: (at, message) => addAt('warning', at, message),
    fileError: (file, message) => add({ severity: 'error', file, line: 0, column: 0, message }),
    sorted: () =>
      [...found.values()].sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column),
  };
}

/** `config/queues.yaml:12`, as a place is named within a message. */
export function describePlace(at: SourceRange): string {
  return `${at.file.name}:${placeOf(at).line}`;
}

/**
 * One block per problem, ready for a terminal: place and message, then the line with a caret under the column.
 * Empty text for no problems.
 */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem(problem: ConfigProblem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const head = `${place}: ${problem.severity === 'warning' ? 'warning: ' : ''}${problem.message}`;
  if (problem.sourceLine === undefined) return head;
  const number = String(problem.line);
  // Tabs are kept in the margin, so that the caret stands under its column whatever the terminal's tab width.
  const margin = problem.sourceLine.slice(0, problem.column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n  ${number} | ${problem.sourceLine}\n  ${' '.repeat(number.length)} | ${margin}^`;
}

function placeOf(at: SourceRange): { line: number; col: number } {
  const { line, col } = at.file.lines.linePos(Math.min(at.start, at.file.text.length));
  return { line: Math.max(line, 1), col: Math.max(col, 1) };
}

const secretValue = /((?:password|secret|token)["']?\s*:\s+)(["']?)(?!["']?(?:\$\{|example-)|\{)([^\s,}"']+)/gi;

/** A log must not show a password because the key beside it is misspelt. */
function maskedLine(file: SourceFile, line: number): string {
  const start = file.lines.lineStarts[line - 1] ?? 0;
  const end = file.text.indexOf('\n', start);
  const text = file.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
  return text.replace(
    secretValue,
    (_whole, key: string, quote: string, value: string) => key + quote + '*'.repeat(value.length),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
