import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { EslConnection, type EslHandlers } from './esl-connection.js';
import type { EventBus } from './esl-event.js';

export interface EslServerOptions extends EslHandlers {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly password: string;
  readonly events: EventBus;
}

export interface EslServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const MAX_CLIENTS = 100;

/** Listens for clients of the event socket. Rejects with the system's error when the address cannot be bound. */
export async function startEslServer(options: EslServerOptions): Promise<EslServer> {
  const connections = new Set<EslConnection>();
  const server: Server = createServer((socket) => {
    const connection: EslConnection = new EslConnection({
      ...options,
      socket,
      closed: () => connections.delete(connection),
    });
    connections.add(connection);
  });
  server.maxConnections = MAX_CLIENTS;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) connection.close();
      await closed;
    },
  };
}
