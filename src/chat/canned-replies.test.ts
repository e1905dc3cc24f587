import { expect, it } from 'vitest';
import type { CannedReply } from '../config/chat-config.js';
import { queueId } from '../kernel/ids.js';
import { fittingReplies } from './canned-replies.js';

const help = queueId('help');
const sales = queueId('sales');

const replies: readonly CannedReply[] = [
  { shortcut: 'hi', texts: { en: 'Hi, {agent} of {department} here.', es: 'Hola, soy {agent}.', 'es-MX': 'Qué tal' } },
  { shortcut: 'ticket', texts: { '*': 'Ref. {visitor}' } },
  { shortcut: 'price', texts: { de: 'Preis' }, departments: [sales] },
  { shortcut: 'none', texts: {} },
];
const fillings = { agent: 'Ana', department: 'Help', visitor: 'Rosa {agent}' };

it.each([
  ['the language of the visitor', help, ['es-ES', 'en'], ['hi Hola, soy Ana.', 'ticket Ref. Rosa {agent}']],
  ['the country, where there is a text for it', help, ['es-mx'], ['hi Qué tal', 'ticket Ref. Rosa {agent}']],
  ['the next language', help, ['fr', 'en'], ['hi Hi, Ana of Help here.', 'ticket Ref. Rosa {agent}']],
  [
    'what there is, and the department',
    sales,
    ['fr'],
    ['hi Hi, Ana of Help here.', 'ticket Ref. Rosa {agent}', 'price Preis'],
  ],
])('goes by %s', (_, department, languages, expected) => {
  const fitting = fittingReplies(replies, { department, languages, fillings });
  expect(fitting.map(({ shortcut, text }) => `${shortcut} ${text}`)).toEqual(expected);
});
