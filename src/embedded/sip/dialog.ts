import type { Buffer } from 'node:buffer';
import type { App } from './app.js';
import type { Flow } from './flow.js';
import { SipRequest } from './message.js';
import { parseNameAddr } from './name-addr.js';
import type { SessionTimer } from './session-timer.js';
import { parseUri } from './uri.js';

/** The parts of a dialog that are known from the start (RFC 3261 §12.1). */
export interface DialogStart {
  readonly id: string;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  /** Value of From in our requests, with our tag. */
  readonly local: string;
  readonly localTag: string;
  /** Value of To in our requests, with the peer's tag. */
  readonly remote: string;
  readonly remoteTag: string;
  readonly localSeq: number;
  readonly remoteSeq: number;
  readonly routes: readonly string[];
  readonly target: string;
  /** Our Contact. */
  readonly contact: string;
  readonly app: App;
}

/** A peer relation (RFC 3261 §12). */
export class Dialog {
  readonly id: string;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly app: App;
  localSeq: number;
  remoteSeq: number;
  target: string;
  contact: string;
  /** Transaction id of the INVITE that made it, for the ACK. */
  inviteId = '';
  /** False until there is a 2xx. */
  isConfirmed = false;
  /** The connection to use as long as it is open. */
  connection: Flow | undefined;
  /** Where to send everything when the peer's Contact is not where it really is. */
  natHop: string | undefined;
  /** Session description that we sent last, for a refreshing re-INVITE. */
  localBody: { readonly type: string; readonly body: Buffer } | undefined;
  sessionTimer: SessionTimer | undefined;
  /** Our 2xx to INVITE that wait for their ACK, by CSeq, and what stops their repetition. */
  readonly unacknowledged = new Map<number, () => void>();
  /** CSeq of our last INVITE, for its ACK. */
  ackSeq = 0;
  /** Whether the server hangs up once the application has sent its ACK: the call was cancelled before the answer came. */
  byeAfterAck = false;
  /** Our own re-INVITE that is not answered yet. */
  cancelReinvite: (() => void) | undefined;
  private readonly local: string;
  private readonly remote: string;
  readonly routes: readonly string[];

  constructor(start: DialogStart) {
    this.id = start.id;
    this.role = start.role;
    this.callId = start.callId;
    this.localTag = start.localTag;
    this.remoteTag = start.remoteTag;
    this.app = start.app;
    this.local = start.local;
    this.remote = start.remote;
    this.localSeq = start.localSeq;
    this.remoteSeq = start.remoteSeq;
    this.routes = start.routes;
    this.target = start.target;
    this.contact = start.contact;
  }

  /** A request in this dialog (RFC 3261 §12.2.1.1), without Via. `uri` replaces the remote target where given. */
  request(method: string, seq: number, uri: string = this.target): SipRequest {
    const first = this.routes[0];
    const isStrict = first !== undefined && !isLooseRoute(first);
    const request = new SipRequest(method, isStrict ? (parseNameAddr(first)?.uri ?? uri) : uri);
    request.add('Max-Forwards', '70');
    for (const route of isStrict ? this.routes.slice(1) : this.routes) request.add('Route', route);
    if (isStrict) request.add('Route', `<${uri}>`);
    request.add('From', this.local).add('To', this.remote).add('Call-ID', this.callId);
    return request.add('CSeq', `${String(seq)} ${method}`);
  }

  /** The URI of the next hop for a request with this Request-URI. */
  nextHop(requestUri: string): string {
    if (this.natHop !== undefined) return this.natHop;
    const first = this.routes[0];
    return (first === undefined ? undefined : parseNameAddr(first)?.uri) ?? requestUri;
  }

  /** Stops everything that runs for this dialog. */
  stop(): void {
    this.sessionTimer?.stop();
    this.sessionTimer = undefined;
    for (const stop of this.unacknowledged.values()) stop();
    this.unacknowledged.clear();
  }
}

function isLooseRoute(route: string): boolean {
  const uri = parseNameAddr(route)?.uri;
  return uri === undefined || parseUri(uri)?.params.has('lr') !== false;
}
