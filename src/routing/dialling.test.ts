import { describe, expect, it } from 'vitest';
import { allowedPrefix, bestTrunk, normaliseNumber } from './dialling.js';

describe('numbers as people write them', () => {
  it.each<[string, string | undefined]>([
    ['+34600111222', '+34600111222'],
    ['+34 600 111-222', '+34600111222'],
    ['(91) 555.01/00', '915550100'],
    ['112', '112'],
    ['0034600111222', '0034600111222'],
    ['', undefined],
    ['+', undefined],
    ['34+600', undefined],
    ['++34600', undefined],
    ['ana', undefined],
    ['*43', undefined],
    ['600;phone-context=evil', undefined],
    ['600@attacker.example', undefined],
    ['600%40attacker.example', undefined],
    ['600\r\nX-Evil: 1', undefined],
    ['600\n', undefined],
    ['٦٠٠', undefined],
    ['1234567890123456789012345', undefined],
  ])('%j is dialled as %j', (text, dialled) => {
    expect(normaliseNumber(text)).toBe(dialled);
  });
});

describe('numbers that may be dialled', () => {
  it.each<[string, string[], string | undefined]>([
    ['+34600111222', ['+34'], '+34'],
    ['+34600111222', ['+', '+346', '+34'], '+346'],
    ['+34600111222', ['+44', '34'], undefined],
    ['+34600111222', [], undefined],
    ['+34600111222', [''], undefined],
    ['+34600111222', ['+34 6'], '+346'],
    ['+34600111222', ['sip:'], undefined],
    ['112', ['112'], '112'],
    ['0034600111222', ['+34'], undefined],
  ])('%s by %j: %s', (number, prefixes, prefix) => {
    expect(allowedPrefix(number, prefixes)).toBe(prefix);
  });

  it('go out by the trunk that knows them best, the first of equals', () => {
    const world = { name: 'world', allowedPrefixes: ['+'] };
    const spain = { name: 'spain', allowedPrefixes: ['+34', '+351'] };
    const iberia = { name: 'iberia', allowedPrefixes: ['+34'] };
    expect(bestTrunk('+34600111222', [world, spain, iberia])?.name).toBe('spain');
    expect(bestTrunk('+44200111222', [world, spain, iberia])?.name).toBe('world');
    expect(bestTrunk('112', [world, spain, iberia])).toBeUndefined();
  });
});
