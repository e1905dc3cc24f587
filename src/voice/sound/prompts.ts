/** Sentences as recorded files: paths below the folder of sounds, such as `en/numbers/2.wav`. Pure: no file is looked at. */
import { numberPieces } from './numbers.js';

/** Prompts that the controller itself says. Each language has all of them, beside those that a configuration names. */
export const ownPrompts = [
  'position',
  'in-line',
  'expected-wait',
  'less-than-a-minute',
  'one-minute',
  'minutes',
  'more-than-an-hour',
  'callback-press',
  'callback-accepted',
  'callback-now',
  'callback-kept',
  'callback-cancel-press',
  'callback-cancelled',
  'voicemail-press',
  'leave-message',
  'message-saved',
  'call',
  'call-for',
  'call-from',
  'accept-press',
  'decline-any-key',
  'recorded',
  'not-recorded',
  'no-key',
  'invalid-key',
  'transfer-failed',
  'please-hold',
  'all-busy',
  'goodbye',
  'star',
  'hash',
] as const;

export type OwnPrompt = (typeof ownPrompts)[number];

/** `name` may be any file of the language, without `.wav`. */
export function promptFile(language: string, name: string): string {
  return `${language}/${name}.wav`;
}

/** Where the spoken name of a queue is, if it has been recorded. */
export function queueNameFile(language: string, queue: string): string {
  return promptFile(language, `queues/${queue}`);
}

/** "You are number 2 in line. The expected wait is 3 minutes. To be called back, press 1." */
export function placeInLine(
  language: string,
  place: {
    readonly position?: number;
    readonly expectedWaitMs?: number;
    readonly keys: { readonly callback?: string; readonly voicemail?: string };
  },
): readonly string[] {
  const { position, expectedWaitMs, keys } = place;
  const own = ownOf(language);
  return [
    ...(position === undefined ? [] : [own('position'), ...numberFiles(language, position), own('in-line')]),
    ...(expectedWaitMs === undefined ? [] : [own('expected-wait'), ...waitFiles(language, expectedWaitMs)]),
    ...(keys.callback === undefined ? [] : [own('callback-press'), ...keyFiles(language, keys.callback)]),
    ...(keys.voicemail === undefined ? [] : [own('voicemail-press'), ...keyFiles(language, keys.voicemail)]),
  ];
}

/**
 * "A call for Support from 6 0 0 …. To accept, press 1. Any other key declines." `queueName` is the file with the name of
 * the queue; of `from`, the digits are said, and nothing when there are none.
 */
export function confirmCall(
  language: string,
  call: { readonly key: string; readonly from: string; readonly queueName?: string },
): readonly string[] {
  const own = ownOf(language);
  const digits = call.from.match(/\d/g) ?? [];
  return [
    ...(call.queueName === undefined ? [own('call')] : [own('call-for'), call.queueName]),
    ...(digits.length === 0 ? [] : [own('call-from'), ...digits.map((digit) => numberFile(language, digit))]),
    own('accept-press'),
    ...keyFiles(language, call.key),
    own('decline-any-key'),
  ];
}

function ownOf(language: string): (name: OwnPrompt) => string {
  return (name) => promptFile(language, name);
}

function numberFiles(language: string, value: number, use: 'alone' | 'before-noun' = 'alone'): readonly string[] {
  return numberPieces(language, value, use).map((piece) => numberFile(language, piece));
}

function numberFile(language: string, piece: string): string {
  return promptFile(language, `numbers/${piece}`);
}

/** Minutes, rounded up: who is told three minutes should not wait for four. */
function waitFiles(language: string, waitMs: number): readonly string[] {
  const own = ownOf(language);
  const minutes = Math.ceil(waitMs / 60_000);
  if (waitMs < 60_000) return [own('less-than-a-minute')];
  if (minutes === 1) return [own('one-minute')];
  if (minutes > 60) return [own('more-than-an-hour')];
  return [...numberFiles(language, minutes, 'before-noun'), own('minutes')];
}

function keyFiles(language: string, key: string): readonly string[] {
  return keyPrompts(key).map((name) => promptFile(language, name));
}

/** Names of the prompts that say what is to be pressed. */
export function keyPrompts(key: string): readonly string[] {
  return Array.from(key).map((each) => {
    if (each === '*') return 'star';
    return each === '#' ? 'hash' : `numbers/${each}`;
  });
}
