import type { AppChannel, StartApp } from './application.js';
import type { RingReader } from './audio-ring.js';
import { FRAME_SAMPLES } from './media-clock.js';
import { addInto } from './mix.js';

interface Member {
  readonly channel: AppChannel;
  /** One for the voice of each other member. */
  readonly voices: Map<Member, Voice>;
}

/** What a member is heard to say: their own voice, and that of a supervisor who speaks with them. */
interface Voice {
  addTo(frame: Int16Array): void;
  close(): void;
}

/** Creates `conference <room>[@profile][+flags]`: everybody in the room hears everybody else. */
export function conference(): StartApp {
  const rooms = new Map<string, Set<Member>>();
  return (channel, data) => {
    const room = data.split(/[@+]/)[0] ?? '';
    const members = rooms.get(room) ?? new Set<Member>();
    rooms.set(room, members);
    const self: Member = { channel, voices: new Map() };
    for (const other of members) {
      other.voices.set(self, voiceOf(channel));
      self.voices.set(other, voiceOf(other.channel));
    }
    members.add(self);
    return {
      takesCommands: true,
      pressed: () => undefined,
      frame: (frame) => {
        frame.fill(0);
        for (const voice of self.voices.values()) voice.addTo(frame);
        return true;
      },
      stop: () => {
        members.delete(self);
        if (members.size === 0) rooms.delete(room);
        for (const voice of self.voices.values()) voice.close();
        for (const other of members) {
          other.voices.get(self)?.close();
          other.voices.delete(self);
        }
      },
    };
  };
}

function voiceOf({ rtp, companions }: AppChannel): Voice {
  const own = rtp.said.open();
  const beside = new Map<RingReader, RingReader>();
  const samples = new Int16Array(FRAME_SAMPLES);

  function follow(): void {
    for (const [companion, reader] of beside) {
      if (companions.has(companion)) continue;
      reader.close();
      beside.delete(companion);
    }
    for (const companion of companions) if (!beside.has(companion)) beside.set(companion, companion.another());
  }

  return {
    addTo(frame) {
      follow();
      for (const reader of [own, ...beside.values()]) if (reader.take(samples)) addInto(frame, samples);
    },
    close() {
      for (const reader of [own, ...beside.values()]) reader.close();
      beside.clear();
    },
  };
}
