/** Finds what somebody probably meant to write. */

/** The known name nearest to `written`, if one is near enough to be worth asking about. */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(written.length * 0.4));
  const wanted = canonical(written);
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const name of known) {
    if (Math.abs(name.length - written.length) > limit) continue;
    const distance = editDistance(wanted, canonical(name));
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean `strategy`?`, or what there is to choose from, or that there is nothing. */
export function suggestName(written: string, known: readonly string[], plural: string): string {
  const nearest = nearestName(written, known);
  if (nearest !== undefined) return `; did you mean \`${nearest}\`?`;
  return known.length === 0 ? `; no ${plural} are defined` : `; known ${plural}: ${listNames(known)}`;
}

const listedAtMost = 20;

/** `a`, `b`, `c`, cut short where a list would fill the screen. */
export function listNames(names: readonly string[]): string {
  const listed = names.slice(0, listedAtMost).map((name) => `\`${name}\``);
  if (names.length > listedAtMost) listed.push(`and ${names.length - listedAtMost} more`);
  return listed.join(', ');
}

/** Hyphen, underscore and case are the commonest slips and cost nothing. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/-/g, '_');
}

/** Restricted Damerau-Levenshtein distance: insert, delete, replace, swap two neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
