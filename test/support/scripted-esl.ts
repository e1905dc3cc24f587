/** An event socket that says what the test tells it to: a media server without media. Loopback only. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface EslCommandSeen {
  /** First line, as `api status`. */
  readonly line: string;
  /** The lines after it, as a `sendmsg` has them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Nothing until {@link ScriptedEsl.sayAtLast}. */
export const silence = Symbol('silence');
type Answer = string | typeof silence;

export class ScriptedEsl {
  readonly password = 'right';
  /** Everything that came, passwords left out. */
  readonly seen: EslCommandSeen[] = [];
  /** Attempts to connect, and passwords that were offered. */
  connections = 0;
  readonly passwords: string[] = [];
  core = 'core-1';
  /** Body of the answer to an api command, or reply text of another one; `+OK` unless set. */
  answers: (command: EslCommandSeen) => Answer | undefined = () => undefined;
  /** What comes instead of the request for a password. */
  rejection: string | undefined;
  #server: Server;
  #sockets = new Set<Socket>();
  #unanswered: ((answer: string) => void)[] = [];
  readonly port: number;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => this.#onConnection(socket));
  }

  static async listen(): Promise<ScriptedEsl> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedEsl(server);
  }

  get address() {
    return { host: '127.0.0.1', port: this.port, password: this.password };
  }

  /** Lines of the commands that came, probes left out. */
  get lines(): string[] {
    return this.seen.map(({ line }) => line).filter((line) => !/^api (status|fsctl|global_getvar|show)/.test(line));
  }

  event(name: string, headers: Readonly<Record<string, string>> = {}): void {
    const body = JSON.stringify({ 'Event-Name': name, 'Core-UUID': this.core, ...headers });
    const text = `Content-Length: ${String(Buffer.byteLength(body))}\nContent-Type: text/event-json\n\n${body}`;
    for (const socket of this.#sockets) socket.write(text);
  }

  /** Answers what was met with silence, late. */
  sayAtLast(answer: string): void {
    for (const say of this.#unanswered.splice(0)) say(answer);
  }

  /** As a server that is killed: connections break, nobody listens any more. */
  async die(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.hangUp();
    await closed;
  }

  async revive(): Promise<void> {
    this.#server = createServer((socket) => this.#onConnection(socket)).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Connections break; it goes on listening. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #onConnection(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    let text = '';
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#onCommand(socket, text.slice(0, end));
        text = text.slice(end + 2);
      }
    });
    socket.write(this.rejection ?? 'Content-Type: auth/request\n\n');
  }

  #onCommand(socket: Socket, text: string): void {
    const [line = '', ...rest] = text.replace(/^\n+/, '').split('\n');
    const reply = (words: string): unknown => socket.write(`Content-Type: command/reply\nReply-Text: ${words}\n\n`);
    if (line.startsWith('auth ')) {
      this.passwords.push(line.slice(5));
      return void reply(line === `auth ${this.password}` ? '+OK accepted' : '-ERR invalid');
    }
    const headers = Object.fromEntries(rest.map((each) => each.split(/: (.*)/s).slice(0, 2) as [string, string]));
    const command = { line, headers };
    this.seen.push(command);
    const answer = this.answers(command) ?? this.#usual(line);
    const say = (words: string): void => {
      if (!line.startsWith('api ')) return void reply(words);
      const body = `${words}\n`;
      socket.write(`Content-Type: api/response\nContent-Length: ${String(Buffer.byteLength(body))}\n\n${body}`);
    };
    if (answer === silence) this.#unanswered.push(say);
    else say(answer);
  }

  #usual(line: string): string {
    if (line === 'api global_getvar core_uuid') return this.core;
    if (line === 'api status') return 'FreeSWITCH is ready\n0 session(s) - peak 1, last 5min 1';
    if (line.startsWith('api fsctl pause_check')) return 'false';
    if (line === 'api show channels as json') return '{"row_count":0}';
    return '+OK';
  }
}
