import { expect, it } from 'vitest';
import { createProblemList, createSourceFile, formatProblems } from './problem.js';

it('prints place, message and the line with a caret below the column, sorted', () => {
  const problems = createProblemList();
  const file = createSourceFile('config/queues.yaml', 'queues:\n\tq:\r\n    strategy: x\n');
  problems.warning({ file, start: 17, end: 25 }, 'second');
  problems.error({ file, start: 9, end: 10 }, 'first');
  problems.error({ file, start: 9, end: 10 }, 'first');
  problems.fileError('config/a.yaml', 'no permission');
  expect(formatProblems(problems.sorted())).toBe(
    [
      'config/a.yaml: no permission',
      'config/queues.yaml:2:2: first',
      '  2 | \tq:',
      '    | \t^',
      'config/queues.yaml:3:5: warning: second',
      '  3 |     strategy: x',
      '    |     ^',
    ].join('\n'),
  );
  expect(formatProblems([])).toBe('');
});

it.each([
  ['password: hunter2', 'password: *******'],
  ['a: { pasword: "hunter, 2", x: 1 }', 'a: { pasword: ***********, x: 1 }'],
  ["a: { 'secret': 'x y' }", "a: { 'secret': ***** }"],
  ['api_token: abc', 'api_token: ***'],
  ['password: ${ANA}', 'password: ${ANA}'],
  ['password: "${ANA:-example-a}"', 'password: "${ANA:-example-a}"'],
  ['password: example-ana', 'password: example-ana'],
  ['password: { file: ./a }', 'password: { file: ./a }'],
  ['name: \u001b[31mred', 'name: \uFFFD[31mred'],
])('shows %j as %j', (line, shown) => {
  const problems = createProblemList();
  problems.error({ file: createSourceFile('a.yaml', line), start: 0, end: 1 }, 'wrong');
  expect(problems.sorted()[0]?.sourceLine).toBe(shown);
});

it('leaves out a line that is too long to be read', () => {
  const problems = createProblemList();
  problems.error({ file: createSourceFile('a.yaml', 'x'.repeat(241)), start: 0, end: 1 }, 'wrong');
  expect(formatProblems(problems.sorted())).toBe('a.yaml:1:1: wrong');
});
