/** Names in the ledger that are chats': of their lines, and of the work of each. */
import type { ChatConfig } from '../config/chat-config.js';
import { conversationId, workId, type ConversationId, type QueueId, type WorkId } from '../kernel/ids.js';
import { isPersonalLine } from './personal-line.js';

/** The nth work of a chat: each time that it asks for room anew. */
export function chatWork(chat: ConversationId, number: number): WorkId {
  return workId(`${chat}/${number}`);
}

/** From 1 in each chat. */
export function workNumber(work: WorkId): number {
  return Number(work.slice(work.lastIndexOf('/') + 1));
}

/** Also true of chats that other controllers have, or that are over. */
export function isChatWork(work: WorkId): boolean {
  return /\/\d+$/.test(work);
}

/** Whose work it is; of no use for what is no chat's. */
export function chatOf(work: WorkId): ConversationId {
  return conversationId(work.slice(0, Math.max(0, work.lastIndexOf('/'))));
}

/**
 * Tells the lines of departments, and of one person each. One that a reload has dropped is told all the same: its last chats
 * are in it for a while, and nobody else may take them for theirs.
 */
export function createChatLines(chat: () => ChatConfig | undefined): (queue: QueueId) => boolean {
  const known = new Set<QueueId>();
  const isChatLine = (queue: QueueId): boolean => {
    for (const department of chat()?.departments.keys() ?? []) known.add(department);
    return isPersonalLine(queue) || known.has(queue);
  };
  return isChatLine;
}
