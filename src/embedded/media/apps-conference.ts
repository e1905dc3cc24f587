import type { AppChannel, StartApp } from './application.js';
import type { RingReader } from './audio-ring.js';
import { FRAME_SAMPLES } from './media-clock.js';
import { addInto } from './mix.js';

interface Member {
  readonly channel: AppChannel;
  /** One for the voice of each other member. */
  readonly voices: Map<Member, RingReader>;
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
      other.voices.set(self, channel.rtp.said.open());
      self.voices.set(other, other.channel.rtp.said.open());
    }
    members.add(self);
    const voice = new Int16Array(FRAME_SAMPLES);
    return {
      takesCommands: true,
      pressed: () => undefined,
      frame: (frame) => {
        frame.fill(0);
        for (const reader of self.voices.values()) if (reader.take(voice)) addInto(frame, voice);
        return true;
      },
      stop: () => {
        members.delete(self);
        if (members.size === 0) rooms.delete(room);
        for (const reader of self.voices.values()) reader.close();
        for (const other of members) {
          other.voices.get(self)?.close();
          other.voices.delete(self);
        }
      },
    };
  };
}
