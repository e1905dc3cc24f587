import { channelHeaders } from './channel-headers.js';
import { causeOf } from './causes.js';
import type { Execution, StartApp } from './application.js';
import type { Channel } from './channel.js';
import { NOT_SUPPORTED } from './esl-connection.js';
import { startRecorder } from './recorder.js';

/** What the commands act upon. */
export interface ApiHost {
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: () => number;
  readonly channel: (uuid: string) => Channel | undefined;
  readonly channels: () => Iterable<Channel>;
  readonly app: (name: string) => StartApp | undefined;
  /** Channels since the start. */
  readonly total: () => number;
  readonly coreUuid: string;
  readonly isPaused: () => boolean;
  /** Whether new calls are refused. */
  readonly pause: (isPaused: boolean) => void;
  /** Relative paths of recordings are below this folder. */
  readonly recordingPath: (path: string) => string;
}

const OK = '+OK\n';
const NO_CHANNEL = '-ERR No such channel!\n';
const UNSUPPORTED = `${NOT_SUPPORTED}\n`;

type Command = (host: ApiHost, args: readonly string[]) => string;

/** The commands of mod_commands that are supported, with FreeSWITCH's answers. */
const COMMANDS: Readonly<Record<string, Command>> = {
  status,
  uptime: (host, [unit]) => uptime(host, unit ?? 's'),
  version: (host) => `FreeSWITCH Version ${host.version}\n`,
  show,
  fsctl,
  global_getvar: (host, [name]) => (name === 'core_uuid' ? host.coreUuid : UNSUPPORTED),
  uuid_exists: (host, [uuid = '']) => (host.channel(uuid) === undefined ? 'false' : 'true'),
  uuid_dump: (host, args) => onChannel(host, args, 1, '<uuid> [format]', dump),
  uuid_kill: (host, args) =>
    onChannel(host, args, 1, '<uuid> [cause]', (channel, [cause]) => {
      channel.hangUp(causeOf(cause ?? ''));
      return OK;
    }),
  uuid_park: (host, args) =>
    onChannel(host, args, 1, '<uuid>', (channel) => {
      channel.run([{ app: 'park', data: '' }]);
      return OK;
    }),
  uuid_setvar: (host, args) => onChannel(host, args, 2, '<uuid> <var> [value]', setVariable),
  uuid_setvar_multi: (host, args) => onChannel(host, args, 2, '<uuid> <var>=<value>;<var>=<value>...', setVariables),
  uuid_getvar: (host, args) =>
    onChannel(host, args, 2, '<uuid> <var>', (channel, [name = '']) => channel.variables.get(name) ?? '_undef_'),
  uuid_break: (host, args) =>
    onChannel(host, args, 1, '<uuid> [all]', (channel, flags) => {
      const all = flags.some((each) => each.includes('all'));
      channel.breakOff(all);
      if (flags.some((each) => each.includes('both'))) channel.partner?.breakOff(all);
      return OK;
    }),
  uuid_broadcast: broadcast,
  uuid_bridge: bridge,
  uuid_transfer: transfer,
  uuid_record: record,
};

/** Runs a command line. Answers its output, an honest error for what is not supported. */
export function runApi(host: ApiHost, line: string): string {
  const [name = '', ...args] = line.split(' ').filter((each) => each !== '');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command === undefined ? UNSUPPORTED : command(host, args);
}

function onChannel(
  host: ApiHost,
  args: readonly string[],
  atLeast: number,
  usage: string,
  act: (channel: Channel, rest: readonly string[]) => string,
): string {
  if (args.length < atLeast) return `-USAGE: ${usage}\n`;
  const [uuid = '', ...rest] = args;
  const channel = host.channel(uuid);
  return channel === undefined ? NO_CHANNEL : act(channel, rest);
}

function status(host: ApiHost): string {
  const ms = host.nowMs() - host.startedAtMs;
  return [
    `UP ${upTime(ms)}`,
    `FreeSWITCH (Version ${host.version}) is ready`,
    `${String(host.total())} session(s) since startup`,
    `${String([...host.channels()].length)} session(s) - peak 0, last 5min 0 `,
    '',
  ].join('\n');
}

/** `0 years, 0 days, ...` as in the status and the heartbeat. */
export function upTime(ms: number): string {
  const parts: [string, number][] = [
    ['year', Math.floor(ms / 31_536_000_000)],
    ['day', Math.floor(ms / 86_400_000) % 365],
    ['hour', Math.floor(ms / 3_600_000) % 24],
    ['minute', Math.floor(ms / 60_000) % 60],
    ['second', Math.floor(ms / 1000) % 60],
    ['millisecond', Math.floor(ms) % 1000],
    ['microsecond', Math.floor(ms * 1000) % 1000],
  ];
  return parts.map(([unit, count]) => `${String(count)} ${unit}${count === 1 ? '' : 's'}`).join(', ');
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function uptime(host: ApiHost, unit: string): string {
  const scale = UNITS[unit];
  return scale === undefined ? UNSUPPORTED : `${String(Math.floor((host.nowMs() - host.startedAtMs) / scale))}\n`;
}

/** `show calls|channels count [as json]` and `show channels as json`. */
function show(host: ApiHost, [what = '', ...rest]: readonly string[]): string {
  if (what !== 'calls' && what !== 'channels') return UNSUPPORTED;
  const channels = [...host.channels()];
  // A call is a pair; FreeSWITCH's view of calls counts each pair, and each channel without a partner, once.
  const pairs = channels.filter((each) => each.partner !== undefined).length / 2;
  const count = what === 'channels' ? channels.length : channels.length - pairs;
  const isJson = rest.join(' ').endsWith('as json');
  if (rest[0] === 'count') return isJson ? `{"row_count":${String(count)}}` : `\n${String(count)} total.\n`;
  if (what !== 'channels' || !isJson) return UNSUPPORTED;
  const rows = channels.map(({ uuid, identity }) => ({
    uuid,
    direction: 'inbound',
    name: identity.name,
    cid_name: identity.callerName,
    cid_num: identity.caller,
    dest: identity.destination,
  }));
  return rows.length === 0 ? '{"row_count": 0}\n' : `${JSON.stringify({ row_count: rows.length, rows })}\n`;
}

/** Draining: `pause` refuses new calls, `resume` takes them again; and the questions about it. */
function fsctl(host: ApiHost, [verb = '', way = 'inbound']: readonly string[]): string {
  if (verb === 'ready_check') return 'true';
  if (verb === 'pause_check' && way === 'inbound') return host.isPaused() ? 'true' : 'false';
  if ((verb !== 'pause' && verb !== 'resume') || (way !== 'inbound' && way !== 'outbound')) return UNSUPPORTED;
  // It calls nobody, so that there is nothing outbound to pause.
  if (way === 'inbound') host.pause(verb === 'pause');
  return OK;
}

function dump(channel: Channel): string {
  return channelHeaders(channel, 'CHANNEL_DATA')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

function setVariable(channel: Channel, [name = '', ...words]: readonly string[]): string {
  const value = words.join(' ');
  if (value === '') channel.variables.delete(name);
  else channel.variables.set(name, value);
  return OK;
}

function setVariables(channel: Channel, words: readonly string[]): string {
  for (const pair of words.join(' ').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0) setVariable(channel, [pair.slice(0, equals).trim(), pair.slice(equals + 1)]);
  }
  return OK;
}

/** `uuid_broadcast <uuid> <sound or app::data> [aleg|bleg|both|holdb]`. */
function broadcast(host: ApiHost, args: readonly string[]): string {
  const [uuid = '', ...rest] = args;
  const legs = /^(aleg|bleg|both|holdb)$/.exec(rest[rest.length - 1] ?? '')?.[1];
  const path = (legs === undefined ? rest : rest.slice(0, -1)).join(' ');
  if (path === '') return '-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n';
  const channel = host.channel(uuid);
  if (channel === undefined) return '-ERR invalid uuid\n';
  const [, app = 'playback', data = path] = /^([\w]+)::(.*)$/.exec(path) ?? [];
  if (host.app(app) === undefined) return UNSUPPORTED;
  const execution: Execution = { app, data, isLocking: true };
  if (legs === 'bleg' || legs === 'both') channel.partner?.execute(execution);
  if (legs !== 'bleg') channel.execute(execution);
  return '+OK Message sent\n';
}

function bridge(host: ApiHost, [first = '', second = '']: readonly string[]): string {
  if (second === '') return '-USAGE: <uuid> <other_uuid>\n';
  const channel = host.channel(first);
  const other = host.channel(second);
  if (channel === undefined || other === undefined || channel === other) return '-ERR Invalid uuid\n';
  channel.bridgeWith(other);
  return `+OK ${second}\n`;
}

/** `uuid_transfer <uuid> [-both|-bleg] <app[:data][,app[:data]]> inline`; no other dialplan. */
function transfer(host: ApiHost, args: readonly string[]): string {
  const [uuid = '', ...rest] = args;
  if (rest.length === 0) return '-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n';
  const found = host.channel(uuid);
  if (found === undefined) return NO_CHANNEL;
  const legs = rest[0]?.startsWith('-') === true ? rest[0] : undefined;
  const words = legs === undefined ? rest : rest.slice(1);
  const inline =
    words[words.length - 1] === 'inline'
      ? words
          .slice(0, -1)
          .join(' ')
          .replace(/^'(.*)'$/, '$1')
      : undefined;
  const extension = inline === undefined ? undefined : parseInline(host, inline);
  if (extension === undefined || (legs !== undefined && legs !== '-both' && legs !== '-bleg')) return UNSUPPORTED;
  if (legs === '-both') found.runBoth(extension);
  else if (legs === '-bleg') (found.partner ?? found).run(extension);
  else found.run(extension);
  return OK;
}

function parseInline(host: ApiHost, text: string): Execution[] | undefined {
  // `m:^:a:x^b:y` names another separator than the comma.
  const other = /^m:(.):(.*)$/s.exec(text);
  const parts = other === null ? text.split(',') : (other[2] ?? '').split(other[1] ?? ',');
  const extension = parts.map((part) => {
    const colon = part.indexOf(':');
    return colon < 0 ? { app: part, data: '' } : { app: part.slice(0, colon), data: part.slice(colon + 1) };
  });
  return extension.every(({ app }) => host.app(app) !== undefined) ? extension : undefined;
}

function record(host: ApiHost, args: readonly string[]): string {
  const [uuid = '', action = '', file = '', limit = '', settings = ''] = args;
  if (file === '') return '-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n';
  const channel = host.channel(uuid);
  if (channel === undefined) return '-ERR Cannot locate session!\n';
  const path = host.recordingPath(file);
  const running = [...channel.recorders].filter((each) => each.path === path || (file === 'all' && action === 'stop'));
  switch (action) {
    case 'start': {
      if (running.length > 0) return '-ERR Cannot record session!\n';
      const limitSeconds = Number.parseInt(limit, 10) || 0;
      const recorder = startRecorder(channel, { path, limitSeconds, settings: parseSettings(settings) });
      return recorder === undefined ? '-ERR Cannot record session!\n' : '+OK Success\n';
    }
    case 'stop':
      for (const each of running) each.stop();
      return running.length > 0 ? '+OK Success\n' : '-ERR Cannot stop record session!\n';
    case 'mask':
    case 'unmask':
      for (const each of running) each.mask(action === 'mask');
      return running.length > 0 ? '+OK Success\n' : `-ERR Cannot ${action} recording session!\n`;
    default:
      return '-USAGE: <uuid> [start|stop|mask|unmask] <path> [<limit>] [<recording_vars>]\n';
  }
}

/** `{NAME=value,NAME=value}`, escaped as in a URL. */
function parseSettings(text: string): Map<string, string> {
  let inner = text;
  try {
    inner = decodeURIComponent(text);
  } catch {
    // Not escaped, then.
  }
  const pairs = /^\{(.*)\}$/.exec(inner)?.[1]?.split(',') ?? [];
  return new Map(
    pairs.map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}
