/**
 * Callers who are alone with the media server: a menu, a voicemail, a message.
 *
 * ```
 *  menu ──greeting──► (wait) ──key──► where it leads      voicemail ──greeting, tone──► recording ──silence, full──► parting
 *    ▲                  │ wrong key, nothing              message ─────────────────────────────────────────────────► parting
 *    └── again, a few ──┴─► otherwise                                                                 played ──► over
 * ```
 */
import type { Destination as ConfiguredDestination } from '../../config/routing-config.js';
import type { MenuId } from '../../kernel/ids.js';
import { clearTimers, emit, say, setPhase, type Draft } from './call-draft.js';
import { finish } from './call-ends.js';
import { recordedFile } from './call-recording.js';
import { hasMedia } from './call-sound-wants.js';
import { endTune } from './call-waiting.js';
import type { Destination, OverflowTo, Phase } from './call-types.js';
import type { Programme } from '../sound/programme.js';

type Menu = Extract<Phase, { name: 'menu' }>;
type Alone = Extract<Destination, { kind: 'menu' | 'voicemail' | 'message' }>;

/** How short a message is none: the click of who hung up at the tone. */
export const LEAST_MESSAGE_MS = 1_000;

/** @param goOn sends the call to where a menu leads */
export function beginAlone(draft: Draft, destination: Alone, goOn: GoOn): void {
  if (!hasMedia(draft.state)) return withoutMedia(draft, destination, goOn);
  const { language } = destination;
  switch (destination.kind) {
    case 'menu':
      return enterMenu(draft, { name: 'menu', menu: destination.menu, language, tries: 1 }, []);
    case 'voicemail':
      setPhase(draft, { name: 'voicemail', box: destination.box, language });
      return setTune(draft, { type: 'prompts', prompts: [destination.box.greeting], language, endsInBeep: true });
    case 'message':
      return part(draft, destination.prompt, language);
  }
}

export type GoOn = (draft: Draft, to: OverflowTo) => void;

/** Nobody could hear it: the caller goes where silence would have led. */
function withoutMedia(draft: Draft, destination: Alone, goOn: GoOn): void {
  const passed = new Set<MenuId>();
  let to: OverflowTo = destination;
  while (to.kind === 'menu' && !passed.has(to.menu.id)) {
    passed.add(to.menu.id);
    to = resolve(draft, to.menu.otherwise, to.language);
  }
  const isAlone = to.kind === 'menu' || to.kind === 'voicemail' || to.kind === 'message';
  if (isAlone) return finish(draft, { by: 'controller', outcome: 'refused', status: 480 });
  goOn(draft, to);
}

/** No server takes the caller: who has not been answered yet is told so, or goes on, and is not left ringing. */
export function nobodyIsHeard(draft: Draft, goOn: GoOn): void {
  const { phase, caller } = draft.state;
  if (caller.state !== 'ringing') return;
  if (phase.name === 'menu') return leaveMenu(draft, resolve(draft, phase.menu.otherwise, phase.language), goOn);
  if (phase.name !== 'voicemail' && phase.name !== 'parting') return;
  endTune(draft);
  finish(draft, { by: 'controller', outcome: 'refused', status: 480 });
}

function enterMenu(draft: Draft, menu: Menu, before: readonly string[]): void {
  setPhase(draft, menu);
  setTune(draft, { type: 'prompts', prompts: [...before, menu.menu.greeting], language: menu.language });
}

/** What the caller was to hear has been played. */
export function heard(draft: Draft): void {
  const { phase } = draft.state;
  endTune(draft);
  if (phase.name === 'menu') {
    say(draft, { type: 'set-timer', timer: { name: 'menu' }, afterMs: phase.menu.timeoutMs });
  } else if (phase.name === 'voicemail' && phase.recordingSinceMs === undefined) {
    setPhase(draft, { ...phase, recordingSinceMs: draft.atMs });
  } else if (phase.name === 'parting') {
    finish(draft, { by: 'controller', outcome: 'refused' });
  }
}

export function menuKeyPressed(draft: Draft, digit: string, goOn: GoOn): void {
  const { phase, call } = draft.state;
  if (phase.name !== 'menu') return;
  const to = phase.menu.keys.get(digit);
  if (to === undefined) return askAgain(draft, phase, 'invalid-key', goOn);
  emit(draft, { type: 'call.menu_chosen', call, menu: phase.menu.id, key: digit });
  leaveMenu(draft, resolve(draft, to, phase.language), goOn);
}

export function menuTimedOut(draft: Draft, goOn: GoOn): void {
  const { phase } = draft.state;
  if (phase.name === 'menu') askAgain(draft, phase, 'no-key', goOn);
}

function askAgain(draft: Draft, phase: Menu, why: string, goOn: GoOn): void {
  clearTimers(draft, { name: 'menu' });
  if (phase.tries >= phase.menu.tries)
    return leaveMenu(draft, resolve(draft, phase.menu.otherwise, phase.language), goOn);
  enterMenu(draft, { ...phase, tries: phase.tries + 1 }, [why]);
}

function leaveMenu(draft: Draft, to: OverflowTo, goOn: GoOn): void {
  clearTimers(draft, { name: 'menu' });
  endTune(draft);
  goOn(draft, to);
}

/** The message is complete: the caller was silent, or the time is up. */
export function messageRecorded(draft: Draft, durationMs: number): void {
  const { phase } = draft.state;
  if (phase.name !== 'voicemail') return;
  const { language } = phase;
  keepMessage(draft, durationMs);
  part(draft, 'message-saved', language);
}

/** Hanging up is the usual way to end a message. */
export function callerLeftMessage(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name !== 'voicemail' || phase.recordingSinceMs === undefined) return;
  keepMessage(draft, draft.atMs - phase.recordingSinceMs);
}

function keepMessage(draft: Draft, durationMs: number): void {
  const { phase, call, caller } = draft.state;
  const file = recordedFile(draft.state, caller.leg);
  if (phase.name !== 'voicemail' || durationMs < LEAST_MESSAGE_MS || file === undefined) return;
  emit(draft, { type: 'call.message_left', call, voicemail: phase.box.id, from: caller.from, file, durationMs });
}

function part(draft: Draft, prompt: string, language: string): void {
  setPhase(draft, { name: 'parting' });
  setTune(draft, { type: 'prompts', prompts: [prompt], language });
}

function setTune(draft: Draft, tune: Programme): void {
  draft.state = { ...draft.state, tune };
}

function resolve(draft: Draft, to: ConfiguredDestination, language: string): OverflowTo {
  return draft.state.routes(to, { atMs: draft.atMs, language });
}
