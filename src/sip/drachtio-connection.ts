/** The control connection to the SIP server: opened, authenticated, and opened again when it is lost. */

import type { Clock } from '../kernel/clock.js';
import { SwitchboardError } from '../kernel/errors.js';
import type { Logger } from '../kernel/logger.js';
import { createSrf, type SrfClient, type SrfRequest, type SrfResponse } from './drachtio-srf-types.js';

export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export interface DrachtioConnection {
  /**
   * Tries for up to ten seconds, since both may have been started at the same moment.
   * @throws SwitchboardError SIP_SERVER_REFUSED for a wrong secret, SIP_SERVER_UNREACHABLE
   */
  open(): Promise<void>;
  /** `undefined` while there is no connection. */
  client(): SrfClient | undefined;
  /** `udp/127.0.0.1:5060` for each listener. */
  hostports(): readonly string[];
  close(): void;
}

interface ConnectionOptions {
  readonly address: DrachtioAddress;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onRequest: (req: SrfRequest, res: SrfResponse) => void;
  readonly onConnection: (up: boolean) => void;
}

/** What the server shall send us outside dialogs; it answers 503 for any other method, and drops REFER. */
const routedMethods = ['invite', 'register', 'options', 'subscribe', 'publish', 'message', 'notify', 'info'];

const firstOpenMs = 10_000;
const attemptMs = 5_000;
const backOff = { firstMs: 150, factor: 1.7, longestMs: 5_000 };

type Attempt = { readonly type: 'open'; readonly hostports: string } | { readonly type: 'refused' } | Unreachable;
type Unreachable = { readonly type: 'unreachable'; readonly cause: unknown };

export function createDrachtioConnection(options: ConnectionOptions): DrachtioConnection {
  return new ReconnectingConnection(options);
}

class ReconnectingConnection implements DrachtioConnection {
  readonly #options: ConnectionOptions;
  #current: SrfClient | undefined;
  #hostports: readonly string[] = [];
  #isClosed = false;
  #cancelRetry: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  client(): SrfClient | undefined {
    return this.#current;
  }

  hostports(): readonly string[] {
    return this.#hostports;
  }

  async open(): Promise<void> {
    const { address, clock } = this.#options;
    const giveUpMs = clock.now() + firstOpenMs;
    for (let delayMs = backOff.firstMs; ; delayMs *= backOff.factor) {
      const outcome = await this.#attempt();
      if (outcome.type === 'open') return;
      const where = `${address.host}:${address.port}`;
      if (outcome.type === 'refused') {
        throw new SwitchboardError('SIP_SERVER_REFUSED', `the SIP server at ${where} refused the secret`);
      }
      if (clock.now() + delayMs > giveUpMs) {
        const { cause } = outcome;
        throw new SwitchboardError('SIP_SERVER_UNREACHABLE', `no SIP server answers at ${where}`, { cause });
      }
      await new Promise<void>((resume) => void clock.after(delayMs, resume));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry();
    if (this.#current !== undefined) disconnect(this.#current);
    this.#current = undefined;
  }

  /** A new client for each attempt: what was under way on the old connection must not linger in the library's maps. */
  #attempt(): Promise<Attempt> {
    const { address, clock, onRequest } = this.#options;
    return new Promise((settle) => {
      const srf = createSrf();
      const cancelTimeout = clock.after(attemptMs, () => settle({ type: 'unreachable', cause: 'no answer' }));
      const done = (outcome: Attempt) => {
        cancelTimeout();
        settle(outcome);
      };
      srf.on('error', (cause) => done({ type: 'unreachable', cause }));
      srf.on('close', () => {
        done({ type: 'unreachable', cause: 'closed' });
        if (this.#current === srf) this.#lost();
      });
      srf.on('connect', (error, hostports = '') => {
        const connected = () => done(this.#connected(srf, error, hostports));
        if (error === null) whenRouted(srf, connected);
        else connected();
      });
      srf.use(onRequest);
      // The first handler takes everything; these only make the library ask the server for the methods.
      for (const method of routedMethods) srf.use(method, () => undefined);
      srf.connect({ ...address, enablePing: true, reconnect: { maxAttempts: 1 } });
    });
  }

  #connected(srf: SrfClient, error: Error | null, hostports: string): Attempt {
    if (error !== null || this.#isClosed) {
      disconnect(srf);
      return error === null ? { type: 'unreachable', cause: 'closed' } : { type: 'refused' };
    }
    this.#current = srf;
    this.#hostports = hostports.split(',').filter((hostport) => hostport !== '');
    return { type: 'open', hostports };
  }

  #lost(): void {
    this.#current = undefined;
    if (this.#isClosed) return;
    this.#options.log.warn({}, 'connection to the SIP server lost');
    this.#options.onConnection(false);
    void this.#retry(backOff.firstMs);
  }

  async #retry(delayMs: number): Promise<void> {
    const { clock, log, onConnection } = this.#options;
    await new Promise<void>((resume) => (this.#cancelRetry = clock.after(delayMs, resume)));
    if (this.#isClosed) return;
    const outcome = await this.#attempt();
    if (outcome.type === 'open') {
      log.info({ hostports: outcome.hostports }, 'connection to the SIP server is back');
      onConnection(true);
      return;
    }
    log.warn({ outcome: outcome.type }, 'SIP server still not connected');
    return this.#retry(Math.min(delayMs * backOff.factor, backOff.longestMs));
  }
}

/**
 * The library is connected before the server has taken its routes, and would answer 503 to a call in between. The server
 * does one thing after the other, so the answer to any command, here its refusal, comes after them.
 */
function whenRouted(srf: SrfClient, then: () => void): void {
  srf.request('sip:placeholder', { method: 'INFO', stackDialogId: 'none' }, () => then());
}

function disconnect(srf: SrfClient): void {
  try {
    srf.disconnect();
  } catch {
    // It asserts that there is a socket; without one there is nothing to close.
  }
}
