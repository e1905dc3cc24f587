import { describe, expect, it } from 'vitest';
import { parseMarked, problemsOf, unmark } from '../../test/config/marked-site.js';
import { agentId, deviceId } from '../kernel/ids.js';
import { parseSite, type ConfigResult } from './parse-site.js';
import { noFolder, type SiteFolder } from './site-folder.js';

const withSecret = (textOf: (path: string) => string): SiteFolder => {
  return { ...noFolder, readSecret: (path) => ({ ok: true, text: textOf(path) }) };
};

const withPassword = (password: string, more = ''): string =>
  `agents:\n  ana:\n    devices:\n      a:\n        sip: ana\n        password: ${password}\n${more}\nmedia: { server: none }\n`;

function passwordOf(result: ConfigResult): string | undefined {
  const device = result.ok ? result.config.agents.get(agentId('ana'))?.devices.get(deviceId('a')) : undefined;
  return device?.kind === 'sip' ? device.password : undefined;
}

describe('variables', () => {
  it.each([
    ['the environment', '${PW}', { PW: 'sesame' }, 'sesame'],
    ['a default, when there is nothing', '${PW:-example-a}', {}, 'example-a'],
    ['a default, when it is empty', '${PW:-example-a}', { PW: '' }, 'example-a'],
    ['the environment before the default', '${PW:-example-a}', { PW: 'sesame' }, 'sesame'],
    ['several, within text', '"${A}-${B}"', { A: 'x', B: 'y' }, 'x-y'],
    ['a number, which stays text', '${PW}', { PW: '0123' }, '0123'],
    ['a plain ${ behind two dollars', '"$${A}"', { A: 'x' }, '${A}'],
    ['no variable in what a variable brings', '${PW}', { PW: '${A}', A: 'x' }, '${A}'],
  ])('are replaced by %s', (_about, written, env, expected) => {
    expect(passwordOf(parseMarked(withPassword(written), env).result)).toBe(expected);
  });

  it.each([
    ['is not set', '»${PW}', 'the environment variable `PW` is not set; set it, or give a default: `${PW:-…}`'],
    [
      'is not set, within text',
      '"a»${PW}"',
      'the environment variable `PW` is not set; set it, or give a default: `${PW:-…}`',
    ],
    ['is no name', '»${a b}', '`${a b}` is no variable; write `${NAME}` or `${NAME:-default}`'],
    ['is not closed', '»${PW', '`${PW` is no variable; write `${NAME}` or `${NAME:-default}`'],
    [
      'is something of every object',
      '»${toString}',
      'the environment variable `toString` is not set; set it, or give a default: `${toString:-…}`',
    ],
  ])('are refused when one %s', (_about, written, message) => {
    const { places, found } = parseMarked(withPassword(written));
    expect(found).toEqual([{ place: places[0], message }]);
  });

  it('are told once when they also break the form of their value', () => {
    const { places, found } = parseMarked('http: { listen: "»${WHERE}" }');
    expect(found.map(({ place }) => place)).toEqual(places);
  });

  it('may stand in any value', () => {
    const { result } = parseMarked('http: { listen: "${HOST:-127.0.0.1}:${PORT}" }', { PORT: '9000' });
    expect(result.ok && result.config.http).toEqual({ host: '127.0.0.1', port: 9000 });
  });
});

describe('secrets', () => {
  it.each([
    ['one that is empty', '»""', {}, 'this secret is empty'],
    ['one that is empty in the environment', '»${PW}', { PW: '' }, 'this secret is empty'],
    ['one of several lines', '»${PW}', { PW: 'a\nb' }, 'a secret must be one line of text'],
    ['a file where there are none', '{ file: »./ana }', {}, 'cannot read `./ana`: there are no files here'],
  ])('refuse %s', (_about, written, env, message) => {
    const { places, found } = parseMarked(withPassword(written), env);
    expect(found).toEqual([{ place: places[0], message }]);
  });

  it('come from files, without the last line break', () => {
    const text = withPassword('{ file: ./ana }');
    const result = parseSite(
      [{ name: 'a.yaml', text }],
      {},
      withSecret((path) => `of ${path}\r\n`),
    );
    expect(passwordOf(result)).toBe('of ./ana');
    expect(problemsOf(result)).toEqual([]);
  });

  it('warn of one that stands in the file itself', () => {
    const message = 'a secret in the file itself is in every copy of it; use `${NAME}` or `{ file: PATH }`';
    for (const written of ['»sesame', '»${PW:-sesame}']) {
      const { places, found } = parseMarked(withPassword(written));
      expect(found).toEqual([{ place: places[0], message }]);
    }
  });

  it('take an empty token for none, and refuse one that no header can carry', () => {
    const none = parseMarked('http: { token: "${T:-}" }').result;
    expect(none.ok && none.config.http.token).toBeUndefined();
    const spaced = parseMarked('http: { token: »"${T}" }', { T: 'a b' });
    const message = 'a token must be of ASCII characters without spaces';
    expect(spaced.found).toEqual([{ place: spaced.places[0], message }]);
  });
});

describe('examples', () => {
  const everywhere = `
trunks:
  t:
    host: a.example
    inbound: { username: in, password: »example-in }
    outbound: { username: out, password: »"\${OUT:-example-out}" }
http:
  token: »example-token
`;

  it.each([
    'udp:127.0.0.1:5060',
    'udp:127.8.9.1:5060',
    'tcp:localhost:5060',
    '"udp:[::1]:5060"',
    '"udp:[::ffff:127.0.0.1]:1"',
  ])('may be used while %s listens', (listen) => {
    const { result, places } = parseMarked(
      withPassword('»${ANA:-example-ana}', `sip: { listen: [${listen}] }${everywhere}`),
    );
    expect(problemsOf(result)).toEqual([]);
    expect(result.ok && result.exampleSecrets.toSorted()).toEqual(
      places.map((place) => place.replace(/:\d+$/, '')).toSorted(),
    );
  });

  it.each([
    ['sip: { listen: [udp:127.0.0.1:5060, udp:0.0.0.0:5061] }', '`udp:0.0.0.0:5061` (site.yaml:7)'],
    ['sip: { listen: ["tcp:[::]:5060"] }', '`tcp:[::]:5060` (site.yaml:7)'],
    ['sip: { listen: [udp:192.0.2.1:5060] }', '`udp:192.0.2.1:5060` (site.yaml:7)'],
    [
      'sip: { server: { drachtio: 192.0.2.1:9022, secret: { file: x } } }',
      'the drachtio-server at `192.0.2.1:9022` (site.yaml:7)',
    ],
  ])('are refused, each on its line, with %s', (sip, what) => {
    const { text, places } = unmark('site.yaml', withPassword('»${ANA:-example-ana}', sip + everywhere));
    const result = parseSite(
      [{ name: 'site.yaml', text }],
      {},
      withSecret(() => 'cymru'),
    );
    const because = `an example secret, while ${what} can be reached from other machines`;
    expect(problemsOf(result)).toEqual([
      { place: places[0], message: `${because}; set the environment variable \`ANA\`` },
      { place: places[1], message: `${because}; choose a secret of your own` },
      { place: places[2], message: `${because}; set the environment variable \`OUT\`` },
      { place: places[3], message: `${because}; choose a secret of your own` },
    ]);
  });

  it('are refused when only HTTP is open, and name all that is open', () => {
    const { places, found } = parseMarked(
      withPassword('»example-ana', 'http: { listen: 0.0.0.0:80 }\nsip: { listen: [udp:0.0.0.0] }'),
    );
    const open = '`udp:0.0.0.0:5060` (site.yaml:8) and `http 0.0.0.0:80` (site.yaml:7)';
    const message = `an example secret, while ${open} can be reached from other machines; choose a secret of your own`;
    expect(found).toEqual([{ place: places[0], message }]);
  });

  it('count also when they come from the environment or a file', () => {
    const open = 'sip: { listen: [udp:0.0.0.0] }';
    const fromEnvironment = parseMarked(withPassword('»${PW}', open), { PW: 'example-x' });
    expect(fromEnvironment.found.map(({ place }) => place)).toEqual(fromEnvironment.places);
    const text = withPassword('{ file: a }', open);
    expect(
      parseSite(
        [{ name: 'a.yaml', text }],
        {},
        withSecret(() => 'example-x\n'),
      ).ok,
    ).toBe(false);
  });

  it('are no hindrance once all are replaced', () => {
    const { result } = parseMarked(withPassword('${PW:-example-ana}', 'sip: { listen: [udp:0.0.0.0] }'), {
      PW: 'sesame',
    });
    expect(result.ok && result.exampleSecrets).toEqual([]);
  });
});
