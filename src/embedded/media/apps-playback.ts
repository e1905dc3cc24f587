import type { AppChannel, RunningApp, StartApp } from './application.js';
import { openSound } from './open-sound.js';
import type { SoundSource } from './sound-source.js';

const PLAYED = 'FILE PLAYED';
const NOT_FOUND = 'FILE NOT FOUND';

/** Keys that end a playback or recording: the variable, `*` without it. */
export function isTerminator(channel: AppChannel, digit: string): boolean {
  const keys = channel.variables.get('playback_terminators') ?? '*';
  if (keys.toLowerCase() === 'none') return false;
  if (keys.toLowerCase() !== 'any' && !keys.includes(digit)) return false;
  channel.variables.set('playback_terminator_used', digit);
  return true;
}

/** Creates `playback <sound>`. Relative paths are below `soundsFolder`. */
export function playback(soundsFolder: string): StartApp {
  return (channel, data, done) => {
    channel.variables.set('playback_terminator_used', '');
    const source = openSound(data, soundsFolder);
    if (source === undefined) {
      done(NOT_FOUND);
      return undefined;
    }
    const playing = play(channel, data, source);
    const over = (why: 'break' | 'done'): void => {
      playing.over(why);
      done(PLAYED);
    };
    return {
      takesCommands: true,
      frame: (frame) => {
        if (playing.frame(frame)) return true;
        over('done');
        return false;
      },
      pressed: (digit) => {
        if (isTerminator(channel, digit)) over('break');
      },
      broken: () => over('break'),
      stop: () => playing.over('done'),
    };
  };
}

/** Creates `endless_playback <sound>`: again and again, and deaf to keys, until the channel is moved. */
export function endlessPlayback(soundsFolder: string): StartApp {
  return (channel, data, done): RunningApp | undefined => {
    let playing: Playing | undefined;
    const next = (): boolean => {
      const source = openSound(data, soundsFolder);
      playing = source === undefined ? undefined : play(channel, data, source);
      return playing !== undefined;
    };
    if (!next()) {
      done(NOT_FOUND);
      return undefined;
    }
    return {
      takesCommands: true,
      frame: (frame) => {
        if (playing?.frame(frame) === true) return true;
        playing?.over('done');
        if (next() && playing?.frame(frame) === true) return true;
        done(NOT_FOUND);
        return false;
      },
      // FreeSWITCH takes a break for the end of one round.
      broken: () => {
        playing?.over('break');
        next();
      },
      stop: () => playing?.over('done'),
    };
  };
}

interface Playing {
  /** Answers false when nothing was left. */
  frame(frame: Int16Array): boolean;
  over(status: 'break' | 'done'): void;
}

function play(channel: AppChannel, name: string, source: SoundSource): Playing {
  const about: [string, string][] = [['Playback-File-Path', name]];
  if (name.startsWith('tone_stream:')) about.unshift(['Playback-File-Type', 'tone_stream']);
  channel.tell('PLAYBACK_START', ...about);
  let samples = 0;
  let isOver = false;
  return {
    frame: (frame) => {
      const count = source.read(frame);
      samples += count;
      return count > 0;
    },
    over: (status) => {
      if (isOver) return;
      isOver = true;
      source.close();
      channel.variables.set('playback_samples', String(samples));
      channel.variables.set('playback_seconds', String(Math.floor(samples / 8000)));
      channel.variables.set('playback_ms', String(Math.floor(samples / 8)));
      channel.tell('PLAYBACK_STOP', ...about, ['Playback-Status', status]);
    },
  };
}
