import { describePlace, type SourceRange } from './problem.js';
import type { SiteCheck } from './site-check.js';
import { keyRange, valueRange } from './source-tree.js';

interface Dialled {
  readonly number: string;
  readonly what: string;
  readonly at: SourceRange;
}

/** Whatever can be dialled here means one thing: entry points, extensions, star codes, and accounts of devices. */
export function checkNumbers(site: SiteCheck): void {
  const taken = new Map<string, Dialled>();
  const claim = (dialled: Dialled): void => {
    const earlier = taken.get(dialled.number);
    if (earlier === undefined) {
      taken.set(dialled.number, dialled);
      return;
    }
    const message = `\`${dialled.number}\` is ${earlier.what} already (${describePlace(earlier.at)}); choose another`;
    site.problems.error(dialled.at, message);
  };
  for (const dialled of [...starCodes(site), ...extensions(site), ...supervision(site), ...entryPoints(site)])
    claim(dialled);
  checkAccounts(site, taken);
  checkInCallKeys(site);
}

function starCodes({ input, tree }: SiteCheck): readonly Dialled[] {
  const codes = input.site.star_codes;
  return (['available', 'away', 'supervise'] as const).map((code) => ({
    number: codes[code],
    what: `the star code \`${code}\``,
    at: valueRange(tree, ['site', 'star_codes', code]),
  }));
}

function extensions({ input, tree }: SiteCheck): readonly Dialled[] {
  return Object.entries(input.agents).flatMap(([id, { extension }]) => {
    if (extension === undefined) return [];
    return [
      { number: extension, what: `the extension of \`${id}\``, at: valueRange(tree, ['agents', id, 'extension']) },
    ];
  });
}

function supervision({ input, tree }: SiteCheck): readonly Dialled[] {
  const code = input.site.star_codes.supervise;
  const at = valueRange(tree, ['site', 'star_codes', 'supervise']);
  // An extension that two agents have is told already.
  const owners = new Map(Object.entries(input.agents).map(([id, { extension }]) => [extension, id]));
  return [...owners].flatMap(([extension, id]) => {
    return extension === undefined ? [] : [{ number: code + extension, what: `how to listen to \`${id}\``, at }];
  });
}

/** Pressed one after the other, the keys of one must not be the beginning of another's. */
function checkInCallKeys({ input, tree, problems }: SiteCheck): void {
  const keys = Object.entries(input.site.in_call_keys);
  for (const [index, [name, pressed]] of keys.entries()) {
    const earlier = keys.slice(0, index).find(([, other]) => other.startsWith(pressed) || pressed.startsWith(other));
    if (earlier === undefined) continue;
    const message = `\`${pressed}\` cannot be told from \`${earlier[0]}\` (\`${earlier[1]}\`); choose other keys`;
    problems.error(valueRange(tree, ['site', 'in_call_keys', name]), message);
  }
}

function entryPoints({ input, tree }: SiteCheck): readonly Dialled[] {
  return Object.keys(input.entry_points).map((number) => {
    return { number, what: 'an entry point', at: keyRange(tree, ['entry_points', number]) };
  });
}

/** An account may be called like its own agent's extension, but not like anything else that can be dialled. */
function checkAccounts({ input, tree, problems }: SiteCheck, taken: ReadonlyMap<string, Dialled>): void {
  for (const [id, agent] of Object.entries(input.agents)) {
    for (const [device, settings] of Object.entries(agent.devices)) {
      if (!('sip' in settings) || settings.sip === agent.extension) continue;
      const other = taken.get(settings.sip);
      if (other === undefined) continue;
      const at = valueRange(tree, ['agents', id, 'devices', device, 'sip']);
      problems.error(at, `\`${settings.sip}\` is ${other.what} (${describePlace(other.at)}); choose another user name`);
    }
  }
}
