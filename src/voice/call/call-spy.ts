/**
 * A supervisor hears an agent's call: unheard, to whisper to the agent, or as a third party.
 *
 * ```
 *  supervisor's call: dials ──► watch(agent) ──place──► spying ──key──► listen | whisper | barge
 *  agent's call:      talking, direct ──watched──► bridged on places ──told again whenever the place changes
 * ```
 */
import type { AgentId, PlaceId } from '../../kernel/ids.js';
import { forget, say, setPhase, type Draft } from './call-draft.js';
import { finish } from './call-ends.js';
import { hasMedia } from './call-sound-wants.js';
import type { Phase } from './call-types.js';

type Spying = Extract<Phase, { name: 'spying' }>;

// ─── the supervisor's call

export function beginSpying(draft: Draft, agent: AgentId): void {
  if (!hasMedia(draft.state)) return finish(draft, { by: 'controller', outcome: 'refused', status: 488 });
  setPhase(draft, { name: 'spying', agent, mode: 'listen' });
  say(draft, { type: 'watch', agent });
}

/** Where the agent's voice is to be heard now; nowhere, when the call that was watched is over. */
export function watchedAt(draft: Draft, place: PlaceId | undefined): void {
  const { phase } = draft.state;
  if (phase.name !== 'spying') return;
  if (place !== undefined) return setPhase(draft, { ...phase, on: place });
  finish(draft, { by: 'callee', outcome: phase.on === undefined ? 'refused' : 'answered', status: 480 });
}

export function spyKeyPressed(draft: Draft, digit: string): void {
  const { phase, sound } = draft.state;
  const keys = sound.house?.keys;
  if (phase.name !== 'spying' || keys === undefined) return;
  const mode = (
    [
      ['listen', keys.listen],
      ['whisper', keys.whisper],
      ['barge', keys.barge],
    ] as const
  ).find(([, key]) => key === digit)?.[0];
  if (mode !== undefined) setPhase(draft, { ...phase, mode } satisfies Spying);
}

// ─── the call that is watched

export function setWatched(draft: Draft, agent: AgentId | undefined): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking') return;
  const { watched: _before, ...rest } = phase;
  setPhase(draft, agent === undefined ? rest : { ...rest, watched: agent });
}

/** Tells who watches where the agent is heard, whenever that has changed. */
export function tellWatchers(draft: Draft): void {
  const { phase, caller, sound, watchedPlace } = draft.state;
  if (phase.name !== 'talking' || phase.watched === undefined) return forgetWatchedPlace(draft);
  const isThird = phase.third?.agent?.agent === phase.watched;
  const leg = isThird ? phase.third.leg : phase.agent === phase.watched ? phase.peer : caller.leg;
  const id = sound.parties.get(leg)?.place;
  const doing = id === undefined ? undefined : sound.places.get(id)?.doing.kind;
  const isHeard = id !== undefined && (doing === 'join' || doing === 'confer');
  if (!isHeard || id === watchedPlace) return;
  draft.state = { ...draft.state, watchedPlace: id };
  say(draft, { type: 'tell-watchers', place: id });
}

function forgetWatchedPlace(draft: Draft): void {
  if (draft.state.watchedPlace === undefined) return;
  forget(draft, 'watchedPlace');
  say(draft, { type: 'tell-watchers' });
}
