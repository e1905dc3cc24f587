import { unlinkSync } from 'node:fs';
import { isTrue, type AppChannel, type Recorder } from './application.js';
import type { RingReader } from './audio-ring.js';
import { FRAME_MS, FRAME_SAMPLES } from './media-clock.js';
import { addInto, loudness } from './mix.js';
import { SAMPLE_RATE } from './sound-source.js';
import { createWav, type WavWriter } from './wav-writer.js';

export interface RecordingOptions {
  readonly path: string;
  /** 0 for none. */
  readonly limitSeconds: number;
  /** Settings of this recording; what is not among them is looked for in the channel's variables. */
  readonly settings: ReadonlyMap<string, string>;
}

/** FreeSWITCH's names for why a recording has ended. */
type Cause = 'success-silence' | 'no-input-timeout' | 'success-maxtime' | 'empty-file';

const DEFAULT_THRESHOLD = 200;

/**
 * Starts a recording; undefined when the file cannot be written. Mono with both directions mixed, unless settings say otherwise:
 * RECORD_STEREO (what the party says on the left), RECORD_READ_ONLY, RECORD_WRITE_ONLY. RECORD_INITIAL_TIMEOUT_MS and
 * RECORD_FINAL_TIMEOUT_MS end it by silence before and behind speech.
 */
export function startRecorder(channel: AppChannel, options: RecordingOptions): Recorder | undefined {
  const { path, limitSeconds } = options;
  const setting = (name: string): string | undefined => options.settings.get(name) ?? channel.variables.get(name);
  const isStereo = isTrue(setting('RECORD_STEREO'));
  const file = createWav(path, isStereo ? 2 : 1);
  if (file === undefined) return undefined;
  const said = isTrue(setting('RECORD_WRITE_ONLY')) ? undefined : channel.rtp.said.open();
  const heard = isTrue(setting('RECORD_READ_ONLY')) ? undefined : channel.rtp.heard.open();
  const silence = createSilenceWatch(setting);
  const left = new Int16Array(FRAME_SAMPLES);
  const right = new Int16Array(FRAME_SAMPLES);
  let isMasked = false;
  let cause: Cause | undefined;
  const write = (): void => {
    if (isMasked) {
      left.fill(0);
      right.fill(0);
    }
    if (!isStereo) addInto(left, right);
    file.write(left, right);
  };
  const recorder: Recorder = {
    path,
    mask: (masked) => {
      isMasked = masked;
    },
    tick: () => {
      take(said, left);
      take(heard, right);
      cause = silence.hears(Math.max(loudness(left), loudness(right)));
      write();
      const isFull = limitSeconds > 0 && file.length >= limitSeconds * SAMPLE_RATE;
      if (cause !== undefined || isFull) recorder.stop();
    },
    stop: () => {
      if (!channel.recorders.delete(recorder)) return;
      said?.close();
      heard?.close();
      file.close();
      setRecordVariables(channel, file);
      cause ??= causeOfEnd(channel, file, silence.hasSpoken);
      if (cause === 'empty-file') unlinkSync(path);
      channel.variables.set('record_completion_cause', cause);
      channel.tell('RECORD_STOP', ['Record-File-Path', path], ['Record-Completion-Cause', cause]);
    },
  };
  channel.recorders.add(recorder);
  channel.tell('RECORD_START', ['Record-File-Path', path]);
  return recorder;
}

function take(reader: RingReader | undefined, frame: Int16Array): void {
  if (reader?.take(frame) !== true) frame.fill(0);
}

/** FreeSWITCH calls it success-maxtime, too, when somebody has stopped it. */
function causeOfEnd(channel: AppChannel, file: WavWriter, hasSpoken: boolean): Cause {
  if (file.length === 0) return 'empty-file';
  if (channel.isUp) return 'success-maxtime';
  return hasSpoken ? 'success-silence' : 'no-input-timeout';
}

interface SilenceWatch {
  readonly hasSpoken: boolean;
  /** Takes the loudness of 20 ms. Answers why the recording ends now, if it does. */
  hears(loudness: number): Cause | undefined;
}

function createSilenceWatch(setting: (name: string) => string | undefined): SilenceWatch {
  const number = (name: string): number | undefined => {
    const value = Number.parseInt(setting(name) ?? '', 10);
    return value >= 0 ? value : undefined;
  };
  const initialMs = number('RECORD_INITIAL_TIMEOUT_MS');
  const finalMs = number('RECORD_FINAL_TIMEOUT_MS');
  const asked = number('RECORD_SILENCE_THRESHOLD');
  const threshold = asked ?? (initialMs === undefined && finalMs === undefined ? 0 : DEFAULT_THRESHOLD);
  let hasSpoken = threshold === 0;
  let silentMs = 0;
  return {
    get hasSpoken() {
      return hasSpoken;
    },
    hears: (loud) => {
      if (threshold === 0) return undefined;
      if (loud >= threshold) {
        hasSpoken = true;
        silentMs = 0;
        return undefined;
      }
      silentMs += FRAME_MS;
      const limitMs = (hasSpoken ? finalMs : initialMs) ?? 0;
      if (limitMs === 0 || silentMs < limitMs) return undefined;
      return hasSpoken ? 'success-silence' : 'no-input-timeout';
    },
  };
}

/** What FreeSWITCH leaves in the channel behind a recording. */
export function setRecordVariables(channel: AppChannel, file: WavWriter): void {
  channel.variables.set('record_seconds', String(Math.floor(file.length / SAMPLE_RATE)));
  channel.variables.set('record_ms', String(Math.floor((file.length * 1000) / SAMPLE_RATE)));
  channel.variables.set('record_samples', String(file.length));
}
