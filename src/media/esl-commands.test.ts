import { describe, expect, it } from 'vitest';
import type { Sound } from '../voice/media.js';
import {
  bridge,
  channelUuid,
  execute,
  park,
  setVariables,
  soundArgument,
  startRecording,
  type EslCommand,
} from './esl-commands.js';

const channel = channelUuid('1f0c-a');

describe('commands of the event socket', () => {
  it.each<[EslCommand, string]>([
    [bridge(channel, channelUuid('2')), 'uuid_bridge 1f0c-a 2'],
    [park(channel, 'both'), 'uuid_transfer 1f0c-a -both park inline'],
    [setVariables(channel, { a: 'true', b: 'false' }), 'uuid_setvar_multi 1f0c-a a=true;b=false'],
    [
      startRecording(channel, { file: '/rec/1.wav', of: 'party', maxMs: 60_000, silenceMs: 2000 })!,
      'uuid_record 1f0c-a start /rec/1.wav 61 ' +
        '{RECORD_READ_ONLY=true,RECORD_INITIAL_TIMEOUT_MS=2000,RECORD_FINAL_TIMEOUT_MS=2000}',
    ],
    [startRecording(channel, { file: '/rec/1.wav', of: 'both' })!, 'uuid_record 1f0c-a start /rec/1.wav 0'],
  ])('%j', (command, line) => {
    expect(command).toEqual({ kind: 'api', line });
  });

  it.each(['a b', 'a\nb', 'a\r\nauth x', '', 'a;b', '${x}', "'a'"])('take no channel named %j', (name) => {
    expect(() => channelUuid(name)).toThrow('no argument may hold');
  });

  it.each(['a\nexecute-app-name: system', 'x\u0000', '${system(reboot)}'])('take no argument %j', (argument) => {
    expect(() => execute(channel, 'playback', argument, 'id')).toThrow('none may hold');
  });

  it.each(['/a b.wav', '/a\nb.wav', 'relative.wav', '/${x}.wav', '/a;b', "/it's.wav", '/a.wav '])(
    'record to no file %j',
    (file) => {
      expect(startRecording(channel, { file, of: 'both' })).toBeUndefined();
    },
  );

  it.each<[Sound, boolean, string | undefined]>([
    [{ kind: 'file', path: '/sounds/en/Gr\u00fc\u00df Gott.wav' }, false, '/sounds/en/Gr\u00fc\u00df Gott.wav'],
    [{ kind: 'file', path: '/a/${system(x)}.wav' }, false, undefined],
    [{ kind: 'file', path: 'http://192.0.2.1/x.wav' }, false, undefined],
    [{ kind: 'file', path: '/x/http://192.0.2.1/x.wav' }, false, undefined],
    [{ kind: 'file', path: '/a.wav!/b.wav' }, false, undefined],
    [{ kind: 'file', path: '/{loops=9}a.wav' }, false, undefined],
    [{ kind: 'tone', hz: [440, 480], onMs: 2000, offMs: 4000 }, false, 'tone_stream://%(2000,4000,440,480)'],
    [{ kind: 'tone', hz: [440], onMs: 1000, offMs: 0 }, true, 'tone_stream://%(1000,0,440);loops=-1'],
    [{ kind: 'tone', hz: [], onMs: 1000, offMs: 0 }, false, undefined],
    [{ kind: 'tone', hz: [Number.NaN], onMs: 1000, offMs: 0 }, false, undefined],
    [{ kind: 'silence', ms: 499.6 }, false, 'silence_stream://500'],
    [{ kind: 'silence', ms: 0 }, false, undefined],
  ])('play %j, repeated %j, as %j', (sound, repeat, argument) => {
    expect(soundArgument(sound, repeat)).toBe(argument);
  });
});
