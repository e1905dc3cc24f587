import { expect, it } from 'vitest';

import { createPalette, cut, fit, width } from './ansi.js';

const { red } = createPalette(true);

it('counts columns without colours', () => {
  expect(width(`${red('Chloé')} ✔`)).toBe(7);
});

it.each([
  ['short', 10, 'short     '],
  ['exactly', 7, 'exactly'],
  ['too long for this', 8, 'too lon…'],
  [red('too long'), 4, red('too…')],
  [`${red('ab')}${red('cd')}`, 3, `${red('ab')}${red('…')}`],
])('fits %j into %i columns', (text, columns, fitted) => {
  expect(fit(text, columns)).toBe(fitted);
  expect(width(cut(text, columns))).toBeLessThanOrEqual(columns);
});

it('keeps texts plain without colours', () => {
  expect(createPalette(false).red('plain')).toBe('plain');
});
