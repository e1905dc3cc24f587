import { Buffer } from 'node:buffer';
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { jsonEvent, plainEvent, type EslEvent, type EventBus } from './esl-event.js';
import { EslFramer, type EslCommand } from './esl-framer.js';

/** What a connection can have done. */
export interface EslHandlers {
  /** Runs an API command. Answers its output. */
  readonly api: (command: string) => string;
  /** Takes a message for a channel. Answers the reply. */
  readonly sendMessage: (uuid: string, headers: ReadonlyMap<string, string>) => string;
}

export interface EslConnectionOptions extends EslHandlers {
  readonly socket: Socket;
  readonly password: string;
  readonly events: EventBus;
  readonly closed: () => void;
}

const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
export const NOT_SUPPORTED = '-ERR command not supported by the embedded media server';
/** A client that reads so little is of no use. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;
/** Milliseconds that a client has to sign in. */
const SIGN_IN_MS = 60_000;

/** One client of the event socket (mod_event_socket, inbound mode). */
export class EslConnection {
  private isSignedIn = false;
  private isClosed = false;
  private readonly framer = new EslFramer();
  /** Undefined while no events are wanted. */
  private wanted: Set<string> | undefined;
  private format: 'plain' | 'json' = 'plain';
  private filters: { readonly header: string; readonly value: string }[] = [];
  private readonly stopListening: () => void;

  constructor(private readonly options: EslConnectionOptions) {
    const { socket, events } = options;
    socket.setNoDelay(true);
    socket.setTimeout(SIGN_IN_MS, () => {
      if (!this.isSignedIn) socket.destroy();
    });
    this.stopListening = events.listen({
      wants: (name) => this.wanted?.has('ALL') === true || this.wanted?.has(name) === true,
      take: (event) => this.deliver(event),
    });
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.isClosed = true;
      this.stopListening();
      options.closed();
    });
    this.write('Content-Type: auth/request\n\n');
  }

  /** Ends the connection as FreeSWITCH does when it goes down. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopListening();
    const { socket } = this.options;
    socket.end(`Content-Type: text/disconnect-notice\nContent-Length: ${String(GOODBYE.length)}\n\n${GOODBYE}`);
    // A client that does not close its side must not keep the server.
    socket.setTimeout(1000, () => socket.destroy());
  }

  private receive(chunk: Buffer): void {
    const commands = this.framer.push(chunk);
    if (commands === undefined) return this.close();
    for (const command of commands) {
      if (this.isClosed) return;
      this.obey(command);
    }
  }

  private obey(command: EslCommand): void {
    const { line } = command;
    const verb = /^\S*/.exec(line)?.[0].toLowerCase() ?? '';
    const rest = line.slice(verb.length).trim();
    if (verb === 'exit') {
      this.reply('+OK bye');
      this.close();
    } else if (!this.isSignedIn) this.signIn(verb, rest);
    else if (verb === 'api') this.respond(this.options.api(rest));
    else if (verb === 'bgapi') this.runJob(rest, command.headers.get('job-uuid'));
    else this.reply(this.answerTo(verb, rest, command));
  }

  private answerTo(verb: string, rest: string, command: EslCommand): string {
    switch (verb) {
      case 'event':
        return this.subscribe(rest);
      case 'nixevent':
        for (const name of words(rest)) this.wanted?.delete(name.toUpperCase());
        return '+OK events nixed';
      case 'noevents': {
        const hadSome = this.wanted !== undefined;
        this.wanted = undefined;
        return hadSome ? '+OK no longer listening for events' : '-ERR not listening for events';
      }
      case 'filter':
        return this.filter(rest);
      case 'sendmsg':
        return this.options.sendMessage(rest, command.headers);
      case 'log':
      case 'nolog':
      case 'linger':
      case 'nolinger':
      case 'sendevent':
      case 'myevents':
      case 'divert_events':
      case 'connect':
        return NOT_SUPPORTED;
      default:
        return '-ERR command not found';
    }
  }

  private signIn(verb: string, password: string): void {
    if (verb !== 'auth') return this.reply('-ERR command not found');
    if (isSame(password, this.options.password)) {
      this.isSignedIn = true;
      return this.reply('+OK accepted');
    }
    this.reply('-ERR invalid');
    this.close();
  }

  private subscribe(text: string): string {
    const [first, ...others] = words(text);
    const format = first?.toLowerCase();
    if (format === 'xml') return NOT_SUPPORTED;
    if (format === 'plain' || format === 'json') this.format = format;
    const names = format === 'plain' || format === 'json' ? others : words(text);
    if (names.length === 0) return '-ERR no keywords supplied';
    this.wanted ??= new Set();
    for (const name of names) this.wanted.add(name.toUpperCase());
    return `+OK event listener enabled ${this.format}`;
  }

  private filter(text: string): string {
    const [verb, ...others] = words(text);
    if (verb?.toLowerCase() === 'delete' && others.length > 0) return this.deleteFilter(others);
    const [header, ...value] = verb?.toLowerCase() === 'add' ? others : words(text);
    if (header === undefined || value[0] === undefined) return '-ERR invalid syntax';
    this.filters.push({ header, value: value.join(' ') });
    return `+OK filter added. [${header}]=[${value.join(' ')}]`;
  }

  private deleteFilter(words: readonly string[]): string {
    const [header = '', ...rest] = words;
    const value = rest.join(' ');
    this.filters = this.filters.filter((each) => {
      if (header.toLowerCase() === 'all') return false;
      return each.header.toLowerCase() !== header.toLowerCase() || (value !== '' && each.value !== value);
    });
    return `+OK filter deleted. [${header}][${value}]`;
  }

  /** With filters, an event goes out when any of them fits. */
  private passes(event: EslEvent): boolean {
    if (this.filters.length === 0) return true;
    return this.filters.some(({ header, value }) => event.headers.get(header)?.toLowerCase() === value.toLowerCase());
  }

  private deliver(event: EslEvent): void {
    if (this.isClosed || !this.passes(event)) return;
    if (this.options.socket.writableLength > MAX_UNSENT_BYTES) {
      this.options.socket.destroy();
      return;
    }
    const body = this.format === 'json' ? jsonEvent(event) : plainEvent(event);
    const head = `Content-Length: ${String(Buffer.byteLength(body))}\nContent-Type: text/event-${this.format}\n\n`;
    this.write(head + body);
  }

  private runJob(command: string, wantedId: string | undefined): void {
    const job = wantedId !== undefined && wantedId !== '' ? wantedId : randomUUID();
    this.write(`Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${job}\nJob-UUID: ${job}\n\n`);
    const [name = '', ...args] = words(command);
    // In its own turn, as in FreeSWITCH the job is a thread of its own.
    setImmediate(() => {
      const output = this.options.api(command);
      const headers: [string, string][] = [
        ['Job-UUID', job],
        ['Job-Command', name],
      ];
      if (args.length > 0) headers.push(['Job-Command-Arg', args.join(' ')]);
      this.options.events.fire('BACKGROUND_JOB', () => headers, output);
    });
  }

  private respond(output: string): void {
    const body = output === '' ? '-ERR no reply\n' : output;
    this.write(`Content-Type: api/response\nContent-Length: ${String(Buffer.byteLength(body))}\n\n${body}`);
  }

  private reply(text: string): void {
    this.write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
  }

  private write(text: string): void {
    if (!this.isClosed) this.options.socket.write(text);
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((each) => each !== '');
}

/** Compares in a time that tells nothing about the password. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
