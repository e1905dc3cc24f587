import { expect, it } from 'vitest';
import { messageText, type MessageTexts } from './templates.js';

const texts: MessageTexts = {
  en: { agentJoined: 'Here is {agent} of {department}.', closed: '' },
  'pt-BR': { welcome: 'Oi, {visitor}!' },
  pt: { welcome: 'Olá, {visitor}!' },
};

it.each([
  ['the site words it', 'agentJoined', ['en'], { agent: 'Ana', department: 'Sales' }, 'Here is Ana of Sales.'],
  ['the best language wins', 'agentJoined', ['es', 'en'], { agent: 'Ana' }, 'Ahora habla con Ana.'],
  ['the region wins over its language', 'welcome', ['pt-BR'], { visitor: 'Rui' }, 'Oi, Rui!'],
  ['a region falls back to its language', 'welcome', ['pt-AO'], { visitor: 'Rui' }, 'Olá, Rui!'],
  ['an unknown language falls back to English', 'atCapacity', ['xx'], { place: '3' }, /number 3 in line/],
  ['a language tag that is a name of Object is none', 'agentLeft', ['constructor'], { agent: 'Ana' }, /^Ana has left/],
  ['an empty text says nothing', 'closed', ['en'], {}, undefined],
  ['what has no filling leaves nothing', 'agentLeft', ['en'], {}, ' has left the chat.'],
  ['braces in a name stay', 'agentLeft', ['en'], { agent: '{place}', place: '9' }, '{place} has left the chat.'],
  ['$ in a name stays', 'agentLeft', ['en'], { agent: '$&' }, '$& has left the chat.'],
  ['markup is text', 'agentLeft', ['en'], { agent: '<b>A</b>' }, '<b>A</b> has left the chat.'],
] as const)('%s', (_, name, languages, fillings, expected) => {
  const text = messageText(name, { texts, languages, fillings });
  if (expected instanceof RegExp) expect(text).toMatch(expected);
  else expect(text).toBe(expected);
});
