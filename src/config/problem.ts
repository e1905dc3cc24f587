/** What is wrong with a configuration, where, and what would be right; and how people get to see it. */
export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1; 0 when the problem is the file or folder as a whole. */
  readonly line: number;
  /** From 1, in characters (UTF-16 units); 0 when the problem is the file or folder as a whole. */
  readonly column: number;
  /** What is wrong and what would be right, in a sentence. */
  readonly message: string;
  /** The line of the file, with passwords masked; left out when it is too long to be shown. */
  readonly sourceLine?: string;
}

/** A file with what it takes to turn offsets into lines: the offset at which each begins. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export function createSourceFile(name: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lineStarts.push(end + 1);
  return { name, text, lineStarts };
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
  /** How many there are so far. */
  count(): number;
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
    const { line, column } = placeOf(at);
    const sourceLine = shownLine(at.file, line);
    const place = { file: at.file.name, line, column };
    add({ severity, ...place, message: printable(message), ...(sourceLine === undefined ? {} : { sourceLine }) });
  };
  return {
    error: (at, message) => addAt('error', at, message),
    warning: (at, message) => addAt('warning', at, message),
    fileError: (file, message) => add({ severity: 'error', file, line: 0, column: 0, message: printable(message) }),
    count: () => found.size,
    sorted: () =>
      [...found.values()].sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column),
  };
}

/** `config/queues.yaml:12`, as a place is named within a message. */
export function describePlace(at: SourceRange): string {
  return `${at.file.name}:${lineOf(at)}`;
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

/** From 1. */
export function lineOf(at: SourceRange): number {
  return placeOf(at).line;
}

function placeOf({ file, start }: SourceRange): { line: number; column: number } {
  let [low, high] = [0, file.lineStarts.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((file.lineStarts[middle] ?? 0) <= start) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: start - (file.lineStarts[low] ?? 0) + 1 };
}

/** A longer line says nothing in a terminal. */
const longestShown = 240;
// Keys like password, secret and token, also misspelt; then the value, unless it is a variable, an example or a file.
const secretValue =
  /(\b[\w-]*(?:pas|pwd|secr|tok)[\w-]*["']?\s*:\s+)(?!["']?(?:\$\{|example-)|\{)("[^"]*"?|'[^']*'?|[^\s,}]+)/gi;

/** A log must not show a password because the key beside it is misspelt, nor send control characters to a terminal. */
function shownLine(file: SourceFile, line: number): string | undefined {
  const start = file.lineStarts[line - 1] ?? 0;
  const end = file.text.indexOf('\n', start);
  const text = file.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
  if (text.length > longestShown) return undefined;
  return printable(text.replace(secretValue, (_, key: string, value: string) => key + '*'.repeat(value.length)));
}

function printable(text: string): string {
  return text.replace(/(?!\t)\p{Cc}/gu, '\uFFFD');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
