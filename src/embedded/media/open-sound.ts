import { isAbsolute, join } from 'node:path';
import { samplesSource, sequence, silence, type SoundSource } from './sound-source.js';
import { renderTones } from './tone-script.js';
import { openWav } from './wav-file.js';

/** `file_string://` is one sound of many; all else is one. */
const FILE_STRING = 'file_string://';
const TONE_STREAM = 'tone_stream://';
const SILENCE_STREAM = 'silence_stream://';

/**
 * Opens what `playback` is given: the path of a WAV (relative ones below `soundsFolder`), `tone_stream://`, `silence_stream://ms`, or
 * several with `file_string://a!b!c`. Undefined when there is no such sound. Of a list, what is missing is passed over.
 */
export function openSound(name: string, soundsFolder: string): SoundSource | undefined {
  if (name.startsWith(FILE_STRING)) {
    const names = name.slice(FILE_STRING.length).split('!');
    return sequence(names.map((each) => () => openSound(each, soundsFolder)));
  }
  if (name.startsWith(TONE_STREAM)) return openTones(name.slice(TONE_STREAM.length));
  if (name.startsWith(SILENCE_STREAM)) {
    const ms = Number.parseInt(name.slice(SILENCE_STREAM.length), 10) || 0;
    return ms === 0 ? undefined : silence(ms);
  }
  if (name.includes('://') || name === '') return undefined;
  return openWav(isAbsolute(name) ? name : join(soundsFolder, name));
}

function openTones(script: string): SoundSource | undefined {
  const at = script.toLowerCase().indexOf(';loops=');
  const samples = renderTones(at < 0 ? script : script.slice(0, at));
  const loops = at < 0 ? 0 : Number.parseInt(script.slice(at + ';loops='.length), 10) || 0;
  // FreeSWITCH counts repetitions, and any negative number means for ever.
  return samples === undefined ? undefined : samplesSource(samples, loops < 0 ? 0 : Math.max(1, loops));
}
