/** What agents' pages ask beside their chats: who they are, who else is there, what to answer, whose chats they oversee. */
import type { ChatRouting } from '../config/chat-config.js';
import type { AgentId } from '../kernel/ids.js';
import type { AgentSnapshot, Ledger, Presence } from '../ledger/ledger.js';
import type { ChatFacts } from '../routing/rules.js';
import type { AgentNews } from './agent-news.js';
import type { AgentMessage } from './agent-protocol.js';
import { fittingReplies } from './canned-replies.js';
import type { ConversationState } from './conversation-types.js';
import { isOverseen, type ChatStaff } from './oversight.js';

export interface AgentOffice {
  readonly nameOf: (agent: AgentId) => string;
  readonly isOverseen: (state: ConversationState, by: AgentId) => boolean;
  presenceOf(agent: AgentId): Promise<AgentNews | undefined>;
  /** @returns what the agent is now, and is to become when free */
  setPresence(agent: AgentId, wish: Extract<AgentMessage, { type: 'presence' }>): Promise<AgentNews | undefined>;
  colleagues(): Promise<AgentNews>;
  /** Canned replies for this chat, as this agent would give them. */
  repliesFor(state: ConversationState, agent: AgentId): AgentNews;
}

export interface AgentOfficeDeps {
  readonly ledger: Ledger;
  readonly routing: () => ChatRouting;
  readonly staff: () => ChatStaff;
  readonly factsOf: (state: ConversationState) => ChatFacts | undefined;
}

export function createAgentOffice({ ledger, routing, staff, factsOf }: AgentOfficeDeps): AgentOffice {
  const nameOf = (agent: AgentId): string => staff().agents.get(agent)?.name ?? agent;

  async function presenceOf(agent: AgentId): Promise<AgentNews | undefined> {
    const { agents } = await ledger.snapshot();
    const found = agents.find((one) => one.agent === agent);
    return found === undefined ? undefined : presenceNews(found.presence, found.pending);
  }

  return {
    nameOf,
    isOverseen: (state, by) => isOverseen(state, by, { staff: staff(), departments: routing().chat.departments }),
    presenceOf,
    async setPresence(agent, { to, whenFree = false }) {
      const result = await ledger.setPresence({ agent, presence: to, whenFree });
      // What is pending stands beside what is: only the ledger knows both.
      return result.type === 'unknown-agent' ? undefined : presenceOf(agent);
    },
    async colleagues() {
      const { agents } = await ledger.snapshot();
      const departments = [...routing().chat.departments.values()];
      return {
        type: 'colleagues',
        agents: agents.filter(({ agent }) => staff().agents.has(agent)).map((one) => colleague(one, nameOf)),
        departments: departments.map(({ id, name }) => ({ department: id, name })),
      };
    },
    repliesFor(state, agent) {
      const { chat } = routing();
      const facts = factsOf(state);
      const visitor = facts?.customer?.name ?? state.visitor.customer;
      const { department } = state;
      const replies = fittingReplies(chat.replies, {
        department: department?.queue,
        languages: [...(facts?.languages ?? []), chat.language],
        fillings: {
          agent: nameOf(agent),
          ...(department === undefined ? {} : { department: department.name }),
          ...(visitor === undefined ? {} : { visitor }),
        },
      });
      return { type: 'replies', chat: state.id, replies };
    },
  };
}

function presenceNews(presence: Presence, pending: Presence | undefined): AgentNews {
  return { type: 'presence', presence, ...(pending === undefined ? {} : { pending }) };
}

function colleague(
  { agent, presence, absences, reachable, channelsOff, holds }: AgentSnapshot,
  nameOf: (agent: AgentId) => string,
) {
  return {
    agent,
    name: nameOf(agent),
    presence: presence.state,
    isThere:
      presence.state === 'available' &&
      (absences ?? []).length === 0 &&
      reachable.includes('chat') &&
      !channelsOff.includes('chat'),
    chats: holds.filter(({ channel, state }) => channel === 'chat' && state === 'active').length,
  };
}
