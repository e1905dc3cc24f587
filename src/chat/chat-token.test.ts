import { expect, it } from 'vitest';
import { createChatTokens, type Claims } from './chat-token.js';

const tokens = createChatTokens('secret');
const visitor: Claims = { kind: 'visitor', conversation: 'c', exp: 1000 };
const signed = tokens.sign(visitor);
const [payload, signature] = signed.split('.') as [string, string];
const other = Buffer.from(JSON.stringify({ ...visitor, conversation: 'd' })).toString('base64url');

it('knows its own', () => {
  expect(tokens.verify(signed, 'visitor', 999)).toEqual(visitor);
});

it.each([
  ['too late', signed, 'visitor', 1000],
  ['of another kind', signed, 'agent', 0],
  ['for another conversation', `${other}.${signature}`, 'visitor', 0],
  ['signed with another secret', createChatTokens('other').sign(visitor), 'visitor', 0],
  ['without a signature', payload, 'visitor', 0],
  ['with an empty signature', `${payload}.`, 'visitor', 0],
  ['with more behind it', `${signed}.x`, 'visitor', 0],
  ['that is no token', '', 'visitor', 0],
  ['that is signed, and no claims', tokens.sign({ kind: 'visitor' } as Claims), 'visitor', 0],
  ['that is endless', `${'x'.repeat(10_000)}.y`, 'visitor', 0],
] as const)('refuses one %s', (_, token, kind, nowMs) => {
  expect(tokens.verify(token, kind, nowMs)).toBeUndefined();
});
