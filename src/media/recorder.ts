/** The recording of a channel; one at a time, a new one ends the old. */
import type { EslEvent } from 'modesl';
import type { Logger } from '../kernel/logger.js';
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

/** FreeSWITCH says `success-maxtime` of a recording that was stopped, too: whoever has asked for the end knows better. */
const reasons: Readonly<Record<string, 'silence' | 'full'>> = {
  'success-silence': 'silence',
  'no-input-timeout': 'silence',
  'success-maxtime': 'full',
};

export function createRecorder({ channel, log, send, emit }: RecorderOptions): Recorder {
  let file: string | undefined;
  const stopped = new Set<string>();

  async function change(what: 'stop' | 'mask' | 'unmask'): Promise<void> {
    if (file !== undefined) await send(changeRecording(channel, what, file));
  }

  async function stop(): Promise<void> {
    if (file !== undefined) stopped.add(file);
    await change('stop');
    file = undefined;
  }

  return {
    async start(request) {
      await stop();
      const command = startRecording(channel, request);
      file = command === undefined ? undefined : request.file;
      const reply = command === undefined ? undefined : await send(command);
      if (reply?.type === 'ok') return;
      file = undefined;
      log.error({ file: request.file, reply }, 'a recording did not begin');
    },
    pause: (paused) => change(paused ? 'mask' : 'unmask'),
    stop,
    onStopped(event) {
      const ended = textOf(event, 'Record-File-Path');
      if (ended === '') return;
      if (ended === file) file = undefined;
      const durationMs = Number(textOf(event, 'variable_record_ms')) || 0;
      const cause = textOf(event, 'Record-Completion-Cause');
      const why = stopped.delete(ended) ? 'stopped' : reasons[cause];
      if (why === undefined) log.error({ file: ended, cause }, 'a recording ended by itself');
      emit({ type: 'recorded', file: ended, durationMs, why: why ?? 'stopped' });
    },
  };
}
