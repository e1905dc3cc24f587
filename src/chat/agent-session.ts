/** One page of one agent on one socket, until the socket ends. Who the agent is was proved before. */
import { agentId, conversationId, queueId, workId, type ConversationId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { AgentPages } from './agent-pages.js';
import { agentMessage, type AgentMessage } from './agent-protocol.js';
import type { ChatVisits } from './chat-visits.js';
import type { ConversationRunner } from './conversation-runner.js';
import type { Actor, DepartmentRules, TransferTarget } from './conversation-types.js';
import { ownerOf, type Conversations } from './conversations.js';
import { streamEntries } from './entry-stream.js';
import type { MessageLog } from './message-log.js';
import { createSocketWriter, type ChatSocket, type SocketWriter } from './socket-writer.js';

export interface AgentSessionDeps {
  readonly conversations: Conversations;
  readonly messages: MessageLog;
  readonly visits: ChatVisits;
  readonly pages: AgentPages;
  readonly nameOf: (agent: Actor['agent']) => string;
  readonly rulesOf: (department: ReturnType<typeof queueId>) => DepartmentRules | undefined;
  readonly log: Logger;
}

export interface AgentSession {
  /** A text message of the page. */
  received(text: string): void;
  /** The socket has ended. */
  ended(): void;
}

type ErrorCode = 'bad-message' | 'no-such-chat' | 'not-yours' | 'no-such-department' | 'try-later';
type InChat = Exclude<AgentMessage, { type: 'accept' | 'decline' }>;

export function createAgentSession(socket: ChatSocket, by: Actor, deps: AgentSessionDeps): AgentSession {
  return new Session(createSocketWriter(socket), by, deps);
}

class Session implements AgentSession {
  readonly #writer: SocketWriter;
  readonly #by: Actor;
  readonly #deps: AgentSessionDeps;
  readonly #watched = new Map<ConversationId, () => void>();
  readonly #leave: () => void;

  constructor(writer: SocketWriter, by: Actor, deps: AgentSessionDeps) {
    this.#writer = writer;
    this.#by = by;
    this.#deps = deps;
    this.#leave = deps.pages.open(by.agent, writer);
  }

  received(text: string): void {
    const message = parse(text);
    if (message === undefined) return this.#error('bad-message');
    if (message.type === 'accept' || message.type === 'decline') {
      const type = message.type === 'accept' ? 'accepted' : 'declined';
      const work = workId(message.work);
      const chat = this.#deps.conversations.find(work);
      if (chat === undefined) this.#writer.send({ type: 'withdrawn', work, why: 'over' });
      return chat?.deliver({ type, work, agent: this.#by.agent });
    }
    if (message.type === 'unwatch') return this.#unwatch(conversationId(message.chat));
    const chat = this.#deps.conversations.get(conversationId(message.chat));
    if (chat === undefined) return this.#error('no-such-chat');
    this.#inChat(chat, message);
  }

  ended(): void {
    for (const chat of [...this.#watched.keys()]) this.#unwatch(chat);
    this.#leave();
  }

  #error(code: ErrorCode): void {
    this.#writer.send({ type: 'error', code });
  }

  #inChat(chat: ConversationRunner, message: Exclude<InChat, { type: 'unwatch' }>): void {
    const by = this.#by;
    const { id } = chat.state;
    switch (message.type) {
      case 'watch':
        return this.#watch(chat, message.after ?? 0);
      case 'message':
      case 'note':
        return this.#write(chat, message);
      case 'typing':
        if (ownerOf(chat.state) === by.agent) {
          this.#deps.visits.agentTypes(id, this.#deps.nameOf(by.agent), message.isTyping);
        }
        return;
      case 'marks':
        if (ownerOf(chat.state) !== by.agent) return;
        return this.#deps.messages.mark(id, 'agents', { received: message.received ?? 0, read: message.read ?? 0 });
      case 'transfer':
        return this.#transfer(chat, message);
      case 'give-back':
        return chat.deliver({ type: 'give-back', by });
      case 'reopen':
        return chat.deliver({ type: 'reopen', agent: by.agent });
      case 'close':
        return chat.deliver({ type: 'close', by: { kind: 'agent', ...by } });
    }
  }

  /** Who has a chat, had it last, or is asked to take it, sees it; supervisors see all. */
  #maySee({ state }: ConversationRunner): boolean {
    const { agent, isSupervisor } = this.#by;
    const { phase } = state;
    if (isSupervisor || ownerOf(state) === agent || state.lastAgent === agent) return true;
    if (phase.name === 'offered') return phase.offers.has(agent);
    return phase.name === 'talking' && phase.transfer?.to === agent;
  }

  #watch(chat: ConversationRunner, after: number): void {
    const { messages, log } = this.#deps;
    const { id } = chat.state;
    if (!this.#maySee(chat)) return this.#error('not-yours');
    this.#unwatch(id);
    const writer = this.#writer;
    const endStream = streamEntries({
      writer,
      log: messages,
      conversation: id,
      audience: 'agents',
      after,
      toMessage: ({ conversation, clientId, ...entry }) => ({
        type: 'entry',
        chat: conversation,
        ...entry,
        ...(clientId === undefined ? {} : { id: clientId }),
      }),
      onError: (error) => log.error({ err: error, chat: id }, 'an agent could not be told what was said'),
    });
    const unlisten = messages.listen(id, {
      entry: () => undefined,
      marked: (side, marks) => writer.sendLatest(`marks ${id} ${side}`, { type: 'marks', chat: id, side, ...marks }),
    });
    this.#watched.set(id, () => {
      endStream();
      unlisten();
    });
  }

  #unwatch(chat: ConversationId): void {
    this.#watched.get(chat)?.();
    this.#watched.delete(chat);
  }

  /** To the visitor only whose chat it is writes; notes may be left by whoever sees the chat. */
  #write(chat: ConversationRunner, message: Extract<InChat, { type: 'message' | 'note' }>): void {
    const { agent } = this.#by;
    const isNote = message.type === 'note';
    if (isNote ? !this.#maySee(chat) : ownerOf(chat.state) !== agent) return this.#error('not-yours');
    const result = this.#deps.messages.append(chat.state.id, {
      from: { kind: 'agent', agent },
      body: { kind: 'text', text: message.text },
      audience: isNote ? 'agents' : 'everybody',
      clientId: message.id,
    });
    if (result.type === 'refused') return this.#error('try-later');
    if (result.type === 'appended' && !isNote) chat.deliver({ type: 'agent-wrote', agent });
    const receipt = { type: 'receipt', chat: chat.state.id, id: message.id, seq: result.seq };
    void result.stored.then(() => this.#writer.send(receipt));
  }

  #transfer(chat: ConversationRunner, { to, note }: Extract<InChat, { type: 'transfer' }>): void {
    const by = this.#by;
    const target = this.#targetOf(to);
    if (target === undefined) return this.#error('no-such-department');
    chat.deliver({ type: 'transfer', by, to: target, ...(note === undefined ? {} : { note }) });
  }

  #targetOf(to: { agent: string } | { department: string }): TransferTarget | undefined {
    if ('agent' in to) return { kind: 'agent', agent: agentId(to.agent) };
    const rules = this.#deps.rulesOf(queueId(to.department));
    return rules === undefined ? undefined : { kind: 'department', rules };
  }
}

/** @returns undefined for anything that is no message */
function parse(text: string): AgentMessage | undefined {
  try {
    return agentMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
