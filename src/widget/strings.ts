/** The widget's own words, by language. */
const en = {
  title: 'Chat with us',
  open: 'Open chat',
  hide: 'Hide chat',
  unreadOne: '1 new message',
  unread: '{count} new messages',
  transcript: 'Messages',
  message: 'Your message',
  write: 'Write a message …',
  send: 'Send',
  attach: 'Attach a file',
  end: 'End chat',
  endAsk: 'End this chat?',
  endYes: 'End it',
  endNo: 'Go on',
  beginAnew: 'Start a new chat',
  connecting: 'Connecting …',
  lost: 'The connection was lost. Trying again; what you write will be sent then.',
  waiting: 'Somebody will be with you soon.',
  inLine: 'You are number {place} in line.',
  talking: 'You are talking to {agent}.',
  closed: 'This chat is closed. Write again to reopen it.',
  typing: '{agent} is writing …',
  you: 'You',
  agent: 'Agent',
  site: 'Notice',
  sending: 'Sending …',
  sent: 'Sent',
  received: 'Delivered',
  read: 'Read',
  refused: 'Not sent',
  fileTooLarge: 'Files may have up to {size}.',
  fileUnreadable: 'This file cannot be read.',
  download: 'Download {name}, {size}',
};

export type Strings = Readonly<typeof en>;

const es: Strings = {
  title: 'Hable con nosotros',
  open: 'Abrir el chat',
  hide: 'Ocultar el chat',
  unreadOne: '1 mensaje nuevo',
  unread: '{count} mensajes nuevos',
  transcript: 'Mensajes',
  message: 'Su mensaje',
  write: 'Escriba un mensaje …',
  send: 'Enviar',
  attach: 'Adjuntar un archivo',
  end: 'Terminar el chat',
  endAsk: '¿Terminar este chat?',
  endYes: 'Terminar',
  endNo: 'Seguir',
  beginAnew: 'Empezar otro chat',
  connecting: 'Conectando …',
  lost: 'Se ha perdido la conexión. Lo intentamos de nuevo; lo que escriba se enviará entonces.',
  waiting: 'Enseguida le atenderá alguien.',
  inLine: 'Su turno es el número {place}.',
  talking: 'Está hablando con {agent}.',
  closed: 'Este chat está cerrado. Escriba de nuevo para reabrirlo.',
  typing: '{agent} está escribiendo …',
  you: 'Usted',
  agent: 'Agente',
  site: 'Aviso',
  sending: 'Enviando …',
  sent: 'Enviado',
  received: 'Entregado',
  read: 'Leído',
  refused: 'No enviado',
  fileTooLarge: 'Los archivos pueden tener hasta {size}.',
  fileUnreadable: 'No se puede leer este archivo.',
  download: 'Descargar {name}, {size}',
};

export interface Wording {
  readonly language: string;
  /** For times and numbers: the language, and where it is known the country. */
  readonly locale: string;
  readonly strings: Strings;
}

const languages: Readonly<Record<string, Strings>> = { en, es };

/**
 * @param wanted language tags, best first: `es-MX` is served with `es`
 * @returns English where none of them is known
 */
export function stringsFor(wanted: readonly string[]): Wording {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split(/[-_]/, 1)[0] ?? '';
    const strings = Object.hasOwn(languages, language) ? languages[language] : undefined;
    if (strings !== undefined) return { language, locale: isLocale(tag) ? tag : language, strings };
  }
  return { language: 'en', locale: 'en', strings: en };
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/** Text is text: what is filled in is not looked at again. */
export function fill(template: string, fillings: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(fillings[name] ?? whole));
}
