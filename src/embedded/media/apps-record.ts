import { isAbsolute, join } from 'node:path';
import { isTerminator } from './apps-playback.js';
import type { StartApp } from './application.js';
import { FRAME_MS, FRAME_SAMPLES } from './media-clock.js';
import { loudness } from './mix.js';
import { setRecordVariables } from './recorder.js';
import { createWav } from './wav-writer.js';

const DEFAULT_SILENCE_SECONDS = 3;

/**
 * Creates `record <file> [limit in seconds] [loudness below which it is silent] [seconds of silence that end it]`: what the party says,
 * to the end by a key, silence, time or break. Sound that does not come is not written.
 */
export function record(recordingsFolder: string): StartApp {
  return (channel, data, done) => {
    const [name = '', limit = '', threshold = '', silence = ''] = data.split(' ');
    const path = isAbsolute(name) ? name : join(recordingsFolder, name);
    const file = name === '' ? undefined : createWav(path, 1);
    if (file === undefined) {
      channel.hangUp('DESTINATION_OUT_OF_ORDER');
      return undefined;
    }
    const limitMs = 1000 * (Number.parseInt(limit.replace('+', ''), 10) || 0);
    const quiet = Number.parseInt(threshold, 10) || 0;
    const silenceMs = 1000 * (Number.parseInt(silence, 10) || DEFAULT_SILENCE_SECONDS);
    const reader = channel.rtp.said.open();
    const said = new Int16Array(FRAME_SAMPLES);
    let passedMs = 0;
    let silentMs = 0;
    channel.variables.set('silence_hits_exhausted', 'false');
    channel.variables.set('playback_terminator_used', '');
    channel.tell('RECORD_START', ['Record-File-Path', path]);
    const tick = (): void => {
      const hasSound = reader.take(said);
      if (hasSound) file.write(said);
      passedMs += FRAME_MS;
      silentMs = hasSound && loudness(said) >= quiet ? 0 : silentMs + FRAME_MS;
      if (quiet > 0 && silentMs >= silenceMs) {
        channel.variables.set('silence_hits_exhausted', 'true');
        done();
      } else if (limitMs > 0 && passedMs >= limitMs) done();
    };
    return {
      takesCommands: true,
      tick,
      // The party shall not take the line for dead.
      frame: (frame) => {
        frame.fill(0);
        return true;
      },
      pressed: (digit) => {
        if (isTerminator(channel, digit)) done();
      },
      broken: () => done(),
      stop: () => {
        reader.close();
        file.close();
        setRecordVariables(channel, file);
        channel.tell('RECORD_STOP', ['Record-File-Path', path]);
      },
    };
  };
}
