import { describe, expect, it } from 'vitest';
import { expectProblems, parseMarked, type MarkedCase } from '../../test/config/marked-site.js';
import { queueId } from '../kernel/ids.js';
import { noFolder, type SiteFolder } from './site-folder.js';

const agents = 'agents: { ana: { devices: { a: { sip: ana, password: example-a } } } }';
const trunks =
  'trunks: { t: { host: a.example, allowed_prefixes: ["+34"] }, silent: { host: b.example, addresses: [192.0.2.1] } }';
/** One queue with these settings, reached by 1000. */
const queue = (settings: string, more = ''): string =>
  `${agents}\nqueues: { q: { members: [ana], ${settings} } }\nentry_points: { 1000: { queue: q } }\n${more}`;
const box = 'voicemails: { v: {} }';
const fs = (name: string, esl: string, sip: string): string =>
  `{ name: ${name}, event_socket: ${esl}, password: example-f, sip: ${sip} }`;

const portsText = 'a range of UDP ports that begins with an even one, such as `20000-20999`';
const promptText = 'the name of a prompt: a WAV file in the folder of each language, written without `.wav`';
const noMedia = 'this needs a media server; `media.server` is `none`';

const schema: readonly MarkedCase[] = [
  [
    'a range that begins with an odd port',
    'media: { rtp_ports: »20001-20999 }',
    `expected ${portsText}, found \`20001-20999\``,
  ],
  [
    'a range that ends before it begins',
    'media: { rtp_ports: »30000-20000 }',
    `expected ${portsText}, found \`30000-20000\``,
  ],
  ['a range beyond all ports', 'media: { rtp_ports: »60000-70000 }', `expected ${portsText}, found \`60000-70000\``],
  [
    'an address that sound cannot be sent to',
    'media: { address: »0.0.0.0 }',
    'expected an IP address of this machine, such as `192.0.2.10`, found `0.0.0.0`',
  ],
  [
    'a server that is not known',
    'media: { server: »embeded }',
    'expected `embedded` or `none`, found `embeded`; did you mean `embedded`?',
  ],
  [
    'a prompt that leads out of its folder',
    queue('while_waiting: { welcome: »../../etc/passwd }'),
    `expected ${promptText}, found \`../../etc/passwd\``,
  ],
  [
    'music out of the folder of sounds',
    'media: { music: { m: [»../x.wav] } }',
    'expected the path of a WAV file below `sounds`, found `../x.wav`',
  ],
  [
    'a language that is none',
    'media: { language: »english please }',
    'expected a language such as `en`, `es` or `pt-BR`, found `english please`',
  ],
  [
    'two keys for one',
    queue('while_waiting: { callback: { key: »12, trunk: t } }', trunks),
    'expected one key in quotes, such as `"1"`, found `12`',
  ],
  ['a menu without greeting', 'menus: { »m: { keys: {} } }', 'missing key `greeting`: ' + promptText],
  [
    'a key of a menu that is none',
    'menus: { m: { greeting: g, keys: { »10: hang_up } } }\nentry_points: { 1: { menu: m } }',
    'expected one key in quotes, such as `"1"`, found `10`',
  ],
  [
    'an entry point that leads nowhere',
    'entry_points: { 1: »{ public: true } }',
    'expected `{ queue: NAME }`, `{ menu: NAME }`, `{ voicemail: NAME }`, `{ agent: NAME }` or `{ message: PROMPT }`, found a mapping',
  ],
];

describe('what may not be written on sound', () => {
  it.each(schema)('%s', (_about, site, ...messages) => void expectProblems(site, messages));
});

const errors: readonly MarkedCase[] = [
  [
    'servers of both kinds',
    `media: { »server: embedded, servers: [${fs('a', '127.0.0.1', '127.0.0.1')}] }`,
    '`server` and `servers` exclude each other; remove one of them',
  ],
  [
    'two servers of one name and address',
    `media: { servers: [${fs('a', '127.0.0.1:1', '127.0.0.1:2')}, ${fs('»a', '»127.0.0.1:1', '»127.0.0.1:2')}] }`,
    "the name `a` is another media server's already (site.yaml:1)",
    "`127.0.0.1:1` is another media server's already (site.yaml:1)",
    "`127.0.0.1:2` is another media server's already (site.yaml:1)",
  ],
  [
    'an example password of a FreeSWITCH on another machine',
    'media: { servers: [{ name: a, event_socket: 192.0.2.7, password: »example-f, sip: 192.0.2.7 }] }',
    'an example secret, while the FreeSWITCH at `192.0.2.7:8021` (site.yaml:1) can be reached from other machines; choose a secret of your own',
  ],
  [
    'sound that nobody knows where to send',
    'sip: { listen: [»udp:0.0.0.0:5060] }',
    'sound cannot be sent to `0.0.0.0`; set `media.address` to an address of this machine, or `media.server: none`',
  ],
  [
    'a SIP port among those of sound',
    'sip: { listen: [»udp:127.0.0.1:20500, tcp:127.0.0.1:20500] }',
    'UDP port 20500 lies within `media.rtp_ports` (20000-20999); choose another',
  ],
  [
    'folders of a server that is built in',
    'media: { »sounds_on_server: /x }',
    'the embedded media server sees the same folders; leave this out',
  ],
  [
    'music that is unknown',
    queue('while_waiting: { music: »jaz }', 'media: { music: { jazz: tone } }'),
    'unknown music `jaz`; did you mean `jazz`?',
  ],
  [
    'one key for two things',
    queue('while_waiting: { callback: { key: 3, trunk: t }, voicemail: { key: »3, box: v } }', `${trunks}\n${box}`),
    'the key `3` asks for a call back already; choose another',
  ],
  [
    'a call back by a trunk that may call nobody, or is unknown',
    `${agents}\nqueues:\n  q: { members: [ana], while_waiting: { callback: { trunk: »silent } } }\n  r: { members: [ana], while_waiting: { callback: { trunk: »x } } }\nentry_points: { 1: { queue: q }, 2: { queue: r } }\n${trunks}`,
    'trunk `silent` may call nobody back; set its `allowed_prefixes`',
    'unknown trunk `x`; did you mean `t`?',
  ],
  [
    'destinations that are unknown',
    queue(
      'overflow: { menu: »x }, while_waiting: { voicemail: { box: »y } }',
      `${trunks}\nmenus: { m: { greeting: g, hours: { open: »h, closed: { voicemail: »z } }, keys: { 1: { queue: »qq }, 2: { agent: »bob }, 3: { number: »+49, trunk: t } } } }\n${box}`,
    ).replace(
      'entry_points: { 1000: { queue: q } }',
      'entry_points: { 1: { queue: q }, 2: { menu: m }, 3: { voicemail: v }, 4: { agent: »eve } }',
    ),
    'unknown menu `x`; did you mean `m`?',
    'unknown voicemail `y`; did you mean `v`?',
    'unknown agent `eve`; known agents: `ana`',
    'unknown hours `h`; no hours are defined',
    'unknown voicemail `z`; did you mean `v`?',
    'unknown queue `qq`; did you mean `q`?',
    'unknown agent `bob`; known agents: `ana`',
    '`+49` cannot be dialled: trunk `t` allows numbers from `+34` only',
  ],
  [
    'a circle of queues and menus that nobody has chosen',
    queue('overflow: { menu: »m }', 'menus: { m: { greeting: g, keys: { 1: { menu: m } }, otherwise: { queue: q } } }'),
    'overflow goes round in a circle: `q` → menu `m` → `q`; let one of them end elsewhere',
  ],
  [
    'an agent who is rung by a menu, without a device',
    'agents: { »ana: {} }\nmenus: { m: { greeting: g, keys: { 1: { agent: ana } } } }\nentry_points: { 1: { menu: m } }',
    'agent `ana` is to take calls and has no device; give it one under `devices`',
  ],
  [
    'a supervisor who is unknown',
    `${agents}\nteams: { t: { agents: [ana], supervisors: [»bob] } }`,
    'unknown agent `bob`; known agents: `ana`',
  ],
  [
    'what needs sound, on a site without',
    `media: { server: none }\n${agents}\nqueues: { q: { members: [ana], »media: anchored, »recording: always, »while_waiting: { music: default }, overflow: { »message: closed } } }\nentry_points: { 1: { queue: q }, 2: { menu: m }, 3: { voicemail: v } }\nmenus: { »m: { greeting: g, keys: {} } }\nvoicemails: { »v: {} }`,
    noMedia,
    noMedia,
    noMedia,
    noMedia,
    noMedia,
    noMedia,
  ],
  [
    'keys in a call that cannot be told apart',
    'site: { in_call_keys: { record: "*1", whisper: »"4", barge: »"*" } }',
    '`4` cannot be told from `listen` (`4`); choose other keys',
    '`*` cannot be told from `record` (`*1`); choose other keys',
  ],
  [
    'an entry point that supervisors dial to listen',
    'agents: { ana: { extension: 201, devices: { a: { sip: ana, password: example-a } } } }\nsite: { star_codes: { supervise: "*3" } }\nentry_points: { »"*3201": { agent: ana } }',
    '`*3201` is how to listen to `ana` already (site.yaml:2); choose another',
  ],
  [
    'a star code that means two things',
    'site: { star_codes: { away: "*3", supervise: »"*3" } }',
    '`*3` is the star code `away` already (site.yaml:1); choose another',
  ],
];

describe('what contradicts itself about sound', () => {
  it.each(errors)('%s', (_about, site, ...messages) => void expectProblems(site, messages));
});

const warnings: readonly MarkedCase[] = [
  [
    'settings of a server that is not in use',
    'media: { server: none, »address: 192.0.2.1, »rtp_ports: 30000-30100 }',
    '`address` is of the embedded media server, which is not in use',
    '`rtp_ports` is of the embedded media server, which is not in use',
  ],
  [
    'phones that cannot send sound',
    'sip: { listen: [»udp:127.0.0.1:5060, udp:192.0.2.10:5060] }',
    'phones that come by `192.0.2.10:5060` cannot send sound to `127.0.0.1`; set `media.address` to an address that they can reach',
  ],
  [
    'a media server that stays for the recording, whatever is said',
    queue('media: »auto, recording: always'),
    '`recording: always` keeps the media server in every call, as `anchored` does',
  ],
  [
    'menus and voicemails that nothing leads to',
    `menus: { »m: { greeting: g, keys: {} } }\nvoicemails: { »v: {} }`,
    'no entry point, menu or overflow leads to menu `m`',
    'no entry point, menu or overflow leads to voicemail `v`',
  ],
];

describe('what is allowed about sound and probably not meant', () => {
  it.each(warnings)('%s', (_about, site, ...messages) => {
    expect(expectProblems(site, messages).ok).toBe(true);
  });
});

/** A folder with these sounds, where nothing can be written. */
function folderWith(...files: readonly string[]): SiteFolder {
  return {
    ...noFolder,
    path: '/site',
    look(path) {
      if (files.some((file) => `/site/${file}` === path)) return 'file';
      return files.some((file) => `/site/${file}`.startsWith(`${path}/`)) ? 'folder' : 'missing';
    },
    canWrite: () => false,
  };
}

describe('files of sound', () => {
  const files = folderWith('s/en/welcome.wav', 's/en/recorded.wav', 's/es/recorded.wav', 's/a.wav');

  it.each<MarkedCase>([
    ['a folder that is not there', 'media: { sounds: »./x }', 'there is no folder `/site/x`'],
    [
      'a prompt that is not there in its language',
      queue('language: es, while_waiting: { welcome: »welcome }', 'media: { sounds: s }'),
      'unknown prompt `welcome`: there is no `es/welcome.wav` in `/site/s`',
    ],
    [
      'a language without prompts',
      queue('language: »fr', 'media: { sounds: s }'),
      'there are no prompts in `fr`: no folder `/site/s/fr`',
    ],
    [
      'music that is not there',
      'media: { sounds: s, music: { m: [a.wav, »b.wav] } }',
      'there is no `b.wav` in `/site/s`',
    ],
    [
      'a message of a menu that is not there',
      'media: { sounds: s }\nmenus: { m: { greeting: welcome, keys: { 1: { message: »closed } } } }\nentry_points: { 1: { menu: m } }',
      'unknown prompt `closed`: there is no `en/closed.wav` in `/site/s`',
    ],
    [
      'recordings that cannot be written',
      queue('recording: on-demand', 'media: { sounds: s, recordings: »r }'),
      'nothing can be written to `/site/r`, where recordings and messages go; set `media.recordings`',
    ],
  ])('%s', (_about, site, ...messages) => void expectProblems(site, messages, files));

  it('are taken where they are', () => {
    const site = queue('while_waiting: { welcome: welcome }', 'media: { sounds: s, music: { default: [a.wav] } }');
    expect(expectProblems(site, [], files)).toMatchObject({
      ok: true,
      config: { media: { sounds: { path: '/site/s', onServer: '/site/s' }, recordings: { path: '/data/recordings' } } },
    });
  });
});

describe('a site without media servers', () => {
  it('lets callers hear the ringing tone, whatever the defaults say', () => {
    const { result } = parseMarked(queue('', 'media: { server: none }'));
    expect(result.ok && result.config.queues.get(queueId('q'))).toMatchObject({
      media: 'auto',
      waiting: { kind: 'ringing' },
      recording: 'never',
    });
  });
});
