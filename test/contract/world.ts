import { afterAll, afterEach, beforeAll } from 'vitest';
import type { SipMessage, SipRequest, SipResponse } from '../../src/embedded/sip/message.js';
import { ControlApp, type Answer, type Delivered } from '../support/control-app.js';
import { TcpPeer, UdpPeer, type SipPeer } from '../support/sip-peer.js';
import type { RunningSipServer, SipServerUnderTest, StartOptions } from '../support/sip-servers.js';

export const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

/** Short enough for tests that wait for timers, long enough for a busy machine. */
export const QUICK = { t1: 50, t2: 200, t4: 250 };

/** One server for a file of tests; what a test opens is closed behind it. */
export class World {
  running!: RunningSipServer;
  private opened: { close(): unknown }[] = [];

  constructor(server: SipServerUnderTest, options: StartOptions = {}) {
    beforeAll(async () => {
      this.running = await server.start(options);
    });
    afterEach(async () => {
      for (const each of this.opened.splice(0)) await each.close();
    });
    afterAll(async () => {
      await this.running.stop();
    });
  }

  /** `sip:user@` the server. */
  uri(user = '100'): string {
    return `sip:${user}@${this.address('udp').host}:${String(this.address('udp').port)}`;
  }

  address(transport: 'udp' | 'tcp'): { readonly host: string; readonly port: number } {
    const found = this.running.sip.find((each) => each.transport === transport);
    if (found === undefined) throw new Error(`the server does not listen on ${transport}`);
    return found;
  }

  async app(...methods: string[]): Promise<ControlApp> {
    return this.keep(await ControlApp.signedIn(this.running.control, ...methods));
  }

  async udp(): Promise<UdpPeer> {
    return this.keep(await UdpPeer.open(this.address('udp')));
  }

  async tcp(): Promise<TcpPeer> {
    return this.keep(await TcpPeer.open(this.address('tcp')));
  }

  keep<T extends { close(): unknown }>(each: T): T {
    this.opened.push(each);
    return each;
  }

  /** A call from a peer that the application has answered and the peer has acknowledged. */
  async answeredCall(app: ControlApp, peer: SipPeer, changes: Record<string, string> = {}): Promise<AnsweredCall> {
    const invite = peer.request('INVITE', this.uri(), changes, SDP);
    peer.send(invite);
    const delivered = await app.delivered('INVITE');
    const answer = await app.respond(delivered.transactionId, '200 OK', [], SDP);
    const ok = await peer.response(200, invite);
    peer.send(peer.ackOf(invite, ok));
    await app.delivered('ACK');
    return { invite, ok, delivered, dialogId: answer.dialogId };
  }

  /** A call to a peer that it has answered and the application has acknowledged. */
  async placedCall(app: ControlApp, peer: SipPeer, changes: Record<string, string> = {}): Promise<PlacedCall> {
    const sent = await app.request('INVITE', peer.uri('bob'), [], SDP);
    const invite = await peer.expectRequest('INVITE');
    const ok = peer.responseTo(invite, 200, changes);
    peer.send(ok);
    const delivered = await app.deliveredResponse(200);
    await app.inside('ACK', delivered.dialogId, [], '', peer.uri('bob'));
    const ack = await peer.expectRequest('ACK');
    return { sent, invite, ok, ack, dialogId: delivered.dialogId };
  }
}

export interface AnsweredCall {
  readonly invite: SipRequest;
  readonly ok: SipResponse;
  readonly delivered: Delivered<SipRequest>;
  readonly dialogId: string;
}

export interface PlacedCall {
  readonly sent: Answer;
  readonly invite: SipRequest;
  readonly ok: SipResponse;
  readonly ack: SipRequest;
  readonly dialogId: string;
}

export function isRequest(message: SipMessage, method: string): boolean {
  return message.kind === 'request' && message.method === method;
}

export function isResponse(message: SipMessage, status: number): boolean {
  return message.kind === 'response' && message.status === status;
}
