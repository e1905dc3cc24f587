/** A SIP phone with sound for tests: it registers, calls, is called, holds, transfers, speaks tones and listens for them. */
import { randomBytes } from 'node:crypto';
import { createClientTransactions, type ClientTransactions } from '../../src/cli/demo/sip/client-transactions.js';
import { addDigestAnswer } from '../../src/cli/demo/sip/digest-answer.js';
import { newTag, responseTo } from '../../src/cli/demo/sip/responses.js';
import { createServerTransactions, type ServerTransaction } from '../../src/cli/demo/sip/server-transactions.js';
import { createTimers } from '../../src/cli/demo/sip/timers.js';
import { openSipSocket, type Peer, type SipSocket } from '../../src/cli/demo/sip/udp-socket.js';
import { SipRequest, type SipResponse } from '../../src/embedded/sip/message.js';
import { tagOf } from '../../src/embedded/sip/name-addr.js';
import type { CodecName } from '../../src/embedded/media/g711.js';
import { RtpPhone } from '../contract/media/rtp-phone.js';
import { SoundCall } from './sound-call.js';

export interface SoundPhoneOptions {
  readonly server: Peer;
  readonly domain: string;
  readonly user: string;
  /** To register, and to answer challenges. */
  readonly password?: string;
  readonly codec?: CodecName;
}

export class SoundPhone {
  readonly options: SoundPhoneOptions;
  readonly transactions: ClientTransactions;
  readonly #socket: SipSocket;
  readonly #timers = createTimers();
  readonly #calls = new Map<string, SoundCall>();
  readonly #waiting: ((call: SoundCall) => void)[] = [];
  readonly #unseen: SoundCall[] = [];

  constructor(options: SoundPhoneOptions, socket: SipSocket) {
    this.options = options;
    this.#socket = socket;
    this.transactions = createClientTransactions(socket, this.#timers);
    const receive = createServerTransactions(socket, this.#timers, {
      onRequest: (transaction) => this.#onRequest(transaction),
      onCancel: (invite) => this.#callOf(invite.request)?.cancelled(),
      onAck: (ack) => this.#callOf(ack)?.acknowledged(ack.body.toString()),
    });
    socket.onMessage((message, from) => {
      if (message.kind === 'response') this.transactions.receive(message);
      else receive(message, from);
    });
  }

  /** A carrier: it is called, and calls nobody. */
  static carrier(): Promise<SoundPhone> {
    // Port 9 discards what comes.
    return SoundPhone.open({ server: { host: '127.0.0.1', port: 9 }, domain: '127.0.0.1', user: 'carrier' });
  }

  static async open(options: SoundPhoneOptions): Promise<SoundPhone> {
    return new SoundPhone(options, await openSipSocket('127.0.0.1'));
  }

  get port(): number {
    return this.#socket.local.port;
  }

  get contact(): string {
    return `<sip:${this.options.user}@127.0.0.1:${String(this.port)}>`;
  }

  get callCount(): number {
    return this.#calls.size;
  }

  unregister(): Promise<void> {
    return this.register(0);
  }

  async register(expiresS = 600): Promise<void> {
    const { domain, user } = this.options;
    const aor = `<sip:${user}@${domain}>`;
    const callId = randomBytes(8).toString('hex');
    const tag = newTag();
    const response = await this.#challenged((cseq) =>
      new SipRequest('REGISTER', `sip:${domain}`)
        .add('Max-Forwards', '70')
        .add('From', `${aor};tag=${tag}`)
        .add('To', aor)
        .add('Call-ID', callId)
        .add('CSeq', `${String(cseq)} REGISTER`)
        .add('Contact', this.contact)
        .add('Expires', String(expiresS)),
    );
    if (response.status !== 200) throw new Error(`REGISTER of ${user} was answered ${String(response.status)}`);
  }

  /** Dials; what becomes of it is told by the call. */
  async call(dialled: string): Promise<SoundCall> {
    const { domain, user, codec } = this.options;
    const call = new SoundCall(this, await RtpPhone.open(codec), {
      callId: randomBytes(8).toString('hex'),
      local: `<sip:${user}@${domain}>;tag=${newTag()}`,
      remote: `<sip:${dialled}@${domain}>`,
      target: `sip:${dialled}@${domain}`,
    });
    this.#calls.set(call.callId, call);
    call.invite();
    return call;
  }

  /** The next INVITE that comes, or came and was not looked at. */
  rung(withinMs = 30_000): Promise<SoundCall> {
    const seen = this.#unseen.shift();
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.options.user} was not rung`)), withinMs);
      this.#waiting.push((call) => {
        clearTimeout(timer);
        resolve(call);
      });
    });
  }

  /** Ends whatever is going on, and forgets what was not looked at. */
  hangUpAll(): void {
    this.#unseen.length = 0;
    this.#waiting.length = 0;
    for (const call of [...this.#calls.values()]) call.hangUp();
  }

  forget(call: SoundCall): void {
    this.#calls.delete(call.callId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#calls.values()].map((call) => call.rtp.close()));
    this.#timers.stop();
    this.#socket.close();
  }

  /** Sends a request, and once more with the answer to a challenge. */
  #challenged(build: (cseq: number) => SipRequest): Promise<SipResponse> {
    return new Promise((resolve) => {
      const send = (cseq: number, prepare: (request: SipRequest) => void): void => {
        const request = build(cseq);
        prepare(request);
        this.transactions.request(request, this.options.server, (response) => {
          if (response.status < 200) return;
          const isChallenge = response.status === 401 || response.status === 407;
          if (!isChallenge || cseq > 1) return resolve(response);
          send(cseq + 1, (again) => this.answerChallenge(again, response));
        });
      };
      send(1, () => undefined);
    });
  }

  answerChallenge(request: SipRequest, response: SipResponse): boolean {
    const { user, password } = this.options;
    return password !== undefined && addDigestAnswer(request, response, { username: user, password });
  }

  #callOf(request: SipRequest): SoundCall | undefined {
    return this.#calls.get(request.get('call-id') ?? '');
  }

  #onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const known = this.#callOf(request);
    if (known !== undefined) known.receive(transaction);
    else if (request.method === 'INVITE' && tagOf(request.get('to') ?? '') === undefined)
      void this.#arrived(transaction);
    else transaction.respond(responseTo(request, request.method === 'OPTIONS' ? 200 : 481));
  }

  async #arrived(transaction: ServerTransaction): Promise<void> {
    const { request } = transaction;
    const call = new SoundCall(this, await RtpPhone.open(this.options.codec), {
      callId: request.get('call-id') ?? '',
      local: `${request.get('to') ?? ''};tag=${newTag()}`,
      remote: request.get('from') ?? '',
      target: '',
      invite: transaction,
    });
    this.#calls.set(call.callId, call);
    const next = this.#waiting.shift();
    if (next === undefined) this.#unseen.push(call);
    else next(call);
  }
}
