/**
 * The commands of FreeSWITCH's event socket that we use, and no others. Each argument is held to what its place in the
 * line may contain, so that none can smuggle in a line break, another argument, or a `${...}` for FreeSWITCH to expand.
 */
import { SwitchboardError } from '../kernel/errors.js';
import type { RecordingRequest, Sound } from '../voice/media.js';

/** A channel of FreeSWITCH, which has the Call-ID of its SIP dialog for a name. */
export type ChannelUuid = string & { readonly channelUuid: unique symbol };

export type EslCommand =
  | { readonly kind: 'api'; readonly line: string }
  /** Runs a dialplan application on a channel; its end is the event CHANNEL_EXECUTE_COMPLETE with this `executionId`. */
  | {
      readonly kind: 'execute';
      readonly channel: ChannelUuid;
      readonly application: string;
      readonly argument: string;
      readonly executionId: string;
    };

/** @throws SwitchboardError BUG for a Call-ID that is no plain token: ours are UUIDs */
export function channelUuid(callId: string): ChannelUuid {
  return token(callId) as ChannelUuid;
}

export const status: EslCommand = api('status');
export const coreUuid: EslCommand = api('global_getvar', 'core_uuid');
/** `true` while the operator lets no new calls in (`fsctl pause`). */
export const pauseCheck: EslCommand = api('fsctl', 'pause_check', 'inbound');
export const showChannels: EslCommand = api('show', 'channels', 'as', 'json');

/** Hangs up. */
export const kill = (channel: ChannelUuid): EslCommand => api('uuid_kill', channel);

/** Ends what is being played and drops what waits to be. */
export const breakOff = (channel: ChannelUuid): EslCommand => api('uuid_break', channel, 'all');

export const bridge = (one: ChannelUuid, other: ChannelUuid): EslCommand => api('uuid_bridge', one, other);

/** Out of whatever it is in; `both` takes the partner of its bridge along. */
export function park(channel: ChannelUuid, which: 'alone' | 'both'): EslCommand {
  return api('uuid_transfer', channel, ...(which === 'both' ? ['-both'] : []), 'park', 'inline');
}

export function setVariables(channel: ChannelUuid, variables: Readonly<Record<string, string>>): EslCommand {
  const pairs = Object.entries(variables).map(([name, value]) => `${token(name)}=${token(value)}`);
  return { kind: 'api', line: `uuid_setvar_multi ${channel} ${pairs.join(';')}` };
}

export function execute(
  channel: ChannelUuid,
  application: 'playback' | 'eavesdrop' | 'conference',
  argument: string,
  executionId: string,
): EslCommand {
  return { kind: 'execute', channel, application, argument: printable(argument), executionId: token(executionId) };
}

/** @returns `undefined` for a recording to a path that cannot be written safely into a command */
export function startRecording(channel: ChannelUuid, request: RecordingRequest): EslCommand | undefined {
  const path = pathArgument(request.file);
  if (path === undefined || path.includes(' ')) return undefined;
  const variables = [
    ...(request.of === 'party' ? ['RECORD_READ_ONLY=true'] : []),
    ...(request.silenceMs === undefined ? [] : silenceVariables(request.silenceMs)),
  ];
  // FreeSWITCH counts in turns of its clock's second: one more, so that none is cut short.
  const limitSeconds = request.maxMs === undefined ? 0 : Math.ceil(request.maxMs / 1000) + 1;
  const tail = variables.length === 0 ? '' : ` {${variables.join(',')}}`;
  return { kind: 'api', line: `uuid_record ${channel} start ${path} ${String(limitSeconds)}${tail}` };
}

/** Both before the first word and after the last. */
function silenceVariables(silenceMs: number): string[] {
  const ms = wholeMs(silenceMs);
  return [`RECORD_INITIAL_TIMEOUT_MS=${ms}`, `RECORD_FINAL_TIMEOUT_MS=${ms}`];
}

/** @param path as {@link startRecording} took it */
export function changeRecording(channel: ChannelUuid, change: 'stop' | 'mask' | 'unmask', path: string): EslCommand {
  return api('uuid_record', channel, change, path);
}

/**
 * What the application `playback` takes for a sound.
 *
 * @param repeat a tone sounds until it is broken off; files are repeated by whoever plays them
 * @returns `undefined` for what cannot be written safely, or is no sound at all
 */
export function soundArgument(sound: Sound, repeat: boolean): string | undefined {
  switch (sound.kind) {
    case 'file':
      return pathArgument(sound.path);
    case 'silence':
      return sound.ms >= 1 ? `silence_stream://${wholeMs(sound.ms)}` : undefined;
    case 'tone': {
      const numbers = [sound.onMs, sound.offMs, ...sound.hz];
      if (sound.hz.length === 0 || !numbers.every((number) => Number.isFinite(number) && number >= 0)) return undefined;
      return `tone_stream://%(${numbers.map(wholeMs).join(',')})${repeat ? ';loops=-1' : ''}`;
    }
  }
}

/** Absolute, with nothing in it that FreeSWITCH reads as anything but a name: no `$`, braces, quotes, `!` or `:`. */
function pathArgument(path: string): string | undefined {
  return /^\/[\p{L}\p{N}_@%+=,. ()~/-]+$/u.test(path) && !path.endsWith(' ') ? path : undefined;
}

function api(...words: readonly string[]): EslCommand {
  return { kind: 'api', line: words.map(token).join(' ') };
}

function token(word: string): string {
  if (/^[\w@%+=,.()~/-]+$/.test(word)) return word;
  throw new SwitchboardError('BUG', 'an argument of a media server command holds what no argument may hold');
}

function printable(argument: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not get through
  if (!/[\u0000-\u001f\u007f]|\$/.test(argument)) return argument;
  throw new SwitchboardError('BUG', 'an argument of an application holds what none may hold');
}

const wholeMs = (value: number): string => String(Math.round(value));
