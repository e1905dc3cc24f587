import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface PortRange {
  /** Even; RTP takes even ports, and the odd one above each stays free for RTCP (RFC 3550 §11). */
  readonly first: number;
  readonly last: number;
}

/** Hands out bound RTP sockets; the port that was given back longest ago comes first. */
export interface RtpPorts {
  /** Answers undefined when every port of the range is taken. */
  open(): Promise<RtpSocket | undefined>;
}

export interface RtpSocket {
  readonly port: number;
  readonly socket: Socket;
  close(): void;
}

/** Room for a quarter of a second of packets, should this thread be held up. */
const RECEIVE_BUFFER_BYTES = 64 * 1024;

/** Creates the ports of `host` (an IP address). */
export function createRtpPorts(host: string, range: PortRange): RtpPorts {
  const free: number[] = [];
  for (let port = range.first + (range.first % 2); port <= range.last; port += 2) free.push(port);
  // A server that has been started anew must not hand out the ports of its former calls first.
  free.push(...free.splice(0, Math.floor(Math.random() * free.length)));
  return {
    open: async () => {
      for (let tries = free.length; tries > 0; tries--) {
        const port = free.shift();
        if (port === undefined) return undefined;
        const socket = await bind(host, port);
        if (socket !== undefined) return { port, socket, close: () => close(socket, () => free.push(port)) };
        free.push(port);
      }
      return undefined;
    },
  };
}

function close(socket: Socket, closed: () => void): void {
  socket.removeAllListeners('message');
  socket.close(closed);
}

/** Binds a port; undefined when somebody else has it. */
async function bind(host: string, port: number): Promise<Socket | undefined> {
  const socket = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    recvBufferSize: RECEIVE_BUFFER_BYTES,
    // Every address here is an IP address already; looking it up would cost a turn of the event loop per packet.
    lookup: (address, _options, done) => done(null, address, address.includes(':') ? 6 : 4),
  });
  try {
    const bound = once(socket, 'listening');
    socket.bind(port, host);
    await bound;
  } catch {
    socket.close();
    return undefined;
  }
  // An ICMP error of one packet is no reason to end the call.
  socket.on('error', () => undefined);
  return socket;
}
