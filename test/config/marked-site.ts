/** For tests: sites from text in which `»` marks the places that problems must point at. */
import { expect } from 'vitest';
import { parseSite, type ConfigResult } from '../../src/config/parse-site.js';
import type { SiteFolder } from '../../src/config/site-folder.js';
import type { Environment } from '../../src/config/variables.js';

export interface MarkedProblem {
  readonly place: string;
  readonly message: string;
}

/** The places of all marks, as `name:line:column`, and the text without them. */
export function unmark(name: string, marked: string): { text: string; places: readonly string[] } {
  const places: string[] = [];
  const lines = marked.split('\n').map((line, index) => {
    let text = '';
    for (const character of line) {
      if (character === '»') places.push(`${name}:${index + 1}:${text.length + 1}`);
      else text += character;
    }
    return text;
  });
  return { text: lines.join('\n'), places };
}

/** Parses one file, `site.yaml`, that bears marks. */
export function parseMarked(
  marked: string,
  env: Environment = {},
  folder?: SiteFolder,
): { places: readonly string[]; result: ConfigResult; found: readonly MarkedProblem[] } {
  const { text, places } = unmark('site.yaml', marked);
  const result = parseSite([{ name: 'site.yaml', text }], env, folder);
  return { places, result, found: problemsOf(result) };
}

/** Errors, or the warnings of a site that has none. */
export function problemsOf(result: ConfigResult): readonly MarkedProblem[] {
  const problems = result.ok ? result.warnings : result.problems.filter(({ severity }) => severity === 'error');
  return problems.map(({ file, line, column, message }) => ({ place: `${file}:${line}:${column}`, message }));
}

/** For a table of tests: what it is about, a site with a mark at each wrong place, and the message of each. */
export type MarkedCase = readonly [about: string, marked: string, ...messages: string[]];

/** Exactly these problems are told, each at its mark. */
export function expectProblems(marked: string, messages: readonly string[], folder?: SiteFolder): ConfigResult {
  const { places, found, result } = parseMarked(marked, {}, folder);
  expect(found).toEqual(messages.map((message, index) => ({ place: places[index], message })));
  return result;
}
