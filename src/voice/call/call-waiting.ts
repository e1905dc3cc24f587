/**
 * What a caller hears in line.
 *
 * ```
 *  nobody is free ──► welcome ──► place in line ──► music ──every so often──► place in line ──► music …
 * ```
 */
import { clearTimers, forget, queueRules, say, type Draft } from './call-draft.js';
import { hasMedia } from './call-sound-wants.js';
import type { CallInput } from './call-messages.js';
import type { WaitingSound } from './call-types.js';
import type { Programme } from '../sound/programme.js';
import { keyPrompts } from '../sound/prompts.js';

/** Nobody is free: from now on there is something to hear. */
export function beginTune(draft: Draft): void {
  const { phase, tune } = draft.state;
  const waiting = queueRules(draft.state)?.waiting;
  if (waiting === undefined || tune !== undefined || phase.name !== 'waiting' || !hasMedia(draft.state)) return;
  if (draft.state.keptCallback !== undefined) {
    return play(draft, { type: 'prompts', prompts: returnPrompts(waiting), language: waiting.language });
  }
  if (waiting.welcome !== undefined) {
    return play(draft, { type: 'prompts', prompts: [waiting.welcome], language: waiting.language });
  }
  play(draft, musicOf(waiting));
  askWhereWeStand(draft, waiting);
}

/** What was played has come to its end. */
export function tunePlayed(draft: Draft): void {
  const { tune } = draft.state;
  const waiting = queueRules(draft.state)?.waiting;
  if (tune === undefined || waiting === undefined || tune.type === 'music') return;
  play(draft, musicOf(waiting));
  if (tune.type === 'prompts') askWhereWeStand(draft, waiting);
  else setAnnounceTimer(draft, waiting);
}

/** It is time to say once more where the caller stands. */
export function announce(draft: Draft): void {
  const waiting = queueRules(draft.state)?.waiting;
  if (draft.state.tune !== undefined && waiting !== undefined) askWhereWeStand(draft, waiting);
}

export function positionKnown(draft: Draft, input: Extract<CallInput, { type: 'position' }>): void {
  const { tune, phase, keptCallback } = draft.state;
  const waiting = queueRules(draft.state)?.waiting;
  if (tune?.type !== 'music' || waiting?.announce === undefined) return;
  // Who is being offered, or has left the line, has no place in it.
  if (phase.name !== 'waiting' || input.position === undefined) return setAnnounceTimer(draft, waiting);
  const { position: saysPosition, expectedWait } = waiting.announce;
  const { expectedWaitMs } = input;
  play(draft, {
    type: 'place-in-line',
    language: waiting.language,
    ...(saysPosition ? { position: input.position } : {}),
    ...(expectedWait && expectedWaitMs !== undefined ? { expectedWaitMs } : {}),
    keys: {
      ...(keptCallback !== undefined || waiting.keys.callback === undefined ? {} : { callback: waiting.keys.callback }),
      ...(waiting.keys.voicemail === undefined ? {} : { voicemail: waiting.keys.voicemail.key }),
    },
  });
}

/** The line is left behind: what is heard from now on is no business of the queue's. */
export function endTune(draft: Draft): void {
  if (draft.state.tune === undefined) return;
  forget(draft, 'tune');
  clearTimers(draft, { name: 'announce' });
}

/** For who is to be called back and has rung in again. */
function returnPrompts({ keys: { callback: key } }: WaitingSound): readonly string[] {
  return ['callback-kept', ...(key === undefined ? [] : ['callback-cancel-press', ...keyPrompts(key)])];
}

function askWhereWeStand(draft: Draft, waiting: WaitingSound): void {
  const queue = queueRules(draft.state)?.queue;
  if (waiting.announce === undefined || queue === undefined) return;
  say(draft, { type: 'ask-position', work: draft.state.work, queue });
}

function setAnnounceTimer(draft: Draft, waiting: WaitingSound): void {
  if (waiting.announce === undefined) return;
  say(draft, { type: 'set-timer', timer: { name: 'announce' }, afterMs: waiting.announce.everyMs });
}

function musicOf({ music }: WaitingSound): Programme {
  return { type: 'music', music };
}

function play(draft: Draft, tune: Programme): void {
  draft.state = { ...draft.state, tune };
}
