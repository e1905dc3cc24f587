/** Which sounds a programme comes to: prompts in the caller's language, music by its name in the configuration. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaConfig, MusicConfig } from '../../config/media-config.js';
import type { Sound } from '../media.js';
import type { Programme } from './programme.js';
import { confirmCall, placeInLine, promptFile, queueNameFile } from './prompts.js';

export interface SoundBook {
  sounds(what: Programme): { readonly sounds: readonly Sound[]; readonly repeat: boolean };
}

/** Ringing tones (ITU-T E.180 Supplement 2): Spain's for Spanish, that of North America otherwise. */
const spanish: Sound = { kind: 'tone', hz: [425], onMs: 1_500, offMs: 3_000 };
const northAmerican: Sound = { kind: 'tone', hz: [440, 480], onMs: 2_000, offMs: 4_000 };

/** A soft chord every few seconds: the line is alive. */
const musicTone: readonly Sound[] = [
  { kind: 'tone', hz: [392, 494], onMs: 600, offMs: 200 },
  { kind: 'tone', hz: [440, 554], onMs: 900, offMs: 2_800 },
];

const beep: Sound = { kind: 'tone', hz: [1_000], onMs: 400, offMs: 50 };

/** Between the repetitions of a prompt that waits for a key. */
const pause: Sound = { kind: 'silence', ms: 1_500 };

/** @param deps.random from 0 to below 1, for music that is shuffled */
export function createSoundBook(deps: {
  readonly config: () => MediaConfig;
  readonly random: () => number;
  readonly exists?: (path: string) => boolean;
}): SoundBook {
  const { config, random, exists = existsSync } = deps;
  const files = (paths: readonly string[]): Sound[] =>
    paths.map((path) => ({ kind: 'file', path: join(config().sounds.onServer, path) }));

  return {
    sounds(what) {
      switch (what.type) {
        case 'music':
          return { sounds: musicOf(config().music.get(what.music), files, random), repeat: true };
        case 'ringing':
          return { sounds: [what.language === 'es' ? spanish : northAmerican], repeat: true };
        case 'prompts': {
          const spoken = files(what.prompts.map((prompt) => promptFile(what.language, prompt)));
          return { sounds: what.endsInBeep === true ? [...spoken, beep] : spoken, repeat: false };
        }
        case 'place-in-line':
          return { sounds: files(placeInLine(what.language, what)), repeat: false };
        case 'confirm': {
          const { language, key, from, queue } = what;
          const named = queue === undefined ? undefined : queueNameFile(language, queue);
          const isSpoken = named !== undefined && exists(join(config().sounds.path, named));
          const spoken = files(confirmCall(language, { key, from, ...(isSpoken ? { queueName: named } : {}) }));
          return { sounds: [...spoken, pause], repeat: true };
        }
      }
    },
  };
}

function musicOf(
  music: MusicConfig | undefined,
  files: (paths: readonly string[]) => Sound[],
  random: () => number,
): readonly Sound[] {
  if (music === undefined || music.kind === 'tone') return musicTone;
  return files(music.shuffle ? shuffled(music.files, random) : music.files);
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    const [a, b] = [mixed[last], mixed[pick]];
    if (a === undefined || b === undefined) continue;
    [mixed[last], mixed[pick]] = [b, a];
  }
  return mixed;
}
