/** The next state of a chat in the making: what `step` works on, so that its parts can build on each other. */
import type { ChatEvent } from '../kernel/chat-events.js';
import type { AgentId, WorkId } from '../kernel/ids.js';
import { chatWork } from './chat-works.js';
import type {
  ConversationCommand,
  ConversationState,
  ConversationStep,
  Phase,
  Refusal,
  Timer,
  WithdrawnBecause,
} from './conversation-types.js';

export interface Draft {
  readonly atMs: number;
  state: ConversationState;
  readonly commands: ConversationCommand[];
}

export type OfferedPhase = Extract<Phase, { name: 'offered' }>;
export type TalkingPhase = Extract<Phase, { name: 'talking' }>;

export function draftOf(state: ConversationState, atMs: number): Draft {
  return { atMs, state, commands: [] };
}

export function stepOf(draft: Draft): ConversationStep {
  return { state: draft.state, commands: draft.commands };
}

export function command(draft: Draft, ...commands: readonly ConversationCommand[]): void {
  draft.commands.push(...commands);
}

export function emit(draft: Draft, event: ChatEvent): void {
  command(draft, { type: 'emit', event });
}

export function setPhase(draft: Draft, phase: Phase): void {
  draft.state = { ...draft.state, phase };
}

export function update(draft: Draft, change: Partial<ConversationState>): void {
  draft.state = { ...draft.state, ...change };
}

/** The id of a new work of this chat; late answers to those before it are told apart by it. */
export function nextWork(draft: Draft): WorkId {
  const works = draft.state.works + 1;
  update(draft, { works });
  return chatWork(draft.state.id, works);
}

export function setTimer(draft: Draft, timer: Timer, afterMs: number): void {
  command(draft, { type: 'set-timer', timer, afterMs: Math.max(0, afterMs) });
}

export function clearTimer(draft: Draft, ...timers: readonly Timer[]): void {
  for (const timer of timers) command(draft, { type: 'clear-timer', timer });
}

export function refuse(draft: Draft, agent: AgentId, refusal: Refusal): void {
  command(draft, { type: 'refuse', agent, refusal });
}

/** Takes an offer off the agent's page; its timer goes with it. */
export function withdraw(draft: Draft, agent: AgentId, work: WorkId, why: WithdrawnBecause): void {
  clearTimer(draft, { name: 'offer', agent });
  command(draft, { type: 'withdraw', agent, work, why });
}

/** `queue` for events, when it is known. */
export function queueOf(draft: Draft) {
  const queue = draft.state.department?.queue;
  return queue === undefined ? {} : { queue };
}
