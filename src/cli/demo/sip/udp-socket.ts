/** A UDP port that speaks SIP: whole messages in, whole messages out. What does not parse is dropped. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { parse, serialise, type SipMessage } from '../../../embedded/sip/message.js';
import { parseUri } from '../../../embedded/sip/uri.js';

export interface Peer {
  readonly host: string;
  readonly port: number;
}

export interface SipSocket {
  readonly local: Peer;
  send(message: SipMessage, to: Peer): void;
  onMessage(listener: (message: SipMessage, from: Peer) => void): void;
  close(): void;
}

/** @param port 0 takes a free one */
export async function openSipSocket(host: string, port = 0): Promise<SipSocket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let open = true;
  let listener: (message: SipMessage, from: Peer) => void = () => undefined;
  // A peer that has closed its port is told by silence, as on any network.
  socket.on('error', () => undefined);
  socket.on('message', (bytes, { address, port: fromPort }) => {
    const parsed = parse(bytes);
    if (parsed.ok) listener(parsed.message, { host: address, port: fromPort });
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    local: { host, port: socket.address().port },
    send(message, to) {
      if (open) socket.send(serialise(message), to.port, to.host);
    },
    onMessage(next) {
      listener = next;
    },
    close() {
      if (open) socket.close();
      open = false;
    },
  };
}

/** Where a URI's host is; addresses only, there is no DNS on loopback. */
export function peerOfUri(uri: string): Peer {
  const parsed = parseUri(uri);
  return { host: parsed?.host.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port: parsed?.port ?? 5060 };
}

/** The host as it stands in a URI: IPv6 in brackets. */
export function uriHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
