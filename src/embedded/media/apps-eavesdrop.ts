import { isTrue, type AppChannel, type StartApp } from './application.js';
import type { RingReader } from './audio-ring.js';
import { FRAME_SAMPLES } from './media-clock.js';
import { addInto } from './mix.js';

/**
 * Creates `eavesdrop <uuid>`: hears what the channel's party says and hears. Keys 1, 2, 3 and 0 make the listener heard by the other
 * party, by this party, by both, by nobody; `*` ends it (switch_ivr_eavesdrop_session). Variables of the listener's channel:
 * eavesdrop_enable_dtmf, and to begin with eavesdrop_whisper_aleg (the other party), eavesdrop_whisper_bleg (this party).
 */
export function eavesdrop(find: (uuid: string) => AppChannel | undefined): StartApp {
  return (channel, data, done) => {
    const target = find(data.trim());
    if (target === undefined || target === channel) return undefined;
    const { variables } = channel;
    const said = target.rtp.said.open();
    const heard = target.rtp.heard.open();
    const toParty = createVoice(channel, target, target.whispers);
    const toOther = createVoice(channel, target, target.companions);
    const extra = new Int16Array(FRAME_SAMPLES);
    toOther.use(isTrue(variables.get('eavesdrop_whisper_aleg')));
    toParty.use(isTrue(variables.get('eavesdrop_whisper_bleg')));
    const command = (digit: string): void => {
      if (digit === '*') return done();
      if (!'0123'.includes(digit)) return;
      toOther.use(digit === '1' || digit === '3');
      toParty.use(digit === '2' || digit === '3');
    };
    const heeds = isTrue(variables.get('eavesdrop_enable_dtmf') ?? 'true');
    return {
      // Its loop in FreeSWITCH looks at no commands and no break.
      takesCommands: false,
      tick: () => {
        if (!target.isUp) done();
      },
      frame: (frame) => {
        const hasSaid = said.take(frame);
        if (!hasSaid) frame.fill(0);
        if (heard.take(extra)) addInto(frame, extra);
        return true;
      },
      ...(heeds ? { pressed: command } : {}),
      stop: () => {
        for (const each of [toParty, toOther]) each.use(false);
        said.close();
        heard.close();
      },
    };
  };
}

/** The listener's voice, mixed in at one place of the target or not. */
function createVoice(channel: AppChannel, target: AppChannel, place: Set<RingReader>): { use(isUsed: boolean): void } {
  let reader: RingReader | undefined;
  return {
    use: (isUsed) => {
      if (isUsed === (reader !== undefined)) return;
      if (reader === undefined) {
        reader = channel.rtp.said.open();
        place.add(reader);
      } else {
        place.delete(reader);
        reader.close();
        reader = undefined;
      }
      target.route();
    },
  };
}
