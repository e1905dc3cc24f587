/** The open pages of agents: who is there for chats, and what each is told. */
import type { Clock } from '../kernel/clock.js';
import type { AgentId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Ledger } from '../ledger/ledger.js';
import type { AgentDesk } from './conversation-runner.js';
import type { ConversationState } from './conversation-types.js';
import { ownerOf, type Conversations } from './conversations.js';
import type { SocketWriter } from './socket-writer.js';

export interface AgentPages extends AgentDesk {
  /** A page of the agent is open; the returned function says that it is no more. */
  open(agent: AgentId, writer: SocketWriter): () => void;
  /** To be told of every change of a chat. */
  changed(state: ConversationState, before: ConversationState): void;
  visitorTypes(state: ConversationState, isTyping: boolean): void;
  /** Forgets the timers of those who may come back. */
  stop(): void;
}

export interface AgentPagesDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Logger;
  readonly conversations: () => Conversations;
  /** So long after their last page has gone an agent is there no more: a page may be loaded anew. Milliseconds. */
  readonly graceMs: number;
}

export function createAgentPages(deps: AgentPagesDeps): AgentPages {
  const { ledger, clock, log, conversations, graceMs } = deps;
  const pages = new Map<AgentId, Set<SocketWriter>>();
  const leaving = new Map<AgentId, () => void>();

  function tell(agent: AgentId | undefined, message: object, key?: string): void {
    if (agent === undefined) return;
    for (const writer of pages.get(agent) ?? []) {
      if (key === undefined) writer.send(message);
      else writer.sendLatest(key, message);
    }
  }

  function setReachable(agent: AgentId, reachable: boolean): void {
    conversations().agentIs(agent, reachable ? 'there' : 'absent');
    ledger.setReachable({ agent, channel: 'chat', reachable }).catch((error: unknown) => {
      log.error({ err: error, agent }, 'the ledger was not told who is there for chats');
    });
  }

  function left(agent: AgentId, writer: SocketWriter): void {
    const open = pages.get(agent);
    open?.delete(writer);
    if (open === undefined || open.size > 0) return;
    pages.delete(agent);
    const gone = (): void => {
      leaving.delete(agent);
      setReachable(agent, false);
    };
    leaving.set(agent, clock.after(graceMs, gone));
  }

  return {
    open(agent, writer) {
      leaving.get(agent)?.();
      leaving.delete(agent);
      pages.set(agent, (pages.get(agent) ?? new Set()).add(writer));
      for (const { state } of conversations().all()) welcome(agent, state, writer);
      setReachable(agent, true);
      return () => left(agent, writer);
    },
    offer: ({ agent, work, untilMs, from, note, state }) =>
      tell(agent, { ...offerMessage(work, state), untilMs, ...(from && { from }), ...(note && { note }) }),
    withdraw: ({ agent, work, why }) => tell(agent, { type: 'withdrawn', work, why }),
    refuse: ({ agent, state, refusal }) => tell(agent, { type: 'refused', chat: state.id, ...refusal }),
    changed(state, before) {
      const message = chatMessage(state);
      for (const agent of new Set([ownerOf(before), ownerOf(state)])) tell(agent, message, `chat ${state.id}`);
    },
    visitorTypes(state, isTyping) {
      const owner = ownerOf(state);
      const message = { type: 'typing', chat: state.id, isTyping };
      if (owner !== undefined) for (const writer of pages.get(owner) ?? []) writer.sendIfRoom(message);
    },
    stop() {
      for (const cancel of leaving.values()) cancel();
      leaving.clear();
    },
  };
}

/** What a page that is loaded anew must know of a chat: that it is its agent's, or is being offered to them. */
function welcome(agent: AgentId, state: ConversationState, writer: SocketWriter): void {
  const { phase } = state;
  if (ownerOf(state) === agent) writer.sendLatest(`chat ${state.id}`, chatMessage(state));
  if (phase.name === 'offered' && phase.offers.get(agent) === 'standing') {
    writer.sendLatest(`offer ${phase.work}`, offerMessage(phase.work, state));
  }
  const transfer = phase.name === 'talking' ? phase.transfer : undefined;
  if (transfer?.name === 'offered' && transfer.to === agent) {
    writer.sendLatest(`offer ${transfer.work}`, offerMessage(transfer.work, state));
  }
}

function offerMessage(work: string, state: ConversationState): object {
  const queue = state.department?.queue;
  return { type: 'offer', work, chat: state.id, ...(queue === undefined ? {} : { department: queue }) };
}

function chatMessage(state: ConversationState): object {
  const agent = ownerOf(state);
  return {
    type: 'chat',
    chat: state.id,
    phase: state.phase.name,
    visitorIsThere: state.visitor.isConnected,
    ...(agent === undefined ? {} : { agent }),
  };
}
