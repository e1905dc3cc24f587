import type { RingReader } from './audio-ring.js';
import { isTrue, type Channel } from './channel.js';
import { FRAME_SAMPLES } from './media-clock.js';
import { addInto } from './mix.js';
import { SAMPLE_RATE } from './sound-source.js';
import { createWav, type WavWriter } from './wav-writer.js';

/** A recording of both directions that runs beside whatever the channel does (`uuid_record`). */
export interface Recorder {
  readonly path: string;
  /** Masked, silence is written. */
  mask(isMasked: boolean): void;
  /** 20 ms have passed. */
  tick(): void;
  stop(): void;
}

/**
 * Starts a recording; undefined when the file cannot be written. Mono with both directions mixed, unless the channel's variables
 * say otherwise: RECORD_STEREO (what the party says on the left), RECORD_READ_ONLY, RECORD_WRITE_ONLY.
 */
export function startRecorder(channel: Channel, path: string, limitSeconds: number): Recorder | undefined {
  const { variables } = channel;
  const isStereo = isTrue(variables.get('RECORD_STEREO'));
  const file = createWav(path, isStereo ? 2 : 1);
  if (file === undefined) return undefined;
  const said = isTrue(variables.get('RECORD_WRITE_ONLY')) ? undefined : channel.rtp.said.open();
  const heard = isTrue(variables.get('RECORD_READ_ONLY')) ? undefined : channel.rtp.heard.open();
  const left = new Int16Array(FRAME_SAMPLES);
  const right = new Int16Array(FRAME_SAMPLES);
  const take = (reader: RingReader | undefined, frame: Int16Array): void => {
    if (reader?.take(frame) !== true) frame.fill(0);
  };
  let isMasked = false;
  const recorder: Recorder = {
    path,
    mask: (masked) => {
      isMasked = masked;
    },
    tick: () => {
      take(said, left);
      take(heard, right);
      if (isMasked) {
        left.fill(0);
        right.fill(0);
      }
      if (isStereo) file.write(left, right);
      else {
        addInto(left, right);
        file.write(left);
      }
      if (limitSeconds > 0 && file.length >= limitSeconds * SAMPLE_RATE) recorder.stop();
    },
    stop: () => {
      if (!channel.recorders.delete(recorder)) return;
      said?.close();
      heard?.close();
      file.close();
      setRecordVariables(channel, file);
      const isFull = limitSeconds > 0 && file.length >= limitSeconds * SAMPLE_RATE;
      const cause = isFull ? ([['Record-Completion-Cause', 'success-maxtime']] as const) : [];
      channel.tell('RECORD_STOP', ['Record-File-Path', path], ...cause);
    },
  };
  channel.recorders.add(recorder);
  channel.tell('RECORD_START', ['Record-File-Path', path]);
  return recorder;
}

/** What FreeSWITCH leaves in the channel behind a recording. */
export function setRecordVariables(channel: Channel, file: WavWriter): void {
  channel.variables.set('record_seconds', String(Math.floor(file.length / SAMPLE_RATE)));
  channel.variables.set('record_ms', String(Math.floor((file.length * 1000) / SAMPLE_RATE)));
  channel.variables.set('record_samples', String(file.length));
}
