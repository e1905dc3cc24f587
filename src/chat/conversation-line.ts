/** Standing in line: a department's or one person's, and from line to line by overflow. */
import type { EnqueueResult, RequeueResult } from '../ledger/ledger.js';
import { clearTimer, command, emit, nextWork, setPhase, setTimer, update, type Draft } from './conversation-draft.js';
import { finish } from './conversation-ends.js';
import { waitForVisitor } from './conversation-standing.js';
import type { DepartmentRules, Line, Phase } from './conversation-types.js';

/** So long after a move that came in the middle of an offer it is tried again. */
const MOVE_AGAIN_MS = 1_000;

export function departmentLine(draft: Draft, rules: DepartmentRules): Line {
  return { kind: 'department', queue: rules.queue, rules, untilMs: draft.atMs + rules.maxWaitMs };
}

export function lineUp(draft: Draft, line: Line): void {
  const work = nextWork(draft);
  const { sinceMs, route } = draft.state;
  setPhase(draft, { name: 'waiting', work, line });
  if (line.kind === 'department') update(draft, { department: line.rules });
  setTimer(draft, { name: 'line' }, line.untilMs - draft.atMs);
  waitForVisitor(draft);
  const priority = route?.kind === 'open' ? route.priority : 0;
  command(draft, { type: 'line-up', work, queue: line.queue, enqueuedAt: sinceMs, priority });
}

export function linedUp(draft: Draft, work: string, result: EnqueueResult): void {
  const { phase, id } = draft.state;
  if ((phase.name !== 'waiting' && phase.name !== 'offered') || phase.work !== work || phase.line === undefined) return;
  switch (result.type) {
    case 'enqueued':
      return emit(draft, { type: 'chat.queued', chat: id, queue: phase.line.queue, position: result.position });
    case 'duplicate':
      return finish(draft, { by: 'fault', why: 'fault' });
    case 'full':
    case 'unknown-queue': {
      // Not in any line yet: it can only begin anew in the next.
      const next = nextLine(draft, phase.line);
      const why = result.type === 'full' ? 'full' : 'gone';
      tellOverflow(draft, phase.line, next, why);
      if (next === undefined) return nobodyIsFree(draft);
      return lineUp(draft, next);
    }
  }
}

/** The time in its line is over, or the person whom it waited for has gone. */
export function leaveLine(draft: Draft, why: 'max-wait' | 'agent-absent'): void {
  const { phase } = draft.state;
  if (phase.name !== 'waiting' || phase.line === undefined || phase.moving !== undefined) return;
  const next = nextLine(draft, phase.line);
  tellOverflow(draft, phase.line, next, why);
  if (next === undefined) return nobodyIsFree(draft);
  moveTo(draft, phase, next);
}

function moveTo(draft: Draft, phase: Extract<Phase, { name: 'waiting' }>, next: Line): void {
  setPhase(draft, { ...phase, moving: next });
  command(draft, { type: 'move', work: phase.work, queue: next.queue });
}

/** An offer may have been made meanwhile, from the one line or the other. */
export function moved(draft: Draft, work: string, result: RequeueResult): void {
  const { phase, id } = draft.state;
  if ((phase.name !== 'waiting' && phase.name !== 'offered') || phase.work !== work) return;
  const { moving, ...rest } = phase;
  if (moving === undefined) return;
  switch (result.type) {
    case 'enqueued':
      setPhase(draft, { ...rest, line: moving });
      if (moving.kind === 'department') update(draft, { department: moving.rules });
      setTimer(draft, { name: 'line' }, moving.untilMs - draft.atMs);
      return emit(draft, { type: 'chat.queued', chat: id, queue: moving.queue, position: result.position });
    case 'not-waiting':
      // Being offered at this moment, and this chat has not heard of it yet; when it has, that may be over again.
      setPhase(draft, rest);
      return setTimer(draft, { name: 'line' }, MOVE_AGAIN_MS);
    case 'full':
    case 'unknown-queue': {
      // It still stands in the line that it was to leave, and moves on from there to the one after the next.
      const next = nextLine(draft, moving);
      tellOverflow(draft, moving, next, result.type === 'full' ? 'full' : 'gone');
      if (next === undefined) return nobodyIsFree(draft);
      if (rest.name === 'waiting') return moveTo(draft, rest, next);
      return setPhase(draft, rest);
    }
  }
}

/** It goes where the rules say now, at its old age. */
export function lineGone(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name !== 'waiting' || phase.line?.kind !== 'department') return;
  clearTimer(draft, { name: 'line' });
  command(draft, { type: 'give-up', work: phase.work });
  update(draft, { isReopened: true });
  setPhase(draft, { name: 'opened' });
  command(draft, { type: 'find-route' });
}

/** Back in line after an offer that came to nothing. */
export function leaveLineIfDue(draft: Draft): void {
  const { phase } = draft.state;
  if (phase.name !== 'waiting' || phase.line === undefined || draft.atMs < phase.line.untilMs) return;
  leaveLine(draft, 'max-wait');
}

function nextLine(draft: Draft, line: Line): Line | undefined {
  if (line.kind === 'person') {
    const { department } = draft.state;
    return department === undefined ? undefined : departmentLine(draft, department);
  }
  const { overflow } = line.rules;
  return overflow.kind === 'department' ? departmentLine(draft, overflow.rules) : undefined;
}

function tellOverflow(
  draft: Draft,
  from: Line,
  next: Line | undefined,
  why: 'max-wait' | 'full' | 'gone' | 'agent-absent',
): void {
  const to = next === undefined ? {} : { to: next.queue };
  emit(draft, { type: 'chat.overflowed', chat: draft.state.id, from: from.queue, ...to, why });
}

function nobodyIsFree(draft: Draft): void {
  sayAtCapacity(draft);
  finish(draft, { by: 'controller', why: 'nobody-free' });
}

/** Nobody is free: said once in a line, with the place; later places go to the visitor's page alone. */
export function placed(draft: Draft, work: string, place: number): void {
  const { phase } = draft.state;
  if (phase.name !== 'waiting' || phase.work !== work || phase.place === place) return;
  if (phase.place === undefined) sayAtCapacity(draft, place);
  setPhase(draft, { ...phase, place });
}

function sayAtCapacity(draft: Draft, place?: number): void {
  const { phase } = draft.state;
  const isTold = phase.name === 'waiting' && phase.place !== undefined;
  if (isTold) return;
  command(draft, { type: 'say', message: 'atCapacity', ...(place === undefined ? {} : { place }) });
}
