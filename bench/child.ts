/** What both subjects of the bench need as child processes. */
import { startEmbeddedSipServer } from '../src/embedded/sip/start-in-worker.js';
import { liveHeapBytes } from '../test/soak/heap.js';

export interface SipAddress {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
}

export interface ControlledServer {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Where it listens for SIP; empty when only its owner knows. */
  readonly sip: readonly SipAddress[];
}

export type FromChild =
  | { readonly type: 'ready'; readonly sip: readonly SipAddress[] }
  | { readonly type: 'vitals'; readonly heapBytes: number; readonly calls: number }
  | ({ readonly type: 'joins' } & Joins);

/** Of two places on a media server, since they were asked for last. */
export interface Joins {
  /** From the command to its effect, of each that came about. Milliseconds. */
  readonly tookMs: readonly number[];
  /** Though neither call was over. */
  readonly refused: number;
}

export interface ToChild {
  readonly type: 'vitals' | 'joins';
}

/** `embedded`: starts it in a thread of this process, as the product does. `HOST:PORT:SECRET`: one that runs. */
export async function serverFor(control: string): Promise<ControlledServer> {
  if (control !== 'embedded') {
    const [host = '', port = '', secret = ''] = control.split(':');
    return { host, port: Number(port), secret, sip: [] };
  }
  const secret = 'bench';
  const server = await startEmbeddedSipServer({
    listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }],
    control: { host: '127.0.0.1', port: 0, secret },
  });
  return { ...server.control, secret, sip: server.sip };
}

/** Tells the bench that this child is ready, and its vitals whenever asked; ends with the bench. */
export function answerParent(child: {
  readonly sip: readonly SipAddress[];
  readonly calls: () => number;
  readonly joins?: () => Joins;
}): void {
  const tell = (message: FromChild) => process.send?.(message);
  process.on('message', ({ type }: ToChild) => {
    if (type === 'joins') tell({ type, ...(child.joins?.() ?? { tookMs: [], refused: 0 }) });
    else tell({ type, heapBytes: liveHeapBytes(), calls: child.calls() });
  });
  process.on('disconnect', () => process.exit(0));
  tell({ type: 'ready', sip: child.sip });
}
