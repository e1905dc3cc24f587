import type { AgentContext } from './agent-context.js';
import { listenForApps } from './control-server.js';
import { DialogTable } from './dialog-table.js';
import { uriHost, type ListenAddress } from './flow.js';
import { silentLog, type SipLog } from './log.js';
import { RegisteredFlows } from './registered-flows.js';
import { Router } from './router.js';
import type { TcpLimits } from './tcp-connection.js';
import { DEFAULT_SIP_TIMES, Timers, type SipTimes, type TimerHost } from './timers.js';
import { TransactionLayer, type TransactionLimits } from './transaction-layer.js';
import { Transports, type ListenOptions } from './transports.js';
import { UserAgent } from './user-agent.js';

export interface EmbeddedSipServerOptions {
  /** Where to listen for SIP; port 0 takes any free one. */
  readonly listen: readonly ListenOptions[];
  /** Where applications connect (drachtio's control protocol); port 0 takes any free one. */
  readonly control: { readonly host: string; readonly port: number; readonly secret: string };
  /** Milliseconds; those of RFC 3261 where left out. */
  readonly timers?: Partial<SipTimes>;
  readonly limits?: Partial<SipServerLimits>;
  readonly log?: SipLog;
  /** For tests that turn the clock themselves. */
  readonly clock?: TimerHost;
}

export interface SipServerLimits extends TcpLimits, TransactionLimits {}

/** How much of everything exists at the moment. All but `sockets` fall to 0 when there is no traffic. */
export interface SipServerCounts {
  /** SIP transactions, those included that only wait for retransmissions. */
  readonly transactions: number;
  readonly dialogs: number;
  readonly timers: number;
  /** TCP connections of peers and applications. */
  readonly sockets: number;
}

export interface EmbeddedSipServer {
  readonly sip: readonly ListenAddress[];
  readonly control: { readonly host: string; readonly port: number };
  counts(): SipServerCounts;
  close(): Promise<void>;
}

const DEFAULT_LIMITS: SipServerLimits = {
  maxHeadBytes: 64 * 1024,
  maxBodyBytes: 512 * 1024,
  maxConnections: 10_000,
  maxConnectionsPerHost: 2_000,
  messageMs: 30_000,
  idleMs: 3_600_000,
  maxUnsentBytes: 4 * 1024 * 1024,
  maxTransactions: 200_000,
  maxOpenPerSource: 20_000,
};

/**
 * Starts a SIP server that speaks drachtio-server's control protocol, in this thread. Rejects with the system's error when an
 * address cannot be bound.
 */
export async function createEmbeddedSipServer(options: EmbeddedSipServerOptions): Promise<EmbeddedSipServer> {
  const log = options.log ?? silentLog;
  const limits: SipServerLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const timers = new Timers({ ...DEFAULT_SIP_TIMES, ...options.timers }, options.clock);
  const router = new Router();
  const transports = new Transports(timers, limits, (bytes, flow) => transactions.receive(bytes, flow));
  const transactions: TransactionLayer = new TransactionLayer(
    timers,
    limits,
    {
      invite: (transaction) => agent.invite(transaction),
      request: (transaction) => agent.request(transaction),
      ack: (request, flow) => agent.ack(request, flow),
    },
    (why, flow) => log.debug({ why, from: flow.remoteHost }, 'message dropped'),
  );
  const dialogs = new DialogTable();
  const context: AgentContext = {
    transports,
    transactions,
    timers,
    dialogs,
    registered: new RegisteredFlows(timers),
    chooseApp: (method) => router.choose(method),
    log,
  };
  const agent = new UserAgent(context);
  const closeAll: (() => Promise<void>)[] = [() => transports.close()];
  try {
    for (const each of options.listen) await transports.listen(each);
    const hostports = (): string[] => transports.listeners.map(hostport);
    const control = await listenForApps({ ...options.control, hostports, router, requests: agent, log });
    closeAll.push(() => control.close());
    return {
      sip: transports.listeners,
      control: { host: control.host, port: control.port },
      counts: () => ({
        transactions: transactions.size,
        dialogs: dialogs.size,
        timers: timers.active,
        sockets: transports.connections + control.connections,
      }),
      close: async () => {
        timers.stopAll();
        await Promise.all(closeAll.map((close) => close()));
        timers.stopAll();
      },
    };
  } catch (error) {
    await Promise.all(closeAll.map((close) => close()));
    throw error;
  }
}

function hostport(address: ListenAddress): string {
  return `${address.transport}/${uriHost(address.host)}:${String(address.port)}`;
}
