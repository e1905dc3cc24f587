/** One call of a `SoundPhone`: its dialog, and the RTP that belongs to it. */
import { responseTo } from '../../src/cli/demo/sip/responses.js';
import type { ServerTransaction } from '../../src/cli/demo/sip/server-transactions.js';
import type { ClientTransactions } from '../../src/cli/demo/sip/client-transactions.js';
import { peerOfUri, type Peer } from '../../src/cli/demo/sip/udp-socket.js';
import { SipRequest, type SipResponse } from '../../src/embedded/sip/message.js';
import { parseNameAddr } from '../../src/embedded/sip/name-addr.js';
import type { RtpPhone } from '../contract/media/rtp-phone.js';

/** The phone that a call belongs to. */
export interface CallingPhone {
  readonly options: { readonly server: Peer; readonly domain: string; readonly user: string };
  readonly transactions: ClientTransactions;
  /** Value of its Contact header. */
  readonly contact: string;
  forget(call: SoundCall): void;
  /** Adds the answer to a challenge; false when it knows none. */
  answerChallenge(request: SipRequest, response: SipResponse): boolean;
}

interface Dialog {
  readonly callId: string;
  /** From (or To) as we send it, with our tag. */
  readonly local: string;
  remote: string;
  target: string;
  /** Of an incoming call. */
  readonly invite?: ServerTransaction;
}

type Word = 'rings' | 'answered' | 'failed' | 'cancelled' | 'ended';

export class SoundCall {
  readonly rtp: RtpPhone;
  /** The status that ended an outgoing call before it was answered. */
  status = 0;
  /** Value of the Reason header of the BYE or CANCEL that ended it. */
  reason: string | undefined;
  /** Offers of the other side that were answered, in order. */
  readonly offers: string[] = [];
  /** Status lines that NOTIFYs of our REFER brought. */
  readonly referStatus: string[] = [];
  readonly #phone: CallingPhone;
  readonly #dialog: Dialog;
  readonly #said = new Set<Word>();
  readonly #listeners = new Set<() => void>();
  #cseq = 0;
  #routes: readonly string[] = [];
  #cancel: () => void = () => undefined;
  #direction = 'sendrecv';

  constructor(phone: CallingPhone, rtp: RtpPhone, dialog: Dialog) {
    this.#phone = phone;
    this.rtp = rtp;
    this.#dialog = dialog;
    if (dialog.invite === undefined) return;
    const { request } = dialog.invite;
    dialog.target = parseNameAddr(request.get('contact') ?? '')?.uri ?? '';
    this.#routes = request.list('record-route');
  }

  get callId(): string {
    return this.#dialog.callId;
  }

  get tags(): { readonly local: string; readonly remote: string } {
    const tagIn = (text: string): string => /;tag=([^;>]+)/.exec(text)?.[1] ?? '';
    return { local: tagIn(this.#dialog.local), remote: tagIn(this.#dialog.remote) };
  }

  /** User part of the request URI of an incoming call. */
  get dialled(): string {
    return /sip:([^@;>]*)/.exec(this.#dialog.invite?.request.uri ?? '')?.[1] ?? '';
  }

  /** User part of the From of an incoming call. */
  get from(): string {
    return /sip:([^@;>]*)/.exec(this.#dialog.remote)?.[1] ?? '';
  }

  /** Resolves when it has come so far; rejects when it takes too long. */
  until(word: Word, withinMs = 30_000): Promise<void> {
    return this.#when(() => this.#said.has(word), word, withinMs);
  }

  has(word: Word): boolean {
    return this.#said.has(word);
  }

  // ─── outgoing

  invite(): void {
    this.#sendInvite(this.rtp.sdp(), () => undefined, true);
  }

  #sendInvite(body: string, prepare: (request: SipRequest) => void, mayAnswerChallenge: boolean): void {
    const cseq = (this.#cseq += 1);
    const request = this.#build('INVITE', cseq)
      .add('Contact', this.#phone.contact)
      .add('Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, REFER');
    addBody(request, body);
    prepare(request);
    const transaction = this.#phone.transactions.request(request, this.#hop(), (response) => {
      if (response.status < 200) return response.status > 100 ? this.#say('rings') : undefined;
      const isChallenge = response.status === 401 || response.status === 407;
      if (isChallenge && mayAnswerChallenge) {
        return this.#sendInvite(body, (again) => void this.#phone.answerChallenge(again, response), false);
      }
      this.#onFinal(response, cseq);
    });
    this.#cancel = () => transaction.cancel();
  }

  #onFinal(response: SipResponse, cseq: number): void {
    if (response.status >= 300) {
      this.status = response.status;
      if (!this.#said.has('answered')) this.#over('failed');
      return;
    }
    if (!this.#said.has('answered')) {
      this.#dialog.remote = response.get('to') ?? '';
      this.#routes = response.list('record-route').reverse();
    }
    this.#dialog.target = parseNameAddr(response.get('contact') ?? '')?.uri ?? this.#dialog.target;
    this.#phone.transactions.sendAck(this.#build('ACK', cseq), this.#hop());
    this.rtp.sendTo(response.body.toString());
    this.#say('answered');
  }

  // ─── incoming

  ring(): void {
    const { invite } = this.#dialog;
    if (invite === undefined) return;
    invite.respond(this.#withContact(responseTo(invite.request, 180, this.tags.local)));
  }

  answer(): void {
    const { invite } = this.#dialog;
    if (invite === undefined) return;
    const offer = invite.request.body.toString();
    const response = this.#withContact(responseTo(invite.request, 200, this.tags.local));
    addBody(response, this.rtp.sdp());
    invite.respond(response);
    if (offer !== '') this.rtp.sendTo(offer);
  }

  reject(status: number): void {
    const { invite } = this.#dialog;
    invite?.respond(responseTo(invite.request, status, this.tags.local));
    this.#over('failed');
  }

  cancelled(): void {
    const { invite } = this.#dialog;
    invite?.respond(responseTo(invite.request, 487, this.tags.local));
    this.#over('cancelled');
  }

  acknowledged(sdp: string): void {
    if (sdp !== '') this.rtp.sendTo(sdp);
    this.#say('answered');
  }

  // ─── inside

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const response = responseTo(request, 200);
    if (request.method === 'INVITE' || (request.method === 'UPDATE' && request.body.length > 0)) {
      const offer = request.body.toString();
      this.offers.push(offer);
      addBody(this.#withContact(response), this.rtp.sdp(answerTo(offer, this.#direction)));
      if (offer !== '') this.rtp.sendTo(offer);
    }
    if (request.method === 'NOTIFY') this.referStatus.push(request.body.toString().trim());
    transaction.respond(response);
    if (request.method === 'BYE') {
      this.reason = request.get('reason');
      this.#over('ended');
    }
    this.#changed();
  }

  hold(): void {
    this.#direction = 'sendonly';
    this.#sendInvite(this.rtp.sdp('sendonly'), () => undefined, false);
  }

  resume(): void {
    this.#direction = 'sendrecv';
    this.#sendInvite(this.rtp.sdp(), () => undefined, false);
  }

  /** A key by SIP INFO. */
  info(digit: string): void {
    const request = this.#build('INFO', (this.#cseq += 1));
    request.set('Content-Type', 'application/dtmf-relay');
    request.body = Buffer.from(`Signal=${digit}\r\nDuration=160\r\n`);
    this.#phone.transactions.request(request, this.#hop(), () => undefined);
  }

  /** Blind, or attended when another call of this phone is named (RFC 5589). Gives the status of the REFER. */
  refer(dialled: string, replacing?: SoundCall): Promise<number> {
    const { domain } = this.#phone.options;
    const replaces = replacing === undefined ? '' : `?Replaces=${encodeURIComponent(replacing.#asReplaces())}`;
    const request = this.#build('REFER', (this.#cseq += 1))
      .add('Refer-To', `<sip:${dialled}@${domain}${replaces}>`)
      .add('Contact', this.#phone.contact);
    return new Promise((resolve) => {
      this.#phone.transactions.request(request, this.#hop(), ({ status }) => {
        if (status >= 200) resolve(status);
      });
    });
  }

  hangUp(): void {
    if (!this.#said.has('answered')) return this.#dialog.invite === undefined ? this.#cancel() : this.reject(480);
    this.#phone.transactions.request(this.#build('BYE', (this.#cseq += 1)), this.#hop(), () => undefined);
    this.#over('ended');
  }

  /** As the other side knows the dialog: its tag first (RFC 3891 §3). */
  #asReplaces(): string {
    return `${this.callId};to-tag=${this.tags.remote};from-tag=${this.tags.local}`;
  }

  // ─── the rest

  #build(method: string, cseq: number): SipRequest {
    const { callId, local, remote, target } = this.#dialog;
    const request = new SipRequest(method, target).add('Max-Forwards', '70');
    for (const route of this.#routes) request.add('Route', route);
    request.add('From', local).add('To', remote);
    return request.add('Call-ID', callId).add('CSeq', `${String(cseq)} ${method}`);
  }

  #hop(): { host: string; port: number } {
    if (this.#said.has('answered') || this.#dialog.invite !== undefined) {
      return peerOfUri(parseNameAddr(this.#routes[0] ?? '')?.uri ?? this.#dialog.target);
    }
    return this.#phone.options.server;
  }

  #withContact(response: SipResponse): SipResponse {
    return response.add('Contact', this.#phone.contact);
  }

  #over(word: Word): void {
    this.#phone.forget(this);
    void this.rtp.close();
    this.#say(word);
  }

  #say(word: Word): void {
    this.#said.add(word);
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #when(isSo: () => boolean, what: string, withinMs: number): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
      };
      const check = (): void => {
        if (!isSo()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        const { user } = this.#phone.options;
        reject(
          new Error(
            `${user}: waited in vain for ${what}; so far: ${[...this.#said].join(', ')} ${String(this.status)}`,
          ),
        );
      }, withinMs);
      this.#listeners.add(check);
    });
  }
}

function addBody(message: SipRequest | SipResponse, sdp: string): void {
  message.set('Content-Type', 'application/sdp');
  message.body = Buffer.from(sdp);
}

/** RFC 3264 §6.1: who is only sent to, only receives. */
function answerTo(offer: string, own: string): string {
  if (/^a=inactive/m.test(offer)) return 'inactive';
  if (/^a=sendonly/m.test(offer)) return 'recvonly';
  return own;
}
