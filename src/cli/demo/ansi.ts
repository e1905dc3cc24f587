/** Text for terminals: colours by SGR codes, and widths that do not count them. */
const ESC = '\u001b[';

export interface Palette {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
  magenta(text: string): string;
}

/** @param coloured false: all texts stay plain, for files and for NO_COLOR */
export function createPalette(coloured: boolean): Palette {
  const paint =
    (code: number) =>
    (text: string): string =>
      coloured && text !== '' ? `${ESC}${code}m${text}${ESC}0m` : text;
  return {
    bold: paint(1),
    dim: paint(2),
    green: paint(32),
    yellow: paint(33),
    red: paint(31),
    cyan: paint(36),
    magenta: paint(35),
  };
}

// eslint-disable-next-line no-control-regex -- escape sequences are control characters
const SEQUENCE = /(\u001b\[[0-9;]*m)/g;

/** Columns that the text takes; the names and signs of the demo are one column each. */
export function width(text: string): number {
  return Array.from(text.replace(SEQUENCE, '')).length;
}

/** Exactly so many columns: cut with `…`, or filled with spaces. */
export function fit(text: string, columns: number): string {
  const missing = columns - width(text);
  return missing >= 0 ? text + ' '.repeat(missing) : cut(text, columns);
}

/** At most so many columns; all sequences stay, so that no colour runs on. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let left = columns - 1;
  let kept = '';
  for (const part of text.split(SEQUENCE)) {
    if (part.startsWith(ESC)) {
      kept += part;
    } else if (left >= 0) {
      const letters = Array.from(part);
      kept += letters.slice(0, left).join('');
      if (letters.length > left) kept += '…';
      left = letters.length > left ? -1 : left - letters.length;
    }
  }
  return kept;
}
