/** Which sounds a programme comes to: prompts in the caller's language, music by its name in the configuration. */
import type { Programme } from './programme.js';
import type { Sound } from './media.js';

export interface SoundBook {
  sounds(what: Programme): { readonly sounds: readonly Sound[]; readonly repeat: boolean };
}
