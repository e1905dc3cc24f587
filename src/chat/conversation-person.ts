/** Where a chat goes first: to the one person it is for, while that one is there, or else to its department. */
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { AssignResult } from '../ledger/ledger.js';
import { command, emit, nextWork, refuse, setPhase, setTimer, update, type Draft } from './conversation-draft.js';
import { finish } from './conversation-ends.js';
import { departmentLine, lineUp } from './conversation-line.js';
import { offerTo, withdrawTransfer } from './conversation-standing.js';
import { beginTalk, handOver } from './conversation-talk.js';
import type { AskedFor, Line, Phase, Route } from './conversation-types.js';
import { personalLine } from './personal-line.js';

export function routed(draft: Draft, route: Route): void {
  if (draft.state.phase.name !== 'opened') return;
  const { id, isReopened, visitor } = draft.state;
  update(draft, { route, department: route.department });
  if (!isReopened) {
    const customer = visitor.customer === undefined ? {} : { customer: visitor.customer };
    emit(draft, { type: 'chat.opened', chat: id, queue: route.department.queue, ...customer });
  }
  if (route.kind === 'out-of-hours') {
    command(draft, { type: 'say', message: 'outOfHours' });
    return finish(draft, { by: 'controller', why: 'out-of-hours' });
  }
  if (!isReopened) command(draft, { type: 'say', message: 'welcome' });
  if (route.person === undefined) return lineUp(draft, departmentLine(draft, route.department));
  askPerson(draft, route.person.agent, route.person.why);
}

/** Asks for room at one person who is there now; nobody is woken who is not. */
export function askPerson(draft: Draft, agent: AgentId, why: AskedFor, line?: Line): void {
  const work = nextWork(draft);
  setPhase(draft, { name: 'asking', work, agent, why, ...(line === undefined ? {} : { line }) });
  command(draft, { type: 'ask-person', work, agent, as: isUnasked(why) ? 'active' : 'offered' });
}

function isUnasked(why: AskedFor): why is 'resume' | 'reopen' | 'take' {
  return why === 'resume' || why === 'reopen' || why === 'take';
}

export function asked(draft: Draft, work: WorkId, result: AssignResult): void {
  const { phase } = draft.state;
  if (phase.name === 'asking' && phase.work === work) return personAnswered(draft, phase, result);
  if (phase.name !== 'talking' || phase.transfer?.work !== work || phase.transfer.name === 'offered') return;
  const { agent, transfer } = phase;
  const lacking = lacksRoom(result) ? 'no-room' : 'not-there';
  if (transfer.name === 'taking') {
    if (result.type === 'assigned') return handOver(draft, phase, { to: transfer.to, work, as: 'take' });
    withdrawTransfer(draft);
    return refuse(draft, transfer.to, { what: 'take', why: lacking });
  }
  if (result.type === 'assigned') {
    setPhase(draft, {
      ...phase,
      transfer: { ...transfer, name: 'offered', attempt: result.attempt, offer: 'standing' },
    });
    return offerTo(draft, { agent: transfer.to, work: transfer.work, from: agent, note: transfer.note });
  }
  withdrawTransfer(draft);
  refuse(draft, agent, { what: 'transfer', why: lacking });
}

function personAnswered(draft: Draft, phase: Extract<Phase, { name: 'asking' }>, result: AssignResult): void {
  const { work, agent, why } = phase;
  const { department, route } = draft.state;
  if (result.type === 'assigned') {
    if (isUnasked(why)) return beginTalk(draft, { agent, work, as: why });
    const { attempt } = result;
    setPhase(draft, { name: 'offered', work, attempt, offers: new Map([[agent, 'standing']]), sinceMs: draft.atMs });
    emit(draft, { type: 'chat.offered', chat: draft.state.id, attempt, agents: [agent] });
    return offerTo(draft, { agent, work });
  }
  if (why === 'reopen') {
    setPhase(draft, { name: 'closed', atMs: draft.atMs });
    setTimer(draft, { name: 'forget' }, department?.reopenWithinMs ?? 0);
    return refuse(draft, agent, { what: 'reopen', why: lacksRoom(result) ? 'no-room' : 'not-there' });
  }
  if (department === undefined) return finish(draft, { by: 'fault', why: 'fault' });
  if (why === 'take') {
    refuse(draft, agent, { what: 'take', why: lacksRoom(result) ? 'no-room' : 'not-there' });
    return lineUp(draft, phase.line ?? departmentLine(draft, department));
  }
  const waitMs = why !== 'resume' && route?.kind === 'open' ? (route.person?.waitMs ?? 0) : department.ownAgentWaitMs;
  if (!lacksRoom(result) || waitMs <= 0) return lineUp(draft, departmentLine(draft, department));
  lineUp(draft, {
    kind: 'person',
    queue: personalLine(agent),
    agent,
    isOwn: why === 'resume',
    untilMs: draft.atMs + waitMs,
  });
}

/** There, but full for the moment: worth waiting for. */
function lacksRoom(result: AssignResult): boolean {
  if (result.type !== 'refused') return false;
  return ['at-channel-limit', 'no-room', 'backing-off'].includes(result.why.type);
}
