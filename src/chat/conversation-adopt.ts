/**
 * A chat that another controller ran, which has died, or stopped: what that one last kept of it, and what the ledger says.
 *
 * The ledger is right about who has room taken; what was kept may be a step older, or a command younger. Of each work that
 * belongs to the chat it is told by its number which of both: those before the one that the chat was at are over, whatever
 * became of the command that was to end them; those after it are what the next step had begun.
 */
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { AdoptedWork } from '../ledger/ledger.js';
import { workNumber } from './chat-works.js';
import { command, setPhase, setTimer, update, type Draft } from './conversation-draft.js';
import { departmentLine, lineUp } from './conversation-line.js';
import { askPerson } from './conversation-person.js';
import { agentWrote, offerTo, waitForVisitor } from './conversation-standing.js';
import type { Line, OfferState, Phase } from './conversation-types.js';
import { agentOfLine, personalLine } from './personal-line.js';

/** @param works that the ledger has of this chat */
export function adopted(draft: Draft, works: readonly AdoptedWork[]): void {
  const { phase, visitor } = draft.state;
  const last = Math.max(draft.state.works, ...works.map(({ work }) => workNumber(work)));
  const current = works.filter((work) => isCurrent(work, draft)).sort((a, b) => rank(b) - rank(a));
  const [kept] = current;
  // Its page finds the way here, or does not: then it is as any that was lost.
  update(draft, { works: last, visitor: { ...visitor, isConnected: false } });
  for (const other of works) if (other.work !== kept?.work) giveUp(draft, other);
  if (kept !== undefined) goOnWith(draft, kept, phase);
  else beginAgain(draft, phase);
  if (draft.state.phase.name !== 'closed') waitForVisitor(draft);
}

function giveUp(draft: Draft, { work, phase, agents }: AdoptedWork): void {
  command(draft, { type: 'give-up', work });
  if (phase !== 'offered') return;
  for (const agent of agents) command(draft, { type: 'withdraw', agent, work, why: 'taken-back' });
}

/** Who works on it comes before who is asked, and that before a place in line; of equals the newest. */
function rank({ work, phase }: AdoptedWork): number {
  return { active: 2, offered: 1, waiting: 0 }[phase] * 1e9 + workNumber(work);
}

/** Without a department the rules are not known that it was routed by: then it is routed anew. */
function isCurrent({ work }: AdoptedWork, { state }: Draft): boolean {
  const { phase, works, department } = state;
  if (department === undefined) return false;
  return workNumber(work) >= ('work' in phase ? workNumber(phase.work) : works + 1);
}

function goOnWith(draft: Draft, adoptedWork: AdoptedWork, phase: Phase): void {
  const { work, agents, attempt } = adoptedWork;
  const [agent] = agents;
  switch (adoptedWork.phase) {
    case 'active': {
      if (agent === undefined) return beginAgain(draft, phase);
      const sinceMs = phase.name === 'talking' && phase.work === work ? phase.sinceMs : draft.atMs;
      setPhase(draft, { name: 'talking', work, agent, sinceMs });
      update(draft, { lastAgent: agent });
      // Who was told nothing yet is told now.
      if (phase.name !== 'talking' || phase.agent !== agent)
        command(draft, { type: 'say', message: 'agentJoined', agent });
      return agentWrote(draft, agent);
    }
    case 'offered':
      return offerAgain(draft, { work, attempt, agents, line: lineOf(draft, adoptedWork, phase) });
    case 'waiting': {
      const line = lineOf(draft, adoptedWork, phase);
      if (line === undefined) return giveUpAndBeginAgain(draft, work, phase);
      setPhase(draft, { name: 'waiting', work, line, ...placeOf(phase) });
      return setTimer(draft, { name: 'line' }, line.untilMs - draft.atMs);
    }
  }
}

function offerAgain(
  draft: Draft,
  offer: { work: WorkId; attempt: number; agents: readonly AgentId[]; line: Line | undefined },
): void {
  const { work, attempt, agents, line } = offer;
  const isOwn = line?.kind === 'person' && line.isOwn;
  const offers = new Map(agents.map((agent): [AgentId, OfferState] => [agent, isOwn ? 'accepting' : 'standing']));
  const inLine = line === undefined ? {} : { line };
  setPhase(draft, { name: 'offered', work, attempt, offers, sinceMs: draft.atMs, ...inLine });
  for (const agent of agents) {
    if (isOwn) command(draft, { type: 'accept', work, agent, attempt });
    else offerTo(draft, { agent, work });
  }
}

/** The line that the ledger has it in, with the rules that it began with. */
function lineOf(draft: Draft, { queue }: AdoptedWork, phase: Phase): Line | undefined {
  if (queue === undefined) return undefined;
  const known = phase.name === 'waiting' || phase.name === 'offered' ? [phase.line, phase.moving] : [];
  const line = known.find((each) => each?.queue === queue);
  if (line !== undefined) return line;
  const { department } = draft.state;
  if (department?.queue === queue) return departmentLine(draft, department);
  const agent = agentOfLine(queue);
  if (agent === undefined || department === undefined) return undefined;
  const untilMs = draft.atMs + department.ownAgentWaitMs;
  return { kind: 'person', queue: personalLine(agent), agent, isOwn: phase.name === 'asking', untilMs };
}

/** Whoever was told that all are busy is not told again. */
function placeOf(phase: Phase): { place?: number } {
  const place = phase.name === 'waiting' || phase.name === 'offered' ? phase.place : undefined;
  return place === undefined ? {} : { place };
}

function giveUpAndBeginAgain(draft: Draft, work: WorkId, phase: Phase): void {
  command(draft, { type: 'give-up', work });
  beginAgain(draft, phase);
}

/** The ledger has nothing of it. */
function beginAgain(draft: Draft, phase: Phase): void {
  const { department } = draft.state;
  switch (phase.name) {
    case 'closed': {
      const untilMs = phase.atMs + (department?.reopenWithinMs ?? 0);
      return setTimer(draft, { name: 'forget' }, untilMs - draft.atMs);
    }
    case 'inactive': {
      const closeAfterMs = department?.closeInactiveAfterMs ?? 0;
      if (closeAfterMs > 0) setTimer(draft, { name: 'close' }, phase.sinceMs + closeAfterMs - draft.atMs);
      return;
    }
    case 'talking':
      return askPerson(draft, phase.agent, 'resume');
    case 'asking':
      if (phase.why === 'resume' || phase.why === 'reopen') return askPerson(draft, phase.agent, phase.why);
      break;
    case 'opened':
    case 'waiting':
    case 'offered':
    case 'forgotten':
      break;
  }
  if (department !== undefined && phase.name !== 'opened') return lineUp(draft, departmentLine(draft, department));
  setPhase(draft, { name: 'opened' });
  command(draft, { type: 'find-route' });
}
