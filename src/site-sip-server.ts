/** The SIP server that a site runs on: its own, or one that runs already. */
import { randomBytes } from 'node:crypto';
import { isLoopback } from './config/network-address.js';
import type { ListenAddress, RoutingConfig } from './config/routing-config.js';
import { startEmbeddedSipServer } from './embedded/sip/start-in-worker.js';
import { SwitchboardError } from './kernel/errors.js';
import type { Started } from './site-lifetime.js';
import type { DrachtioAddress } from './sip/drachtio-connection.js';
import type { Logger } from './kernel/logger.js';

export interface SipServerHandle {
  readonly address: DrachtioAddress;
  countDialogs(): Promise<number>;
}

/** Where the SIP server's control port is; starts the embedded one when the config asks for it. */
export async function startSipServer(config: RoutingConfig, log: Logger, started: Started): Promise<SipServerHandle> {
  const { server, listen } = config.sip;
  if (server.kind === 'drachtio') return { address: server, countDialogs: () => Promise.resolve(0) };
  const secret = randomBytes(16).toString('hex');
  try {
    const embedded = await startEmbeddedSipServer({
      listen,
      control: { host: '127.0.0.1', port: 0, secret },
      log,
      crashed: (error) => log.error({ err: error }, 'the embedded SIP server crashed'),
    });
    started.add(() => embedded.close());
    return {
      address: { ...embedded.control, secret },
      countDialogs: async () => (await embedded.counts()).dialogs,
    };
  } catch (error) {
    const where = listen.map(({ transport, host, port }) => `${transport}:${host}:${String(port)}`).join(', ');
    throw new SwitchboardError('LISTEN_FAILED', `SIP cannot listen on ${where}`, { cause: error });
  }
}

/** `sip:127.0.0.1:5060;transport=udp` */
export function listenerOf(uri: string): ListenAddress {
  const match = /^sip:(.+):(\d+);transport=(\w+)$/.exec(uri);
  const [, host = '', port = '0', transport] = match ?? [];
  return { transport: transport === 'tcp' ? 'tcp' : 'udp', host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/**
 * Example passwords are known to all the world. The loader has seen to our own listeners; a drachtio-server has its own,
 * and only its answer at the connection tells which.
 * @param localUris as the SIP server reports them
 * @param exampleSecrets where example passwords are in use, as `config/agents.yaml:12`
 * @param httpHost where the API listens, unless that has been looked at before
 * @returns a CONFIG_INVALID that names each secret, when another machine could use one
 */
export function exposureOf(
  localUris: readonly string[],
  exampleSecrets: readonly string[],
  httpHost?: string,
): SwitchboardError | undefined {
  if (exampleSecrets.length === 0) return undefined;
  const open = localUris.map(listenerOf).filter(({ host }) => !isLoopback(host));
  const places = open.map(({ transport, host, port }) => `${transport}:${host}:${String(port)}`);
  if (httpHost !== undefined && !isLoopback(httpHost)) places.push(`http ${httpHost}`);
  if (places.length === 0) return undefined;
  const where = places.join(', ');
  return new SwitchboardError(
    'CONFIG_INVALID',
    `it listens on ${where}, which other machines can reach, while example secrets are in use; ` +
      `replace those at ${exampleSecrets.join(', ')}`,
  );
}
