/**
 * Numbers as recorded pieces, by the grammar of each language: "treinta | y | uno". Pieces are files of the folder
 * `numbers/` of a language, named after the number they say, or `and`.
 */

/** Alone, as in "number one"; or counting what follows, of masculine gender where a language has genders: "un minuto". */
export type NumberUse = 'alone' | 'before-noun';

type Grammar = (value: number, use: NumberUse) => readonly string[];

const grammars: Readonly<Record<string, Grammar>> = { en: english, es: spanish };

/** The largest number that is said as a number. */
const largest = 999;

/** The pieces of a whole number from 0; what is larger, or of a language whose grammar is not known, digit by digit. */
export function numberPieces(language: string, value: number, use: NumberUse = 'alone'): readonly string[] {
  const grammar = grammars[language.split('-', 1)[0] ?? ''];
  const whole = Math.max(0, Math.trunc(value));
  return grammar === undefined || whole > largest ? Array.from(String(whole)) : grammar(whole, use);
}

/** one hundred and twenty-one */
function english(value: number): readonly string[] {
  if (value >= 100) {
    const rest = value % 100;
    const hundreds = [String(Math.trunc(value / 100)), 'hundred'];
    return rest === 0 ? hundreds : [...hundreds, 'and', ...english(rest)];
  }
  if (value <= 20 || value % 10 === 0) return [String(value)];
  return [String(value - (value % 10)), String(value % 10)];
}

/** ciento veintiuno; "uno" loses its last vowel before a noun: veintiún minutos, treinta y un minutos. */
function spanish(value: number, use: NumberUse): readonly string[] {
  if (value === 100) return ['100'];
  if (value > 100) {
    const rest = value % 100;
    const hundreds = value < 200 ? '100-before-number' : String(value - rest);
    return rest === 0 ? [hundreds] : [hundreds, ...spanish(rest, use)];
  }
  if (use === 'before-noun' && (value === 1 || value === 21)) return [`${String(value)}-before-noun`];
  if (value <= 30 || value % 10 === 0) return [String(value)];
  return [String(value - (value % 10)), 'and', ...spanish(value % 10, use)];
}
