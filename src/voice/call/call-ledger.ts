/** What one call asks of the ledger, and what comes of it. */
import type { AgentId, QueueId, WorkId } from '../../kernel/ids.js';
import { giveUp } from '../../ledger/give-up.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { HuntPlan } from '../../routing/hunt-plan.js';
import type { CallCommand, UntimedInput } from './call-messages.js';
import type { Logger } from '../../kernel/logger.js';

const ledgerCommands = [
  'take-dialler-room',
  'enqueue',
  'assign',
  'extend',
  'accept',
  'decline',
  'leave-queue',
  'ask-position',
  'end-wrap-up',
  'abandon',
  'release',
] as const;

type LedgerCommand = Extract<CallCommand, { type: (typeof ledgerCommands)[number] }>;
type Asking = Extract<LedgerCommand, { type: 'take-dialler-room' | 'enqueue' | 'assign' }>;

export function isLedgerCommand(command: CallCommand): command is LedgerCommand {
  return (ledgerCommands as readonly string[]).includes(command.type);
}

export interface CallLedger {
  execute(command: LedgerCommand): void;
}

export interface CallLedgerDeps {
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly offerTtlMs: number;
  planFor(agent: AgentId): HuntPlan;
  positionOf?(work: WorkId, queue: QueueId): Promise<{ position?: number; expectedWaitMs?: number }>;
  /** The ledger's name for what the call is to it now. */
  work(): WorkId;
  deliver(input: UntimedInput): void;
  offered(attempt: number, agents: readonly AgentId[]): void;
  /** Whether another call of the agent has taken the room over. */
  inherited(room: { agent: AgentId; work: WorkId; wrapUpMs: number }): boolean;
}

export function createCallLedger(deps: CallLedgerDeps): CallLedger {
  return {
    execute(command) {
      perform(command, deps).catch((error: unknown) => {
        deps.log.error({ err: error, command: command.type }, 'ledger command failed');
        deps.deliver({ type: 'hang-up', why: 'stopping' });
      });
    },
  };
}

async function perform(command: LedgerCommand, deps: CallLedgerDeps): Promise<void> {
  const { ledger } = deps;
  switch (command.type) {
    case 'take-dialler-room':
    case 'enqueue':
    case 'assign':
      return askForRoom(command, deps);
    case 'extend':
      return extend(command, deps);
    case 'accept': {
      const { work, agent, attempt, leg } = command;
      const result = await ledger.accept({ work, agent, attempt });
      answer(deps, work, { type: 'accept-decided', leg, agent, result });
      return;
    }
    case 'decline': {
      const { work, agent, attempt, cause } = command;
      await ledger.decline({ work, agent, attempt, cause });
      return;
    }
    case 'leave-queue': {
      const result = await ledger.abandon(command.work);
      answer(deps, command.work, {
        type: 'left-queue',
        outcome: result.type === 'active' ? 'too-late' : 'left',
      });
      return;
    }
    case 'abandon':
      return giveUp(command.work, ledger);
    case 'ask-position': {
      const known = await deps.positionOf?.(command.work, command.queue);
      answer(deps, command.work, { type: 'position', ...known });
      return;
    }
    case 'end-wrap-up':
      await ledger.endWrapUp(command.agent);
      return;
    case 'release': {
      const { agent, work, wrapUpMs, talkMs } = command;
      if (agent !== undefined && deps.inherited({ agent, work, wrapUpMs })) return;
      await ledger.release({ work, wrapUpMs, talkMs });
    }
  }
}

async function extend(command: Extract<LedgerCommand, { type: 'extend' }>, deps: CallLedgerDeps): Promise<void> {
  const { work, attempt, count } = command;
  const result = await deps.ledger.extend({ work, attempt, ...(count === undefined ? {} : { count }) });
  if (result.type !== 'extended') return;
  const offers = result.agents.map((agent) => ({ agent, plan: deps.planFor(agent) }));
  answer(deps, work, { type: 'extended', attempt, offers, decision: result.decision });
}

async function askForRoom(command: Asking, deps: CallLedgerDeps): Promise<void> {
  const { ledger, offerTtlMs } = deps;
  const { work } = command;
  const common = { work, channel: 'voice', offerTtlMs } as const;
  switch (command.type) {
    case 'take-dialler-room': {
      const result = await ledger.assign({ ...common, agent: command.agent, as: 'active', ignorePresence: true });
      deps.deliver({ type: 'dialler-room', result });
      return;
    }
    case 'enqueue': {
      const { queue, enqueuedAt } = command;
      const result = await ledger.enqueue({ ...common, queue, enqueuedAt });
      answer(deps, work, { type: 'enqueued', result });
      return;
    }
    case 'assign': {
      const { agent, ignorePresence } = command;
      const result = await ledger.assign({ ...common, agent, as: 'offered', ignorePresence });
      if (result.type !== 'assigned') {
        answer(deps, work, { type: 'assign-refused', result });
        return;
      }
      if (work !== deps.work()) return giveUp(work, ledger);
      deps.offered(result.attempt, [agent]);
    }
  }
}

/** What the ledger says of work that the call has left behind meanwhile is no business of its own any more. */
function answer(deps: CallLedgerDeps, work: WorkId, input: UntimedInput): void {
  if (work === deps.work()) deps.deliver(input);
}
