/** What a chat center has with the other controllers of its site: who runs which chat, and pages that come to one for a chat on another. */
import { agentId, type ConversationId } from '../kernel/ids.js';
import type { Charges } from '../ledger/charges.js';
import type { AgentPages } from './agent-pages.js';
import { relayAgent } from './agent-relay.js';
import { createAgentSession, type AgentSession, type AgentSessionDeps } from './agent-session.js';
import type { ChatCustody } from './chat-custody.js';
import { createChatPeers, type ChatPeers, type GuestSession } from './chat-peers.js';
import type { Actor } from './conversation-types.js';
import type { PeerBus } from './peer-bus.js';
import type { Guest } from './peer-frame.js';
import type { ChatSocket } from './socket-writer.js';
import { relayVisitor } from './visitor-relay.js';
import { createVisitorSession, type VisitorSession, type VisitorSessionDeps } from './visitor-session.js';

/** Absent where a controller is alone. */
export interface SharedSite {
  readonly charges: Charges;
  readonly bus: PeerBus;
  /** Whether what is said is kept where the others can read it: then they go on with chats of one that dies, or stops. */
  readonly handsOn: boolean;
}

export interface ChatSessions {
  visitorCame(socket: ChatSocket, address: string): VisitorSession;
  agentCame(socket: ChatSocket, by: Actor): AgentSession;
  /** Has the other controllers end what they run of a customer. Resolves when they have, or are lost. */
  endElsewhere(customer: string): Promise<void>;
  stop(): void;
}

interface ChatSessionsDeps {
  readonly shared: SharedSite | undefined;
  readonly custody: Pick<ChatCustody, 'elsewhere'>;
  readonly visitor: Omit<VisitorSessionDeps, 'relay'>;
  readonly agent: AgentSessionDeps;
  /** Ends what runs here of a customer; resolves when what was said is written down. */
  readonly endHere: (customer: string) => Promise<void>;
}

export function createChatSessions(deps: ChatSessionsDeps): ChatSessions {
  const { shared, visitor, agent, custody } = deps;
  const { clock, log } = visitor;
  const { conversations } = agent;
  const peers =
    shared &&
    createChatPeers({ bus: shared.bus, clock, log, welcome: (guest, socket) => welcome(guest, socket, deps) });
  return {
    visitorCame: (socket, address) =>
      createVisitorSession(socket, address, {
        ...visitor,
        relay: (node, from, page) => relayVisitor({ node, address: from, socket: page }, peers),
      }),
    agentCame(socket, by) {
      const open = (page: ChatSocket): AgentSession => createAgentSession(page, by, agent);
      if (peers === undefined) return open(socket);
      const isHere = (chat: ConversationId): boolean => conversations.get(chat) !== undefined;
      return relayAgent(socket, by, { peers, isHere, elsewhere: (chat) => custody.elsewhere(chat), open, log });
    },
    async endElsewhere(customer) {
      await Promise.all((peers?.nodes() ?? []).map((node) => askToEnd(customer, node, peers)));
    },
    stop: () => peers?.stop(),
  };
}

/** A page that has come to another controller, for a chat that runs here. */
function welcome(guest: Guest, socket: ChatSocket, { visitor, agent, endHere }: ChatSessionsDeps): GuestSession {
  switch (guest.kind) {
    case 'visitor':
      // It is sent on from where it has come, not from here.
      return createVisitorSession(socket, guest.address, { ...visitor, relay: () => undefined });
    case 'agent': {
      const pages: AgentPages = { ...agent.pages, open: (name, writer) => agent.pages.openElsewhere(name, writer) };
      const by = { agent: agentId(guest.agent), isSupervisor: guest.isSupervisor };
      return createAgentSession(socket, by, { ...agent, pages });
    }
    case 'eraser':
      return {
        received: (customer) => endHere(customer).then(() => socket.send('ended')),
        ended: () => undefined,
      };
  }
}

function askToEnd(customer: string, node: string, peers: ChatPeers | undefined): Promise<void> {
  return new Promise((resolve) => {
    const link = peers?.open(
      node,
      { kind: 'eraser' },
      {
        text(_, done) {
          done();
          link?.end();
          resolve();
        },
        ended: resolve,
      },
    );
    if (link === undefined) resolve();
    else link.send(customer);
  });
}
