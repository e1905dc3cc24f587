import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseSite } from './parse-site.js';

const files = ['site', 'network', 'agents', 'queues', 'trunks'].map((name) => {
  const path = `config/${name}.yaml`;
  return { name: path, text: readFileSync(path, 'utf8') };
});

const scraps = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '"',
  "'",
  '&a ',
  '*a',
  '\n',
  '\t',
  '  ',
  '!',
  '|',
  '${',
  '}',
  '#',
  '~',
  '1',
  'ana',
  '?',
];

/** Cut out so much at a place (as a share of the text) and put something else there. */
const damage = fc.record({
  file: fc.nat({ max: files.length - 1 }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.nat({ max: 30 }), fc.nat({ max: 500 })),
  put: fc.oneof(fc.constantFrom(...scraps), fc.string({ maxLength: 5 }), fc.constant('')),
});

it('never throws, whatever is done to the files, and points into them', () => {
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const damaged = files.map(({ name, text }) => ({ name, text }));
      for (const { file, at, cut, put } of damages) {
        const target = damaged[file]!;
        const offset = Math.floor(at * target.text.length);
        target.text = target.text.slice(0, offset) + put + target.text.slice(offset + cut);
      }
      const result = parseSite(damaged, {});
      for (const { file, line, column, message } of result.ok ? result.warnings : result.problems) {
        const text = damaged.find(({ name }) => name === file)?.text.split('\n')[line - 1];
        expect(text, message).toBeDefined();
        expect(column, message).toBeGreaterThan(0);
        expect(column, message).toBeLessThanOrEqual((text?.length ?? 0) + 1);
      }
      if (!result.ok) expect(result.problems.some(({ severity }) => severity === 'error')).toBe(true);
    }),
    { numRuns: 100 },
  );
});
