/** The recording of a channel; one at a time, a new one ends the old. */
import type { EslEvent } from 'modesl';
import type { Logger } from '../voice/logger.js';
import type { PlaceEvent, RecordingRequest } from '../voice/media.js';
import { changeRecording, startRecording, type ChannelUuid, type EslCommand } from './esl-commands.js';
import { textOf, type EslReply } from './esl-connection.js';

export interface Recorder {
  start(request: RecordingRequest): Promise<void>;
  pause(paused: boolean): Promise<void>;
  stop(): Promise<void>;
  /** The event RECORD_STOP. */
  onStopped(event: EslEvent): void;
}

interface RecorderOptions {
  readonly channel: ChannelUuid;
  readonly log: Logger;
  readonly send: (command: EslCommand) => Promise<EslReply>;
  readonly emit: (event: PlaceEvent) => void;
}

const reasons: Readonly<Record<string, 'silence' | 'full'>> = {
  'success-silence': 'silence',
  'no-input-timeout': 'silence',
  'success-maxtime': 'full',
};

export function createRecorder({ channel, log, send, emit }: RecorderOptions): Recorder {
  let file: string | undefined;

  async function change(what: 'stop' | 'mask' | 'unmask'): Promise<void> {
    if (file !== undefined) await send(changeRecording(channel, what, file));
  }

  return {
    async start(request) {
      await change('stop');
      const command = startRecording(channel, request);
      file = command === undefined ? undefined : request.file;
      const reply = command === undefined ? undefined : await send(command);
      if (reply?.type === 'ok') return;
      file = undefined;
      log.error({ file: request.file, reply }, 'a recording did not begin');
    },
    pause: (paused) => change(paused ? 'mask' : 'unmask'),
    stop: () => change('stop'),
    onStopped(event) {
      const ended = textOf(event, 'Record-File-Path');
      if (ended === '') return;
      if (ended === file) file = undefined;
      const durationMs = Number(textOf(event, 'variable_record_ms')) || 0;
      const why = reasons[textOf(event, 'Record-Completion-Cause')] ?? 'stopped';
      emit({ type: 'recorded', file: ended, durationMs, why });
    },
  };
}
