/** One page of one agent on one socket, until the socket ends. Who the agent is was proved before. */
import { agentId, conversationId, queueId, workId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import type { AgentNews } from './agent-news.js';
import type { AgentOffice } from './agent-office.js';
import type { AgentPages, AgentWriter } from './agent-pages.js';
import { agentMessage, type AgentMessage } from './agent-protocol.js';
import { createAgentWatches, type AgentWatches } from './agent-watches.js';
import type { ChatVisits } from './chat-visits.js';
import type { ConversationRunner } from './conversation-runner.js';
import type { Actor, ConversationState, DepartmentRules, TransferTarget } from './conversation-types.js';
import { ownerOf, type Conversations } from './conversations.js';
import type { MessageLog } from './message-log.js';
import { createSocketWriter, type ChatSocket } from './socket-writer.js';

export interface AgentSessionDeps {
  readonly conversations: Conversations;
  readonly messages: MessageLog;
  readonly visits: ChatVisits;
  readonly pages: AgentPages;
  readonly office: AgentOffice;
  readonly rulesOf: (department: ReturnType<typeof queueId>) => DepartmentRules | undefined;
  readonly log: Logger;
}

export interface AgentSession {
  /** A text message of the page. */
  received(text: string): void;
  /** The socket has ended. */
  ended(): void;
}

type ErrorCode = Extract<AgentNews, { type: 'error' }>['code'];
type OfChat = Extract<AgentMessage, { chat: string }>;

export function createAgentSession(socket: ChatSocket, by: Actor, deps: AgentSessionDeps): AgentSession {
  return new Session(createSocketWriter<AgentNews>(socket), by, deps);
}

class Session implements AgentSession {
  readonly #writer: AgentWriter;
  readonly #by: Actor;
  readonly #deps: AgentSessionDeps;
  readonly #watches: AgentWatches;
  readonly #leave: () => void;
  #stopOverseeing: () => void = () => undefined;

  constructor(writer: AgentWriter, by: Actor, deps: AgentSessionDeps) {
    this.#writer = writer;
    this.#by = by;
    this.#deps = deps;
    this.#watches = createAgentWatches({ writer, ...deps });
    const { agent, isSupervisor } = by;
    writer.send({ type: 'welcome', agent, name: deps.office.nameOf(agent), isSupervisor });
    this.#leave = deps.pages.open(agent, writer);
    this.#answer(deps.office.presenceOf(agent));
  }

  received(text: string): void {
    const message = parse(text);
    if (message === undefined) return this.#error('bad-message');
    switch (message.type) {
      case 'accept':
      case 'decline':
        return this.#answerOffer(message);
      case 'oversee':
        return this.#oversee(message.isOn);
      case 'colleagues':
        return this.#answer(this.#deps.office.colleagues());
      case 'presence':
        return this.#answer(this.#deps.office.setPresence(this.#by.agent, message));
      case 'unwatch':
        return this.#watches.end(conversationId(message.chat));
      default: {
        const chat = this.#deps.conversations.get(conversationId(message.chat));
        if (chat === undefined) return this.#error('no-such-chat', message);
        this.#inChat(chat, message);
      }
    }
  }

  ended(): void {
    this.#stopOverseeing();
    this.#watches.endAll();
    this.#leave();
  }

  #error(code: ErrorCode, { chat, id }: { chat?: string; id?: string } = {}): void {
    this.#writer.send({
      type: 'error',
      code,
      ...(chat === undefined ? {} : { chat }),
      ...(id === undefined ? {} : { id }),
    });
  }

  /** Of what the ledger has to say first. */
  #answer(news: Promise<AgentNews | undefined>): void {
    news
      .then((known) => (known === undefined ? undefined : this.#writer.send(known)))
      .catch((error: unknown) => {
        this.#deps.log.error({ err: error, agent: this.#by.agent }, 'an agent’s page could not be answered');
        this.#error('try-later');
      });
  }

  #answerOffer(message: Extract<AgentMessage, { work: string }>): void {
    const work = workId(message.work);
    const chat = this.#deps.conversations.find(work);
    if (chat === undefined) return this.#writer.send({ type: 'withdrawn', work, why: 'over' });
    chat.deliver({ type: message.type === 'accept' ? 'accepted' : 'declined', work, agent: this.#by.agent });
  }

  #oversee(isOn: boolean): void {
    const { agent, isSupervisor } = this.#by;
    this.#stopOverseeing();
    this.#stopOverseeing = () => undefined;
    if (!isOn) return;
    if (!isSupervisor) return this.#error('no-supervisor');
    this.#stopOverseeing = this.#deps.pages.oversee(agent, this.#writer);
  }

  /** A supervisor is one for the chats of their own teams alone. */
  #actorIn(state: ConversationState): Actor {
    const { agent, isSupervisor } = this.#by;
    return { agent, isSupervisor: isSupervisor && this.#deps.office.isOverseen(state, agent) };
  }

  #inChat(chat: ConversationRunner, message: Exclude<OfChat, { type: 'unwatch' }>): void {
    const by = this.#actorIn(chat.state);
    const { id } = chat.state;
    switch (message.type) {
      case 'watch':
        return this.#watch(chat, message.after ?? 0);
      case 'message':
      case 'note':
        return this.#write(chat, message);
      case 'typing':
        if (ownerOf(chat.state) === by.agent) {
          this.#deps.visits.agentTypes(id, this.#deps.office.nameOf(by.agent), message.isTyping);
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
        if (!this.#maySee(chat.state)) return this.#error('not-yours', message);
        return chat.deliver({ type: 'reopen', agent: by.agent });
      case 'take':
        return chat.deliver({ type: 'take', by });
      case 'close':
        return chat.deliver({ type: 'close', by: { kind: 'agent', ...by } });
    }
  }

  /** Who has a chat, had it last, or is asked to take it, sees it; supervisors see those of their teams. */
  #maySee(state: ConversationState): boolean {
    const { agent, isSupervisor } = this.#actorIn(state);
    const { phase } = state;
    if (isSupervisor || ownerOf(state) === agent || state.lastAgent === agent) return true;
    if (phase.name === 'offered') return phase.offers.has(agent);
    return phase.name === 'talking' && phase.transfer?.to === agent;
  }

  #watch({ state }: ConversationRunner, after: number): void {
    if (!this.#maySee(state)) return this.#error('not-yours', { chat: state.id });
    this.#watches.begin(state.id, after);
    this.#writer.sendLatest(`replies ${state.id}`, this.#deps.office.repliesFor(state, this.#by.agent));
  }

  /** To the visitor only whose chat it is writes; notes may be left by whoever sees the chat. */
  #write(chat: ConversationRunner, message: Extract<OfChat, { type: 'message' | 'note' }>): void {
    const { agent } = this.#by;
    const isNote = message.type === 'note';
    if (isNote ? !this.#maySee(chat.state) : ownerOf(chat.state) !== agent) return this.#error('not-yours', message);
    const result = this.#deps.messages.append(chat.state.id, {
      from: { kind: 'agent', agent },
      body: { kind: 'text', text: message.text },
      audience: isNote ? 'agents' : 'everybody',
      clientId: message.id,
    });
    if (result.type === 'refused') return this.#error('try-later', message);
    if (result.type === 'appended' && !isNote) chat.deliver({ type: 'agent-wrote', agent });
    const receipt: AgentNews = { type: 'receipt', chat: chat.state.id, id: message.id, seq: result.seq };
    void result.stored.then(() => this.#writer.send(receipt));
  }

  #transfer(chat: ConversationRunner, message: Extract<OfChat, { type: 'transfer' }>): void {
    const { to, note } = message;
    const target = this.#targetOf(to);
    if (target === undefined) return this.#error('no-such-department', message);
    const by = this.#actorIn(chat.state);
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
