/**
 * What the bench of sound measures, as a process of its own: `node media-subject.js embedded`, the embedded media server, or
 * `node media-subject.js relay N`, the yardstick: N pairs of UDP sockets that send on what they get and do nothing else.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { startEmbeddedMedia } from '../src/embedded/media/start-in-worker.js';

export type FromMediaSubject =
  | {
      readonly type: 'embedded';
      readonly sip: { readonly host: string; readonly port: number };
      readonly esl: { readonly host: string; readonly port: number; readonly password: string };
    }
  | { readonly type: 'relay'; readonly pairs: readonly (readonly [number, number])[] };

const tell = (message: FromMediaSubject): void => {
  process.send?.(message);
};

async function open(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  // The look-up above answers at once, and so does bind.
  const bound = once(socket, 'listening');
  socket.bind(0, '127.0.0.1');
  await bound;
  return socket;
}

/** Whatever comes to one goes out of the other, to whoever sent there last. */
function join(first: Socket, second: Socket): void {
  const ports = new Map<Socket, number>();
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    from.on('message', (bytes, sender) => {
      ports.set(from, sender.port);
      const port = ports.get(to);
      if (port !== undefined) to.send(bytes, port, '127.0.0.1');
    });
  }
}

const [kind = 'embedded', count = '50'] = process.argv.slice(2);
if (kind === 'embedded') {
  const password = 'bench';
  // In a thread of its own, as the product has it.
  const server = await startEmbeddedMedia({ password });
  tell({ type: 'embedded', sip: server.sip, esl: { ...server.esl, password } });
} else {
  const pairs: [number, number][] = [];
  for (let i = 0; i < Number(count); i++) {
    const [first, second] = [await open(), await open()];
    join(first, second);
    pairs.push([first.address().port, second.address().port]);
  }
  tell({ type: 'relay', pairs });
}
process.on('disconnect', () => process.exit(0));
