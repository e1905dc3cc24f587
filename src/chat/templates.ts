/**
 * The site's own texts, per language, with names filled in: `You are now talking to {agent}.` Text is text: nothing in
 * it, nor in a name that is filled in, is ever markup, and whoever shows it shows it as it stands.
 */
import type { ChatConfig } from '../config/chat-config.js';
import type { MessageName } from './conversation-types.js';

/** By language tag (`es`, `pt-BR`), then by name; an empty text says nothing at that point. */
export type MessageTexts = ChatConfig['texts'];

/** What may stand in braces. */
export type Fillings = Readonly<Partial<Record<'agent' | 'department' | 'place' | 'visitor', string>>>;

const builtIn = {
  en: {
    welcome: 'Welcome to {department}. How can we help?',
    outOfHours: 'We are closed at the moment. Leave your message here, and write again during our hours.',
    atCapacity: 'Everybody is busy at the moment. You are number {place} in line.',
    agentJoined: 'You are now talking to {agent}.',
    agentLeft: '{agent} has left the chat.',
    closed: 'This chat is closed. Write again to reopen it.',
  },
  es: {
    welcome: 'Le damos la bienvenida a {department}. ¿En qué podemos ayudarle?',
    outOfHours: 'Ahora estamos cerrados. Deje aquí su mensaje y vuelva a escribirnos en nuestro horario.',
    atCapacity: 'Todas las personas del equipo están ocupadas. Su turno es el número {place}.',
    agentJoined: 'Ahora habla con {agent}.',
    agentLeft: '{agent} ha dejado el chat.',
    closed: 'Este chat está cerrado. Escriba de nuevo para reabrirlo.',
  },
} as const satisfies MessageTexts;

/**
 * @param languages what the visitor reads, best first (`['es-MX', 'en']`); then the site's own language
 * @returns `undefined` when the site says nothing at this point
 */
export function messageText(
  name: MessageName,
  options: { texts: MessageTexts; languages: readonly string[]; fillings: Fillings },
): string | undefined {
  const template = findTemplate(name, options.texts, options.languages);
  if (template === '') return undefined;
  return fill(template, options.fillings);
}

/** The best language wins over where a text comes from; within one, the site's text wins over ours. */
function findTemplate(name: MessageName, texts: MessageTexts, languages: readonly string[]): string {
  for (const language of languages.flatMap(fallbacksOf)) {
    const found = ownText(texts, language, name) ?? ownText(builtIn, language, name);
    if (found !== undefined) return found;
  }
  return ownText(texts, 'en', name) ?? builtIn.en[name];
}

function ownText(texts: MessageTexts, language: string, name: MessageName): string | undefined {
  return Object.hasOwn(texts, language) ? texts[language]?.[name] : undefined;
}

/** `pt-BR`, then `pt` (RFC 4647 §3.4). */
export function fallbacksOf(language: string): readonly string[] {
  const parts = language.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

/** In one pass, so that braces within a filling stay what they are; a name without a filling leaves nothing. */
export function fill(template: string, fillings: Fillings): string {
  return template.replace(/\{(agent|department|place|visitor)\}/g, (_, name: keyof Fillings) => fillings[name] ?? '');
}
