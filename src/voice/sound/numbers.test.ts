import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numberPieces, type NumberUse } from './numbers.js';

describe('a number in English', () => {
  it.each<[number, string]>([
    [0, '0'],
    [1, '1'],
    [9, '9'],
    [10, '10'],
    [11, '11'],
    [13, '13'],
    [19, '19'],
    [20, '20'],
    [21, '20 1'],
    [30, '30'],
    [45, '40 5'],
    [99, '90 9'],
    [100, '1 hundred'],
    [101, '1 hundred and 1'],
    [112, '1 hundred and 12'],
    [120, '1 hundred and 20'],
    [121, '1 hundred and 20 1'],
    [200, '2 hundred'],
    [315, '3 hundred and 15'],
    [999, '9 hundred and 90 9'],
    [1000, '1 0 0 0'],
  ])('%i is %s', (value, pieces) => {
    expect(numberPieces('en', value).join(' ')).toBe(pieces);
    expect(numberPieces('en-US', value, 'before-noun').join(' ')).toBe(pieces);
  });
});

describe('a number in Spanish', () => {
  it.each<[number, string, string]>([
    [0, '0', '0'],
    [1, '1', '1-before-noun'],
    [2, '2', '2'],
    [11, '11', '11'],
    [16, '16', '16'],
    [20, '20', '20'],
    [21, '21', '21-before-noun'],
    [22, '22', '22'],
    [29, '29', '29'],
    [30, '30', '30'],
    [31, '30 and 1', '30 and 1-before-noun'],
    [32, '30 and 2', '30 and 2'],
    [41, '40 and 1', '40 and 1-before-noun'],
    [50, '50', '50'],
    [99, '90 and 9', '90 and 9'],
    [100, '100', '100'],
    [101, '100-before-number 1', '100-before-number 1-before-noun'],
    [115, '100-before-number 15', '100-before-number 15'],
    [121, '100-before-number 21', '100-before-number 21-before-noun'],
    [131, '100-before-number 30 and 1', '100-before-number 30 and 1-before-noun'],
    [180, '100-before-number 80', '100-before-number 80'],
    [200, '200', '200'],
    [201, '200 1', '200 1-before-noun'],
    [500, '500', '500'],
    [777, '700 70 and 7', '700 70 and 7'],
    [900, '900', '900'],
    [999, '900 90 and 9', '900 90 and 9'],
    [1234, '1 2 3 4', '1 2 3 4'],
  ])('%i is %s alone, %s before a noun', (value, alone, beforeNoun) => {
    expect(numberPieces('es', value).join(' ')).toBe(alone);
    expect(numberPieces('es', value, 'before-noun').join(' ')).toBe(beforeNoun);
  });
});

describe('any number', () => {
  it('is read digit by digit where the grammar is not known', () => {
    expect(numberPieces('fr', 71)).toEqual(['7', '1']);
  });

  it('that is negative or a fraction is cut to a whole one from 0', () => {
    expect(numberPieces('en', -3)).toEqual(['0']);
    expect(numberPieces('en', 2.9)).toEqual(['2']);
  });

  it.each(['en', 'es'])('from 0 to 1000 is recorded in %s', (language) => {
    const recorded = new Set(readdirSync(`sounds/${language}/numbers`));
    const missing = new Set<string>();
    for (let value = 0; value <= 1000; value++) {
      for (const use of ['alone', 'before-noun'] satisfies NumberUse[]) {
        for (const piece of numberPieces(language, value, use)) {
          if (!recorded.has(`${piece}.wav`)) missing.add(piece);
        }
      }
    }
    expect([...missing]).toEqual([]);
  });
});
