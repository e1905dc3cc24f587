/** While an agent has the chat: silence and return of the visitor, transfer, giving it back. */
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { AcceptResult, DeclineCause } from '../ledger/ledger.js';
import {
  clearTimer,
  command,
  emit,
  nextWork,
  queueOf,
  refuse,
  setPhase,
  setTimer,
  update,
  withdraw,
  type Draft,
  type TalkingPhase,
} from './conversation-draft.js';
import { finish } from './conversation-ends.js';
import { departmentLine, lineUp } from './conversation-line.js';
import { endTransfer, waitForVisitor, withdrawTransfer } from './conversation-standing.js';
import type { Actor, TransferTarget } from './conversation-types.js';

export function beginTalk(
  draft: Draft,
  { agent, work, as }: { agent: AgentId; work: WorkId; as: 'new' | 'resume' | 'reopen' | 'transfer' | 'take' },
): void {
  const { id, sinceMs } = draft.state;
  clearTimer(draft, { name: 'line' }, { name: 'offer', agent });
  setPhase(draft, { name: 'talking', work, agent, sinceMs: draft.atMs });
  update(draft, { lastAgent: agent });
  waitForVisitor(draft);
  if (as === 'resume') return emit(draft, { type: 'chat.resumed', chat: id, agent });
  if (as === 'new' || as === 'transfer') withdraw(draft, agent, work, 'accepted');
  command(draft, { type: 'say', message: 'agentJoined', agent });
  if (as === 'reopen') emit(draft, { type: 'chat.reopened', chat: id, by: 'agent' });
  emit(draft, { type: 'chat.accepted', chat: id, ...queueOf(draft), agent, waitedMs: draft.atMs - sinceMs });
}

/** The room is the agent's again; the chat stays theirs. A transfer that is under way goes first. */
export function turnInactive(draft: Draft): void {
  const { phase, id, department } = draft.state;
  if (phase.name !== 'talking' || phase.transfer !== undefined) return;
  const { work, agent, sinceMs } = phase;
  clearTimer(draft, { name: 'inactive' });
  command(draft, { type: 'release', work, wrapUpMs: 0, talkMs: draft.atMs - sinceMs });
  setPhase(draft, { name: 'inactive', agent, sinceMs: draft.atMs });
  const closeAfterMs = department?.closeInactiveAfterMs ?? 0;
  if (closeAfterMs > 0) setTimer(draft, { name: 'close' }, closeAfterMs);
  emit(draft, { type: 'chat.inactive', chat: id, agent });
}

/** The agent has it no more: it goes back to its department's line, at its old age. */
export function unassign(draft: Draft, why: 'agent-absent' | 'given-back'): void {
  const { phase, id, department } = draft.state;
  if (phase.name !== 'talking' && phase.name !== 'inactive') return;
  if (department === undefined) return finish(draft, { by: 'fault', why: 'fault' });
  withdrawTransfer(draft, 'taken-back');
  clearTimer(draft, { name: 'inactive' }, { name: 'close' });
  if (phase.name === 'talking') {
    command(draft, { type: 'release', work: phase.work, wrapUpMs: 0, talkMs: draft.atMs - phase.sinceMs });
  }
  command(draft, { type: 'say', message: 'agentLeft', agent: phase.agent });
  emit(draft, { type: 'chat.unassigned', chat: id, agent: phase.agent, why });
  lineUp(draft, departmentLine(draft, department));
}

export function giveBack(draft: Draft, by: Actor): void {
  const { phase } = draft.state;
  if (phase.name !== 'talking' && phase.name !== 'inactive') {
    return refuse(draft, by.agent, { what: 'give-back', why: 'not-now' });
  }
  if (!mayAct(by, phase.agent)) return refuse(draft, by.agent, { what: 'give-back', why: 'not-yours' });
  unassign(draft, 'given-back');
}

export function mayAct(by: Actor, owner: AgentId | undefined): boolean {
  return by.isSupervisor || by.agent === owner;
}

export function transfer(draft: Draft, by: Actor, to: TransferTarget, note: string | undefined): void {
  const { phase } = draft.state;
  const refusal = (why: 'not-now' | 'not-yours'): void => refuse(draft, by.agent, { what: 'transfer', why });
  if (phase.name !== 'talking' || phase.transfer !== undefined) return refusal('not-now');
  if (!mayAct(by, phase.agent)) return refusal('not-yours');
  if (to.kind === 'agent' && to.agent === phase.agent) return refusal('not-now');
  if (note !== undefined && note !== '') command(draft, { type: 'note', agent: by.agent, text: note });
  if (to.kind === 'agent') return transferToAgent(draft, phase, to.agent, note);
  const { id } = draft.state;
  const { agent, work, sinceMs } = phase;
  clearTimer(draft, { name: 'inactive' });
  command(draft, { type: 'release', work, wrapUpMs: 0, talkMs: draft.atMs - sinceMs });
  command(draft, { type: 'say', message: 'agentLeft', agent });
  emit(draft, { type: 'chat.transferred', chat: id, from: agent, to: { queue: to.rules.queue } });
  lineUp(draft, departmentLine(draft, to.rules));
}

function transferToAgent(draft: Draft, phase: TalkingPhase, to: AgentId, note: string | undefined): void {
  const work = nextWork(draft);
  setPhase(draft, { ...phase, transfer: { name: 'asking', work, to, ...(note === undefined ? {} : { note }) } });
  command(draft, { type: 'ask-person', work, agent: to, as: 'offered' });
}

export function transferDecided(draft: Draft, phase: TalkingPhase, result: AcceptResult): void {
  if (phase.transfer?.name !== 'offered') return;
  const { to, work } = phase.transfer;
  if (result.type !== 'won') {
    endTransfer(draft, phase);
    command(draft, { type: 'withdraw', agent: to, work, why: 'timed-out' });
    return refuse(draft, phase.agent, { what: 'transfer', why: 'declined' });
  }
  handOver(draft, phase, { to, work, as: 'transfer' });
}

/** From one agent to another, who has room for it by now. */
export function handOver(
  draft: Draft,
  phase: TalkingPhase,
  { to, work, as }: { to: AgentId; work: WorkId; as: 'transfer' | 'take' },
): void {
  clearTimer(draft, { name: 'inactive' });
  command(draft, { type: 'release', work: phase.work, wrapUpMs: 0, talkMs: draft.atMs - phase.sinceMs });
  command(draft, { type: 'say', message: 'agentLeft', agent: phase.agent });
  emit(draft, { type: 'chat.transferred', chat: draft.state.id, from: phase.agent, to: { agent: to } });
  beginTalk(draft, { agent: to, work, as });
}

export function transferDeclined(draft: Draft, phase: TalkingPhase, agent: AgentId, cause: DeclineCause): void {
  const { transfer } = phase;
  if (transfer?.name !== 'offered' || transfer.to !== agent || transfer.offer !== 'standing') return;
  command(draft, { type: 'decline', work: transfer.work, agent, attempt: transfer.attempt, cause });
  endTransfer(draft, phase);
  withdraw(draft, agent, transfer.work, cause === 'no-answer' ? 'timed-out' : 'declined');
  refuse(draft, phase.agent, { what: 'transfer', why: 'declined' });
}
