/** What may be written on sound: who makes it, from which files, and what is heard by those who wait. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isWildcard } from './network-address.js';
import {
  dialled,
  duration,
  fileSize,
  hostPort,
  name,
  named,
  oneOf,
  phoneNumber,
  refuse,
  secret,
  text,
  wholeNumber,
  yesOrNo,
} from './schema-values.js';

const pathText = 'the path of a folder';
const folder = () => text(pathText, 1000);

const serverFolder = (what: string) =>
  folder()
    .refine((path) => path.startsWith('/'), { error: `an absolute path: ${what} as the media servers see them` })
    .optional()
    .describe(`Where the media servers see the same folder. Default: the same path.`);

const languageText = 'a language such as `en`, `es` or `pt-BR`';

export const language = () =>
  z.string({ error: languageText }).regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/, { error: languageText });

const promptText = 'the name of a prompt: a WAV file in the folder of each language, written without `.wav`';

/** A file below `sounds/<language>/`; folders in it are fine, ways out of it are not. */
export const prompt = () =>
  z
    .string({ error: promptText })
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9_-]*)*$/, { error: promptText });

const key = (what = 'one key in quotes, such as `"1"`') => dialled(/^[0-9*#]$/, what);

const portsText = 'a range of UDP ports that begins with an even one, such as `20000-20999`';

const rtpPorts = z.string({ error: portsText }).transform((written, context) => {
  const [, from, to] = (/^(\d{1,5})-(\d{1,5})$/.exec(written) ?? []).map(Number);
  if (from === undefined || to === undefined || from < 1024 || to > 65_535 || from >= to || from % 2 === 1) {
    return refuse(context, `expected ${portsText}, found \`${written}\``);
  }
  return { from, to };
});

const addressText = 'an IP address of this machine, such as `192.0.2.10`';

const freeswitch = z.strictObject({
  name: name('a media server').describe('For people, logs and metrics.'),
  event_socket: hostPort(8021, 'connect').describe('Its event socket, host:port.'),
  password: secret("the event socket's password").describe('Of the event socket.'),
  sip: hostPort(5080, 'connect').describe('Where its SIP profile listens, host:port.'),
});

const serversText = 'a list of FreeSWITCH servers: `{ name: fs1, event_socket: …, password: …, sip: … }`';

const musicFile = z
  .string({ error: 'the path of a WAV file below `sounds`' })
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\p{Cc}]{1,500}\.wav$/u, { error: 'the path of a WAV file below `sounds`' });

const musicText = '`tone`, a list of WAV files, or `{ files: [FILE], shuffle: true }`';
const musicFiles = z
  .array(musicFile, { error: 'a list of WAV files' })
  .min(1, { error: 'a list of at least one file' });

const music = z.union(
  [
    z.literal('tone', { error: '`tone`' }),
    musicFiles,
    z.strictObject({
      files: musicFiles.describe('WAV files below `sounds`.'),
      shuffle: yesOrNo().prefault(false).describe('In another order each time round.'),
    }),
  ],
  { error: musicText },
);

export const media = z
  .strictObject({
    server: oneOf(['embedded', 'none'])
      .optional()
      .describe('embedded: the media server that is built in (default). none: no sound but the ringing tone.'),
    servers: z
      .array(freeswitch, { error: serversText })
      .min(1, { error: serversText })
      .optional()
      .describe('FreeSWITCH servers, in place of the embedded one.'),
    address: z
      .string({ error: addressText })
      .refine((written) => isIP(written) !== 0 && !isWildcard(written), { error: addressText })
      .optional()
      .describe('Address of the embedded media server for sound (RTP). Default: that of the first `sip.listen`.'),
    rtp_ports: rtpPorts.prefault('20000-20999').describe('UDP ports of the embedded media server, two for each party.'),
    language: language().prefault('en').describe('Of prompts, where a queue says nothing else.'),
    sounds: folder().optional().describe('Folder of prompts and music. Default: the one that comes with the project.'),
    sounds_on_server: serverFolder('sounds'),
    recordings: folder()
      .optional()
      .describe(
        'Folder for recordings and voicemail. Default: data/recordings beside the folder of the configuration.',
      ),
    recordings_on_server: serverFolder('recordings'),
    retention: z
      .strictObject({
        recordings: duration({ min: '1h', max: '3650d' })
          .optional()
          .describe('How long recordings of calls are kept. Default: until somebody deletes them.'),
        messages: duration({ min: '1h', max: '3650d' })
          .optional()
          .describe('How long messages of voicemails are kept. Default: until somebody deletes them.'),
        max_size: fileSize()
          .optional()
          .describe('Of all together: beyond, the oldest recordings go, then messages that were heard.'),
        min_free: fileSize().prefault('500MB').describe('An event is told when less is free on the disk.'),
      })
      .prefault({})
      .describe('How long recordings and messages are kept, and how much of them.'),
    music: named(music).prefault({}).describe('Music by name. `default` is a soft tone where nothing else is said.'),
  })
  .prefault({})
  .describe('Sound: who makes it, and from which files.');

const whileWaitingText = '`ringing`, or `{ music: NAME, … }`';

export const whileWaiting = z.union(
  [
    z.literal('ringing', { error: '`ringing`' }),
    z.strictObject({
      music: name('a music').prefault('default').describe('Name of a music of `media`.'),
      welcome: prompt().optional().describe('Prompt that is heard first.'),
      announce: z
        .strictObject({
          position: yesOrNo().prefault(true).describe('"You are number 2 in line."'),
          expected_wait: yesOrNo().prefault(true).describe('"The expected wait is 3 minutes."'),
          every: duration({ min: '5s', max: '1h' }).prefault('30s').describe('How often.'),
        })
        .prefault({})
        .describe('What is said between the music.'),
      callback: z
        .strictObject({
          key: key().prefault('1').describe('Key that asks for a call back.'),
          trunk: name('a trunk').describe('Trunk that calls back; its `allowed_prefixes` say whom.'),
          attempts: wholeNumber(1, 10).prefault(2).describe('How often the caller is tried.'),
          ring_timeout: duration({ min: '1s', max: '5m' })
            .prefault('30s')
            .describe("How long the caller's phone rings."),
          retry_after: duration({ min: '1s', max: '1d' })
            .prefault('1m')
            .describe('From an attempt that came to nothing until the call gets in line again.'),
          caller_id: phoneNumber().optional().describe("What the caller sees. Default: the trunk's."),
          give_up_after: duration({ min: '1m', max: '7d' })
            .prefault('8h')
            .describe('From the request until nobody is called any more.'),
          hours: name('hours').optional().describe('Nobody is called outside these hours. Default: at any time.'),
          when_closed: oneOf(['wait', 'give-up'])
            .prefault('wait')
            .describe('What becomes of who waits when they close. wait: they are called when they open again.'),
        })
        .optional()
        .describe('Callers may hang up and keep their place: they are called when an agent has accepted.'),
      voicemail: z
        .strictObject({
          key: key().prefault('2').describe('Key that leads to the voicemail.'),
          box: name('a voicemail').describe('Which one.'),
        })
        .optional()
        .describe('Callers may leave the line for a voicemail.'),
    }),
  ],
  { error: whileWaitingText },
);
