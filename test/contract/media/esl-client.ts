import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const PATIENCE_MS = 30_000;

export type EslHeaders = ReadonlyMap<string, string>;

export interface EslMessage {
  readonly headers: EslHeaders;
  readonly body: string;
}

export interface ClientEvent {
  readonly name: string;
  readonly headers: EslHeaders;
  readonly body: string;
}

interface Waiting {
  readonly wants: (event: ClientEvent) => boolean;
  readonly found: (event: ClientEvent) => void;
}

/** A client of the event socket without any behaviour of its own, so that the wire itself is tested. */
export class EslClient {
  /** Events that came, in their order. */
  readonly events: ClientEvent[] = [];
  private buffer = Buffer.alloc(0);
  private readonly replies: ((message: EslMessage) => void)[] = [];
  private readonly queue: EslMessage[] = [];
  private readonly waiting = new Set<Waiting>();
  readonly closed: Promise<unknown>;

  private constructor(private readonly socket: Socket) {
    this.closed = once(socket, 'close');
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => undefined);
  }

  /** Connects and takes the greeting. */
  static async open(address: { host: string; port: number }): Promise<EslClient> {
    const socket = connect(address.port, address.host);
    await once(socket, 'connect');
    const client = new EslClient(socket);
    const greeting = await client.message();
    if (greeting.headers.get('Content-Type') !== 'auth/request') throw new Error('no auth/request came');
    return client;
  }

  static async signedIn(address: { host: string; port: number; password: string }): Promise<EslClient> {
    const client = await EslClient.open(address);
    const reply = await client.command(`auth ${address.password}`);
    if (reply !== '+OK accepted') throw new Error(`auth was answered ${reply}`);
    return client;
  }

  /** Sends a command. Answers the reply text. */
  async command(line: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return (await this.ask(line, headers)).headers.get('Reply-Text') ?? '';
  }

  /** Runs an API command. Answers its output. */
  async api(line: string): Promise<string> {
    return (await this.ask(`api ${line}`)).body;
  }

  /** Executes an application. Answers the reply. */
  execute(uuid: string, app: string, arg = '', headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return this.command(`sendmsg ${uuid}`, {
      'call-command': 'execute',
      'execute-app-name': app,
      'execute-app-arg': arg,
      ...headers,
    });
  }

  async ask(line: string, headers: Readonly<Record<string, string>> = {}): Promise<EslMessage> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
    this.write(`${line}\n${lines.join('')}\n`);
    return this.message();
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** The next message that is no event. */
  message(): Promise<EslMessage> {
    const present = this.queue.shift();
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer came')), PATIENCE_MS);
      this.replies.push((message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }

  /** The first event of that name that has come or will come and was not taken before, with these header values. */
  event(name: string, values: Readonly<Record<string, string>> = {}): Promise<ClientEvent> {
    const wants = (event: ClientEvent): boolean =>
      event.name === name && Object.entries(values).every(([key, value]) => event.headers.get(key) === value);
    const index = this.events.findIndex(wants);
    const present = index < 0 ? undefined : this.events.splice(index, 1)[0];
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        wants,
        found: (event) => {
          clearTimeout(timer);
          this.waiting.delete(entry);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.waiting.delete(entry);
        const came = this.events.map((each) => each.name).join(', ');
        reject(new Error(`waited in vain for ${name} ${JSON.stringify(values)}; came: ${came}`));
      }, PATIENCE_MS);
      this.waiting.add(entry);
    });
  }

  /** Names of the events of a channel that came and were not taken, in their order. */
  namesOf(uuid: string): string[] {
    return this.events.filter((each) => each.headers.get('Unique-ID') === uuid).map((each) => each.name);
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    for (;;) {
      const end = this.buffer.indexOf('\n\n');
      if (end < 0) return;
      const headers = headersOf(this.buffer.toString('utf8', 0, end));
      const length = Number(headers.get('Content-Length') ?? 0);
      if (this.buffer.length < end + 2 + length) return;
      const body = this.buffer.toString('utf8', end + 2, end + 2 + length);
      this.buffer = this.buffer.subarray(end + 2 + length);
      this.take({ headers, body });
    }
  }

  private take(message: EslMessage): void {
    const type = message.headers.get('Content-Type');
    if (type !== 'text/event-plain' && type !== 'text/event-json') {
      const reply = this.replies.shift();
      if (reply === undefined) this.queue.push(message);
      else reply(message);
      return;
    }
    const event = type === 'text/event-plain' ? plain(message.body) : json(message.body);
    for (const entry of this.waiting) {
      if (!entry.wants(event)) continue;
      entry.found(event);
      return;
    }
    this.events.push(event);
  }
}

function headersOf(text: string): Map<string, string> {
  return new Map(
    text.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
}

function plain(text: string): ClientEvent {
  const end = text.indexOf('\n\n');
  const headers = new Map([...headersOf(text.slice(0, end))].map(([name, value]) => [name, decodeURIComponent(value)]));
  return { name: headers.get('Event-Name') ?? '', headers, body: text.slice(end + 2) };
}

function json(text: string): ClientEvent {
  const headers = new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  return { name: headers.get('Event-Name') ?? '', headers, body: headers.get('_body') ?? '' };
}
