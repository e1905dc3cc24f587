import { expect, it } from 'vitest';
import type { ChatConfig } from '../config/chat-config.js';
import { agentId, conversationId, queueId, workId } from '../kernel/ids.js';
import { chatConfig } from '../../test/chat/chat-config.js';
import { chatOf, chatWork, createChatLines, isChatWork } from './chat-works.js';
import { personalLine } from './personal-line.js';

const chat = conversationId('0b9c6d2e-3a70-4b73-9d0f-5e8a0c9f7a11');

it('knows the work of chats, and whose it is', () => {
  expect(isChatWork(chatWork(chat, 12))).toBe(true);
  expect(chatOf(chatWork(chat, 12))).toBe(chat);
});

it.each([chat, `${chat}~2`, `${chat}/dial`, `${chat}@ana`])('takes no call for a chat: %s', (work) => {
  expect(isChatWork(workId(work))).toBe(false);
});

it('knows the lines of departments and of persons', () => {
  const lines = [queueId('support'), personalLine(agentId('ana')), queueId('phones')];
  let chat: ChatConfig | undefined = chatConfig();
  const isChatLine = createChatLines(() => chat);
  expect(lines.map(isChatLine)).toEqual([true, true, false]);
  chat = chatConfig({ departments: new Map() });
  expect(lines.map(isChatLine), 'dropped by a reload').toEqual([true, true, false]);
  expect(lines.map(createChatLines(() => undefined))).toEqual([false, true, false]);
});
