/** Two peers in a call that the signalling holds together: a caller, a callee, and a leg to each. */
import type { LegEvent, InboundLeg, OutboundLeg } from '../../src/voice/signalling.js';
import type { SipRequest, SipResponse } from '../../src/embedded/sip/message.js';
import type { UdpPeer } from '../support/sip-peer.js';
import { sdp, type LegEvents, type Wire } from './wire.js';

export interface Party<Leg> {
  readonly peer: UdpPeer;
  readonly leg: Leg;
  readonly events: LegEvents;
  /** A request inside the dialog from this peer. */
  request(method: string, headers?: Readonly<Record<string, string>>, body?: string): SipRequest;
  ack(request: SipRequest, body?: string): SipRequest;
}

export interface Talk {
  readonly caller: Party<InboundLeg>;
  readonly callee: Party<OutboundLeg>;
  /** Both hang up and nothing is left. */
  end(): Promise<void>;
}

interface TalkOptions {
  readonly inviteHeaders?: Readonly<Record<string, string>>;
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Requests that come on one leg go to the other at once. */
  readonly relays?: boolean;
}

export async function talk(wire: Wire, options: TalkOptions = {}): Promise<Talk> {
  const [a, b] = [await wire.peer(), await wire.peer()];
  const invite = a.request('INVITE', 'sip:900@127.0.0.1', options.inviteHeaders, sdp(4000));
  a.send(invite);
  const { leg: inbound, events: callerEvents } = await wire.calls.next();
  const { leg: outbound, events: calleeEvents } = wire.dial({ uri: b.uri('ana'), sdpOffer: sdp(4000) });
  const inviteB = await b.expectRequest('INVITE');
  const okB = withSdp(b.responseTo(inviteB, 200, options.answerHeaders), sdp(5000));
  b.send(okB);
  await calleeEvents.of('answered');
  await b.expectRequest('ACK');
  inbound.answer(sdp(5000));
  const ok = await a.response(200, invite);
  a.send(a.ackOf(invite, ok));
  await callerEvents.of('acked');
  if (options.relays !== false) {
    relayTo(callerEvents, outbound);
    relayTo(calleeEvents, inbound);
  }

  const caller = party(a, inbound, callerEvents, {
    target: contactOf(ok),
    from: invite.get('from') ?? '',
    to: ok.get('to') ?? '',
    callId: invite.get('call-id') ?? '',
  });
  const callee = party(b, outbound, calleeEvents, {
    target: contactOf(inviteB),
    from: okB.get('to') ?? '',
    to: inviteB.get('from') ?? '',
    callId: inviteB.get('call-id') ?? '',
  });
  return {
    caller,
    callee,
    async end() {
      for (const { leg, peer, events } of [caller, callee]) {
        leg.bye();
        peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
        await events.of('ended');
      }
      await wire.idle();
    },
  };
}

export function withSdp(response: SipResponse, body: string): SipResponse {
  if (!response.get('content-type')) response.add('Content-Type', 'application/sdp');
  response.body = Buffer.from(body);
  return response;
}

function relayTo(events: LegEvents, other: InboundLeg | OutboundLeg): void {
  const push = events.push.bind(events);
  events.push = (event: LegEvent) => {
    push(event);
    if (event.type === 'request') other.relay(event.token);
  };
}

function party<Leg>(
  peer: UdpPeer,
  leg: Leg,
  events: LegEvents,
  dialog: { target: string; from: string; to: string; callId: string },
): Party<Leg> {
  let cseq = 10;
  const identity = { From: dialog.from, To: dialog.to, 'Call-ID': dialog.callId };
  return {
    peer,
    leg,
    events,
    request(method, headers = {}, body = '') {
      cseq += 1;
      const request = peer.request(method, dialog.target, { ...identity, CSeq: `${cseq} ${method}` }, body);
      for (const [name, value] of Object.entries(headers)) request.set(name, value);
      return request;
    },
    ack(request, body = '') {
      const headers = { ...identity, CSeq: (request.get('cseq') ?? '').replace(/[A-Z]+$/, 'ACK') };
      return peer.request('ACK', dialog.target, headers, body);
    },
  };
}

function contactOf(message: SipRequest | SipResponse): string {
  return /<([^>]*)>/.exec(message.get('contact') ?? '')?.[1] ?? '';
}
