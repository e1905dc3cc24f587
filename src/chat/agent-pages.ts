/** The open pages of agents: who is there for chats, and what each is told. */
import type { Clock } from '../kernel/clock.js';
import type { AgentId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { Ledger } from '../ledger/ledger.js';
import { createAttendance } from './agent-attendance.js';
import type { AgentNews, ChatNews } from './agent-news.js';
import type { AgentDesk } from './conversation-runner.js';
import type { ConversationState } from './conversation-types.js';
import { ownerOf, type Conversations } from './conversations.js';
import type { SocketWriter } from './socket-writer.js';

export type AgentWriter = SocketWriter<AgentNews>;

export interface AgentPages extends AgentDesk {
  /** A page of the agent is open; the returned function says that it is no more. */
  open(agent: AgentId, writer: AgentWriter): () => void;
  /** The same for one that has come to another controller, which says itself that its agent can be reached. */
  openElsewhere(agent: AgentId, writer: AgentWriter): () => void;
  /** Who has chats here should have a page: they are missed if none is opened. */
  expect(agent: AgentId): void;
  /** Tells the ledger anew who can be reached, for it may have forgotten. */
  tellAgain(): void;
  /** The page is told of all chats that its agent may oversee, until the returned function is called. */
  oversee(agent: AgentId, writer: AgentWriter): () => void;
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
  /** A chat in the words of agents' pages. */
  readonly tell: (state: ConversationState) => ChatNews;
  readonly isOverseen: (state: ConversationState, by: AgentId) => boolean;
  /** So long after their last page has gone an agent is there no more: a page may be loaded anew. Milliseconds. */
  readonly graceMs: number;
}

export function createAgentPages(deps: AgentPagesDeps): AgentPages {
  const { ledger, conversations, isOverseen } = deps;
  const pages = createOpenPages(deps);
  const overseers = new Map<AgentWriter, AgentId>();

  const unsubscribe = ledger.subscribe((notice) => {
    if (notice.type !== 'presence') return;
    const message = { type: 'presence', presence: notice.presence } as const;
    for (const writer of pages.of(notice.agent)) writer.sendLatest('presence', message);
  });
  const tell = (agent: AgentId, message: AgentNews): void => {
    for (const writer of pages.of(agent)) writer.send(message);
  };

  const open = (agent: AgentId, writer: AgentWriter, isHere: boolean): (() => void) => {
    for (const { state } of conversations().all()) welcome(agent, state, writer, deps);
    return pages.open(agent, writer, isHere);
  };

  return {
    open: (agent, writer) => open(agent, writer, true),
    openElsewhere: (agent, writer) => open(agent, writer, false),
    expect: (agent) => pages.expect(agent),
    tellAgain: () => pages.tellAgain(),
    oversee(agent, writer) {
      overseers.set(writer, agent);
      for (const { state } of conversations().all()) {
        if (isOverseen(state, agent)) writer.sendLatest(`chat ${state.id}`, deps.tell(state));
      }
      return () => overseers.delete(writer);
    },
    offer: ({ agent, work, untilMs, from, note, state }) =>
      tell(agent, { ...offerMessage(work, state), untilMs, ...(from && { from }), ...(note && { note }) }),
    withdraw: ({ agent, work, why }) => tell(agent, { type: 'withdrawn', work, why }),
    refuse: ({ agent, state, refusal }) => tell(agent, { type: 'refused', chat: state.id, ...refusal }),
    changed(state, before) {
      const told = new Set([...pages.of(ownerOf(before)), ...pages.of(ownerOf(state))]);
      for (const [writer, agent] of overseers) {
        if (isOverseen(state, agent) || isOverseen(before, agent)) told.add(writer);
      }
      if (told.size === 0) return;
      const message = deps.tell(state);
      for (const writer of told) writer.sendLatest(`chat ${state.id}`, message);
    },
    visitorTypes(state, isTyping) {
      for (const writer of pages.of(ownerOf(state))) {
        writer.sendIfRoom({ type: 'typing', chat: state.id, isTyping });
      }
    },
    stop() {
      unsubscribe();
      pages.stop();
    },
  };
}

/** Who has a page open is there for chats, and for a while after the last one has gone. */
function createOpenPages({ ledger, clock, log, conversations, graceMs }: AgentPagesDeps) {
  const pages = new Map<AgentId, Set<AgentWriter>>();
  const anywhere = createAttendance({
    ...{ clock, graceMs },
    onChange: (agent, isThere) => conversations().agentIs(agent, isThere ? 'there' : 'absent'),
  });
  const here = createAttendance({ clock, graceMs, onChange: setReachable });

  function setReachable(agent: AgentId, reachable: boolean): void {
    ledger.setReachable({ agent, channel: 'chat', reachable, here: true }).catch((error: unknown) => {
      log.error({ err: error, agent }, 'the ledger was not told who is there for chats');
    });
  }

  return {
    of: (agent: AgentId | undefined): Iterable<AgentWriter> => (agent && pages.get(agent)) ?? [],
    open(agent: AgentId, writer: AgentWriter, isHere: boolean): () => void {
      const attendances = isHere ? [anywhere, here] : [anywhere];
      const open = pages.get(agent) ?? new Set();
      pages.set(agent, open.add(writer));
      for (const attendance of attendances) attendance.came(agent);
      return () => {
        open.delete(writer);
        if (open.size === 0) pages.delete(agent);
        for (const attendance of attendances) attendance.left(agent);
      };
    },
    expect: (agent: AgentId): void => anywhere.expect(agent),
    tellAgain(): void {
      for (const agent of here.all()) setReachable(agent, true);
    },
    stop(): void {
      anywhere.stop();
      here.stop();
    },
  };
}

/** What a page that is loaded anew must know of a chat: that it is its agent's, or is being offered to them. */
function welcome(
  agent: AgentId,
  state: ConversationState,
  writer: AgentWriter,
  { tell }: Pick<AgentPagesDeps, 'tell'>,
): void {
  const { phase } = state;
  if (ownerOf(state) === agent) writer.sendLatest(`chat ${state.id}`, tell(state));
  if (phase.name === 'offered' && phase.offers.get(agent) === 'standing') {
    writer.sendLatest(`offer ${phase.work}`, offerMessage(phase.work, state));
  }
  const transfer = phase.name === 'talking' ? phase.transfer : undefined;
  if (transfer?.name === 'offered' && transfer.to === agent) {
    writer.sendLatest(`offer ${transfer.work}`, offerMessage(transfer.work, state));
  }
}

function offerMessage(work: string, state: ConversationState): Extract<AgentNews, { type: 'offer' }> {
  const queue = state.department?.queue;
  return { type: 'offer', work, chat: state.id, ...(queue === undefined ? {} : { department: queue }) };
}
