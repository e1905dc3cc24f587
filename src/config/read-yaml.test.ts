import { describe, expect, it } from 'vitest';
import { expectProblems, problemsOf, type MarkedCase } from '../../test/config/marked-site.js';
import { parseSite } from './parse-site.js';

const syntax: readonly MarkedCase[] = [
  ['a tab for indentation', 'site:\n»\tname: x', 'a tab cannot indent YAML; use spaces'],
  ['a key that stands twice', 'site:\n  name: x\n  »name: y', 'duplicate key `name`; it stands already at site.yaml:2'],
  [
    'a number as key that stands twice, once in quotes',
    'entry_points:\n  1000: { queue: q }\n  »"1000": { queue: q }\nqueues: { q: { members: [] } }',
    'duplicate key `1000`; it stands already at site.yaml:2',
  ],
  [
    'a bracket that is not closed',
    'sip:\n  listen: [udp:127.0.0.1\n»http: {}',
    'a `[` or `{` before this is not closed, or closed with too little indentation',
  ],
  ['a quotation mark that is not closed', 'site:\n  name: "x»', 'a quotation mark is not closed'],
  ['a colon within text', 'site:\n  name: »a: b', 'a second `: ` on this line; put text that contains `: ` in quotes'],
  ['a colon that is missing', 'site:\n  name: x\n  »time_zone\n', 'a `:` is missing after the key'],
  ['text that begins with @', 'site:\n  name: »@home', 'text that begins with `@` must be in quotes'],
  [
    'a star code without quotes',
    'site:\n  star_codes: { away: »*2 }',
    '`*2` refers to no `&2` before it; text that begins with `*` must be in quotes',
  ],
  [
    'a variable without quotes in braces',
    'http: { token: $»{TOKEN} }',
    'a `{` within text; put it in quotes: `"${NAME}"`',
  ],
  [
    'a second document',
    'site: {}\n»---\nsip: {}',
    'a second document begins here; keep one per file and remove the `---`',
  ],
  ['a tag', 'site:\n  name: »!env X', 'the tag `!env` is not supported; text that begins with `!` must be in quotes'],
  ['uneven indentation', 'site:\n  name: x\n» time_zone: UTC', 'keys of one mapping must be indented alike'],
  ['a list on the line of its key', 'sip:\n  listen: »- udp:127.0.0.1', 'a list item must begin on a line of its own'],
  ['a list as a whole', '»- site', 'expected keys with values, such as `agents:`, at the top of the file'],
  ['text as a whole', '»site', 'expected keys with values, such as `agents:`, at the top of the file'],
  ['a list as key', '? »[a]\n: b\nsite: {}', 'a key must be a plain word, not a list, a mapping or an alias'],
  [
    'several mistakes, one a line',
    'site:\n  name: »a: b: c\n  time_zone: »@x\n',
    'a second `: ` on this line; put text that contains `: ` in quotes',
    'text that begins with `@` must be in quotes',
  ],
  ['lists without end', `site: ${'['.repeat(32)}»[${'['.repeat(200_000)}`, 'nested more than 32 levels deep'],
  ['mappings without end', `site: ${'{a: '.repeat(32)}»{${'a: {'.repeat(50_000)}`, 'nested more than 32 levels deep'],
  [
    'list items without end',
    `site: {}\nsip:\n ${'- '.repeat(32)}»${'- '.repeat(50_000)}`,
    'nested more than 32 levels deep',
  ],
];

describe('what is no YAML, or too much of it', () => {
  it.each(syntax)('%s', (_about, marked, ...messages) => void expectProblems(marked, messages));

  it('refuses a circle of aliases', () => {
    const text = 'agents: &a\n  ana: *a';
    expect(problemsOf(parseSite([{ name: 'site.yaml', text }], {}))).not.toEqual([]);
  });

  it('refuses a file whose aliases unfold to millions of values', () => {
    const level = (name: string, inner: string): string => `${name}: &${name} [${Array(10).fill(inner).join(', ')}]`;
    const names = 'abcdefgh'.split('');
    const text = names.map((name, index) => level(name, index === 0 ? 'x' : `*${names[index - 1] ?? ''}`)).join('\n');
    const found = problemsOf(parseSite([{ name: 'site.yaml', text }], {}));
    expect(found.map(({ message }) => message)).toContain(
      'more than 200000 values (aliases count each time they are used)',
    );
  });

  it('refuses a file beyond one MiB', () => {
    const result = parseSite([{ name: 'site.yaml', text: `# ${'x'.repeat(1024 * 1024)}` }], {});
    expect(problemsOf(result)).toEqual([
      { place: 'site.yaml:0:0', message: 'larger than 1024 KiB; split it into several files' },
    ]);
  });

  it('still tells the schema errors of the other files', () => {
    const files = [
      { name: 'a.yaml', text: 'site:\n  name: @x' },
      { name: 'b.yaml', text: 'sip: { domain: "a b" }\nqueues: { q: { members: [ana] } }' },
    ];
    expect(problemsOf(parseSite(files, {})).map(({ place }) => place)).toEqual(['a.yaml:2:9', 'b.yaml:1:16']);
  });
});

describe('what YAML says and how it is taken', () => {
  const nameFor = (text: string): unknown => {
    const result = parseSite([{ name: 'site.yaml', text }], {});
    return result.ok ? result.config.site.name : problemsOf(result);
  };

  it.each([
    ['a byte order mark', '\uFEFFsite: { name: x }', 'x'],
    ['CRLF', 'site:\r\n  name: x\r\n', 'x'],
    ['an anchor and an alias', 'hours: { &n x: { mon: closed } }\nsite: { name: *n }', 'x'],
    ['a number as name', 'site: { name: 007 }', '007'],
    ['nothing', '', 'Switchboard'],
    ['comments only', '# nothing\n', 'Switchboard'],
  ])('takes %s', (_about, text, expected) => {
    expect(nameFor(text)).toBe(expected);
  });

  it('keeps the plus and the zeros of numbers without quotes', () => {
    const text = 'trunks: { t: { host: a.example, allowed_prefixes: [+34, 0049, 7], caller_id: +34 910-000 (000) } }';
    const result = parseSite([{ name: 'site.yaml', text }], {});
    const [trunk] = result.ok ? result.config.trunks.values() : [];
    expect(trunk).toMatchObject({ allowedPrefixes: ['+34', '0049', '7'], callerId: '+34910000000' });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('gives the name %s no power', (name) => {
    const text = `agents: { ${name}: { devices: {} } }\nteams: { t: { agents: [${name}] } }`;
    const result = parseSite([{ name: 'site.yaml', text }], {});
    const expected = name === '__proto__' ? 'expected a name' : `agent \`${name}\` has no device`;
    expect(problemsOf(result).map(({ message }) => message)).toContainEqual(expect.stringContaining(expected));
    expect(({} as { devices?: unknown }).devices).toBeUndefined();
  });
});
