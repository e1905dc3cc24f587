/** What one call's two sides have said of their sound (RFC 4566, RFC 3264). */
import type { SipRequest, SipResponse } from '../../../embedded/sip/message.js';
import type { Ear, EarPool } from './ear.js';
import type { Peer } from './udp-socket.js';

export interface Session {
  /** Adds our side to an offer or an answer. */
  describe(message: SipRequest | SipResponse): void;
  /** Takes in the peer's side, if the message has one; from now on we speak to it. */
  hear(message: SipRequest | SipResponse): void;
  /** What the next offers say: on hold, we only send. */
  setOnHold(isOnHold: boolean): void;
  /** Packets of sound that have arrived so far. */
  heard(): number;
  close(): void;
}

type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** RFC 863: nothing is heard of what is sent there. */
const DISCARD_PORT = 9;

export function openSession(ears: EarPool, host: string): Session {
  const ear: Ear | undefined = ears.take();
  let version = 0;
  let isOnHold = false;
  let asked: Direction = 'sendrecv';

  /** RFC 3264 §6.1, §8.4: an answer to who only sends only receives, and the other way round. */
  const direction = (): Direction => {
    const sends = asked === 'sendrecv' || asked === 'recvonly';
    const receives = !isOnHold && (asked === 'sendrecv' || asked === 'sendonly');
    if (sends) return receives ? 'sendrecv' : 'sendonly';
    return receives ? 'recvonly' : 'inactive';
  };

  return {
    describe(message) {
      version += 1;
      const family = host.includes(':') ? 'IP6' : 'IP4';
      const port = ear?.port ?? DISCARD_PORT;
      const lines = [
        'v=0',
        `o=- ${port} ${version} IN ${family} ${host}`,
        's=-',
        `c=IN ${family} ${host}`,
        't=0 0',
        `m=audio ${port} RTP/AVP 0 8 101`,
        'a=rtpmap:101 telephone-event/8000',
        `a=${direction()}`,
      ];
      message.set('Content-Type', 'application/sdp');
      message.body = Buffer.from(`${lines.join('\r\n')}\r\n`);
    },
    hear(message) {
      const said = readSdp(message.body.toString('utf8'));
      if (said === undefined) return;
      asked = said.direction;
      const wantsSound = asked === 'sendrecv' || asked === 'recvonly';
      ear?.speakTo(wantsSound && said.peer.port !== DISCARD_PORT ? said.peer : undefined);
    },
    setOnHold(next) {
      isOnHold = next;
      asked = 'sendrecv';
    },
    heard: () => ear?.heard() ?? 0,
    close: () => ear?.close(),
  };
}

function readSdp(sdp: string): { readonly peer: Peer; readonly direction: Direction } | undefined {
  const host = /^c=IN IP[46] (\S+)/m.exec(sdp)?.[1];
  const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
  if (host === undefined || port === 0) return undefined;
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(sdp)?.[1] as Direction | undefined;
  return { peer: { host, port }, direction: direction ?? 'sendrecv' };
}
