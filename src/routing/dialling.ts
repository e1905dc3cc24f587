/** Which numbers may be dialled out, and how they are written. Nothing that is not a number gets past here. */

/** E.164 allows 15 digits; carriers' own codes in front make some numbers longer. */
const MAX_DIGITS = 24;

/**
 * A number as people write it (`+34 600 111-222`, `(91) 555.0100`) as it is dialled: digits, with a leading `+` where
 * it had one. `undefined` for anything else, so that no URI parameter, header or letter can be smuggled into a
 * Request-URI. `00` stays as it is: only the carrier knows what it means there.
 */
export function normaliseNumber(text: string): string | undefined {
  const bare = text.replace(/[ ().\-/]/g, '');
  return /^\+?\d+$/.test(bare) && bare.length <= MAX_DIGITS ? bare : undefined;
}

/**
 * The longest of the allowed prefixes that a number begins with; `undefined` when it may not be dialled.
 * @param number from {@link normaliseNumber}
 */
export function allowedPrefix(number: string, prefixes: readonly string[]): string | undefined {
  let longest: string | undefined;
  for (const text of prefixes) {
    // A lone `+` allows every international number; an empty prefix is a slip, and allows nothing.
    const prefix = text.trim() === '+' ? '+' : normaliseNumber(text);
    if (prefix === undefined || !number.startsWith(prefix)) continue;
    if (longest === undefined || prefix.length > longest.length) longest = prefix;
  }
  return longest;
}

/** Of several ways out the one that knows the number best: the longest allowed prefix, the first of equals. */
export function bestTrunk<Trunk extends { readonly allowedPrefixes: readonly string[] }>(
  number: string,
  trunks: Iterable<Trunk>,
): Trunk | undefined {
  let best: { trunk: Trunk; length: number } | undefined;
  for (const trunk of trunks) {
    const length = allowedPrefix(number, trunk.allowedPrefixes)?.length ?? 0;
    if (length > (best?.length ?? 0)) best = { trunk, length };
  }
  return best?.trunk;
}
