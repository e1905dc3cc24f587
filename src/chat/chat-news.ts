/** A chat as agents' pages are told of it. */
import type { ChatFacts } from '../routing/rules.js';
import type { ChatNews } from './agent-news.js';
import type { ConversationState } from './conversation-types.js';
import { ownerOf } from './conversations.js';

/** @param facts of its visitor, while they are known here */
export function chatNews(state: ConversationState, facts: ChatFacts | undefined): ChatNews {
  const { id, phase, visitor, sinceMs, department } = state;
  const agent = ownerOf(state);
  const [language] = facts?.languages ?? [];
  const name = facts?.customer?.name;
  return {
    type: 'chat',
    chat: id,
    phase: phase.name,
    visitorIsThere: visitor.isConnected,
    sinceMs,
    ...(agent === undefined ? {} : { agent }),
    ...(department === undefined ? {} : { department: department.queue }),
    ...(phase.name === 'waiting' && phase.place !== undefined ? { place: phase.place } : {}),
    ...(phase.name === 'offered' ? { offeredTo: [...phase.offers.keys()] } : {}),
    ...(visitor.customer === undefined ? {} : { customer: visitor.customer }),
    ...(name === undefined ? {} : { name }),
    ...(facts?.page === undefined ? {} : { page: facts.page }),
    ...(language === undefined ? {} : { language }),
  };
}
