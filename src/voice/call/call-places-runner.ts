/** The places of one call: opens, uses and closes them as the call's commands say, and reports what they say. */
import type { PlaceId } from '../../kernel/ids.js';
import type { CallCommand } from './call-messages.js';
import type { Logger } from '../../kernel/logger.js';
import type { Media, Place, PlaceEvent, RecordingRequest } from '../media.js';
import type { SoundBook } from '../sound/sound-book.js';

const placeCommands = [
  'open-place',
  'describe-place',
  'play',
  'hush',
  'join-places',
  'part-places',
  'record',
  'stop-recording',
  'pause-recording',
  'spy',
  'confer',
  'close-place',
] as const;

export type PlaceCommand = Extract<CallCommand, { type: (typeof placeCommands)[number] }>;

export function isPlaceCommand(command: CallCommand): command is PlaceCommand {
  return (placeCommands as readonly string[]).includes(command.type);
}

/** What a site with media servers gives its calls. */
export interface CallMedia {
  readonly media: Media;
  readonly book: SoundBook;
  /** The file below the folder of recordings, as the media servers see it. */
  recordingFile(file: string): string;
}

export interface CallPlaces {
  execute(command: PlaceCommand): void;
}

export function createCallPlaces(deps: {
  readonly media: CallMedia;
  readonly log: Logger;
  readonly report: (place: PlaceId, event: PlaceEvent) => void;
}): CallPlaces {
  const { media, book } = deps.media;
  const places = new Map<PlaceId, Place>();
  /** By their paths on the server. */
  const recordings = new Map<string, string>();

  function open({ place, sdpOffer, near }: Extract<PlaceCommand, { type: 'open-place' }>): void {
    const request = {
      place,
      ...(sdpOffer === undefined ? {} : { sdpOffer }),
      ...(near === undefined ? {} : { near }),
    };
    const opened = media.open(request, (event) => {
      if (event.type === 'failed' || event.type === 'lost') {
        deps.log.warn({ place, event }, 'no sound from the media server');
        places.delete(place);
      }
      if (event.type !== 'recorded') {
        deps.report(place, event);
        return;
      }
      deps.report(place, { ...event, file: recordings.get(event.file) ?? event.file });
      recordings.delete(event.file);
    });
    places.set(place, opened);
  }

  function record(place: Place, recording: RecordingRequest): void {
    const file = deps.media.recordingFile(recording.file);
    recordings.set(file, recording.file);
    place.record({ ...recording, file });
  }

  return {
    execute(command) {
      if (command.type === 'open-place') {
        open(command);
        return;
      }
      const place = places.get(command.place);
      if (command.type === 'close-place') places.delete(command.place);
      if (place === undefined) return;
      if (command.type === 'record') record(place, command.recording);
      else use(place, command, book);
    },
  };
}

function use(place: Place, command: Exclude<PlaceCommand, { type: 'open-place' | 'record' }>, book: SoundBook): void {
  switch (command.type) {
    case 'describe-place':
      return place.describe(command.sdp);
    case 'play': {
      const { sounds, repeat } = book.sounds(command.what);
      return place.play(sounds, { repeat });
    }
    case 'hush':
      return place.hush();
    case 'join-places':
      return place.join(command.other);
    case 'part-places':
      return place.part();
    case 'stop-recording':
      return place.stopRecording();
    case 'pause-recording':
      return place.pauseRecording(command.isPaused);
    case 'spy':
      return place.spy(command.on, command.mode);
    case 'confer':
      return place.confer(command.room);
    case 'close-place':
      return place.close();
  }
}
