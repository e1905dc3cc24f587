/** {@link Signalling} over drachtio-srf: connection, dispatch of what comes in, and the list of what is going on. */
import type { SessionTimersConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type {
  LegEvent,
  OutboundInvite,
  OutboundLeg,
  ResponseHeaders,
  Signalling,
  SignallingHandlers,
} from '../voice/signalling.js';
import { parseNameAddr } from '../voice/sip-uri.js';
import { createDrachtioConnection, type DrachtioAddress, type DrachtioConnection } from './drachtio-connection.js';
import type { SrfRequest, SrfResponse } from './drachtio-srf-types.js';
import { SrfInboundLeg } from './inbound-leg.js';
import { transactionTimeoutMs, type Farewell, type LegContext, type PendingInvite } from './leg-context.js';
import { SrfOutboundLeg } from './outbound-leg.js';
import { createPeerRequests } from './peer-request.js';
import { sessionBodyOf, unreadBodyHeaders } from './session-body.js';
import { sessionRefusalOf } from './session-timer.js';
import { allowedMethods, headerOf, supportedOptions, tokensOf } from './sip-headers.js';
import { readSipRequest, sourceOf } from './sip-request.js';
import { createStack, forgetRequest, refuseOn, respondTo } from './stack.js';
import { createTimers, type TimerScope } from './timers.js';

export interface SignallingOptions {
  readonly connection: DrachtioAddress;
  /** Host part of our own URIs. */
  readonly domain: string;
  readonly sessionTimers: SessionTimersConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/** For who is too fast, or not wanted now. */
const retryAfterS = 5;

/** How long the last BYEs may take when the controller stops. */
const stopGraceMs = 2_000;

export function createSignalling(options: SignallingOptions): Signalling {
  return new DrachtioSignalling(options);
}

class DrachtioSignalling implements Signalling {
  readonly #options: SignallingOptions;
  readonly #context: LegContext;
  readonly #connection: DrachtioConnection;
  readonly #lingering: TimerScope;
  /** INVITEs that policy has neither accepted nor refused yet. */
  readonly #undecided = new Set<UndecidedInvite>();
  #handlers: SignallingHandlers | undefined;
  #farewells: Farewell[] = [];
  #isStopping = false;

  constructor(options: SignallingOptions) {
    this.#options = options;
    this.#lingering = createTimers(options.clock).scope();
    this.#connection = createDrachtioConnection({
      address: options.connection,
      clock: options.clock,
      log: options.log,
      onRequest: (req, res) => this.#onRequest(req, res),
      onConnection: (up) => this.#onConnection(up),
    });
    this.#context = {
      stack: createStack({
        client: () => this.#connection.client(),
        log: options.log,
        onPeerRequest: (req, res) => this.#onRequest(req, res),
      }),
      timers: createTimers(options.clock),
      log: options.log,
      sessionTimers: options.sessionTimers,
      dialogs: new Map(),
      peerRequests: createPeerRequests(),
      pendingInvites: new Set(),
      linger: (delayMs, cleanUp) => void this.#lingering.after(delayMs, cleanUp),
    };
  }

  start(handlers: SignallingHandlers): Promise<void> {
    this.#handlers = handlers;
    return this.#connection.open();
  }

  invite(request: OutboundInvite, onEvent: (event: LegEvent) => void): OutboundLeg {
    return new SrfOutboundLeg(this.#context, request, onEvent);
  }

  probe({ uri, proxy }: { readonly uri: string; readonly proxy?: string }): Promise<boolean> {
    return new Promise((settle) => {
      const timers = this.#context.timers.scope();
      const done = (isThere: boolean) => {
        timers.end();
        settle(isThere);
      };
      let sent: SrfRequest | undefined;
      // The server gives up after 64*T1 itself and says 408.
      timers.after(transactionTimeoutMs + 2_000, () => {
        if (sent !== undefined) forgetRequest(sent);
        done(false);
      });
      this.#context.stack.send(
        {
          method: 'OPTIONS',
          target: { uri, ...(proxy === undefined ? {} : { proxy }) },
          headers: { From: `<sip:${this.#options.domain}>`, To: `<${uri}>`, 'Max-Forwards': '70' },
        },
        {
          onSent: (request) => (sent = request),
          // The server's own words for silence and for a broken transport.
          onResponse: ({ status }) => status >= 200 && done(status !== 408 && status !== 503),
          onNotSent: () => done(false),
        },
      );
    });
  }

  counts(): { dialogs: number; pendingInvites: number; timers: number } {
    const { dialogs, pendingInvites, timers } = this.#context;
    return {
      dialogs: [...dialogs.values()].filter((dialog) => !dialog.isEarly).length,
      pendingInvites: pendingInvites.size + this.#undecided.size,
      timers: timers.count(),
    };
  }

  localUris(): readonly string[] {
    return this.#connection.hostports().map((hostport) => {
      const [transport = 'udp', address = ''] = hostport.split('/');
      return `sip:${address};transport=${transport}`;
    });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const { dialogs, pendingInvites } = this.#context;
    for (const invite of [...pendingInvites]) invite.stop();
    for (const invite of [...this.#undecided]) invite.stop();
    for (const dialog of [...dialogs.values()]) dialog.stop();
    const { clock } = this.#options;
    const giveUpMs = clock.now() + stopGraceMs;
    while (dialogs.size + pendingInvites.size > 0 && clock.now() < giveUpMs) {
      await new Promise<void>((resume) => void clock.after(20, resume));
    }
    this.#lingering.end();
    this.#connection.close();
  }

  #onConnection(up: boolean): void {
    if (up) {
      const client = this.#connection.client();
      for (const farewell of this.#farewells.splice(0)) if (client !== undefined) farewell(client);
    } else {
      const { dialogs, pendingInvites } = this.#context;
      const lost = [...this.#undecided, ...pendingInvites, ...dialogs.values()];
      this.#farewells = lost.map((entry) => entry.connectionLost()).filter((farewell) => farewell !== undefined);
    }
    this.#handlers?.onConnection(up);
  }

  #onRequest(req: SrfRequest, res: SrfResponse): void {
    try {
      this.#dispatch(req, res);
    } catch (error) {
      this.#options.log.error({ err: error, method: req.method }, 'request not handled');
      if (req.method !== 'ACK' && !res.finalResponseSent) respondTo(res, 500);
    }
  }

  #dispatch(req: SrfRequest, res: SrfResponse): void {
    const dialog = this.#context.dialogs.get(req.stackDialogId ?? '');
    if (req.source === 'application') return dialog?.onServerBye(headerOf(req.headers, 'reason') ?? '');
    if (dialog !== undefined) return dialog.onPeerRequest(req, res);
    if (req.method === 'ACK') return;
    if (req.stackDialogId || parseNameAddr(req.headers.to ?? '')?.params.tag !== undefined) return respondTo(res, 481);
    this.#outsideDialogs(req, res);
  }

  #outsideDialogs(req: SrfRequest, res: SrfResponse): void {
    const screening = this.#handlers?.screen?.(sourceOf(req)) ?? 'admit';
    if (screening === 'drop' && req.method !== 'INVITE') return;
    if (screening !== 'admit') return respondTo(res, 503, { headers: { 'Retry-After': String(retryAfterS) } });
    if (req.method !== 'INVITE' && req.method !== 'REGISTER') return answerOther(req, res);
    if (this.#isStopping || this.#handlers === undefined) return respondTo(res, 503);
    // RFC 3261 §8.2.2.3
    const known = tokensOf(supportedOptions);
    const unknown = tokensOf(headerOf(req.headers, 'require')).filter((tag) => !known.includes(tag));
    if (unknown.length > 0) return respondTo(res, 420, { headers: { Unsupported: unknown.join(', ') } });
    if (req.method === 'INVITE') return this.#onInvite(req, res, this.#handlers);
    const request = readSipRequest(req, (status, options) => {
      if (!res.finalResponseSent) respondTo(res, status, options);
    });
    if (request === undefined) return respondTo(res, 400);
    this.#handlers.onRegister(request);
  }

  #onInvite(req: SrfRequest, res: SrfResponse, handlers: SignallingHandlers): void {
    const undecided = new UndecidedInvite(req, res, this.#undecided);
    const request = readSipRequest(req, (status, options) => undecided.refuse(status, options));
    // A dialog without a Contact could not be ended by us (RFC 3261 §8.1.1.8).
    if (request?.contacts.length !== 1) return undecided.refuse(400);
    if (sessionBodyOf(req).type === 'other') return undecided.refuse(415, { headers: unreadBodyHeaders });
    // We pass calls on, so we keep a proxy's rule against loops (RFC 3261 §16.3).
    if (Number(req.headers['max-forwards'] ?? 70) === 0) return undecided.refuse(483);
    const minSe = sessionRefusalOf(this.#context.sessionTimers, req.headers);
    if (minSe !== undefined) return undecided.refuse(422, { headers: { 'Min-SE': String(minSe) } });
    handlers.onInvite(request, (leg, onEvent) => {
      undecided.decided();
      return new SrfInboundLeg(this.#context, { req, res, isCancelled: undecided.isCancelled }, leg, onEvent);
    });
  }
}

class UndecidedInvite implements PendingInvite {
  isCancelled = false;

  constructor(
    req: SrfRequest,
    readonly res: SrfResponse,
    readonly all: Set<UndecidedInvite>,
  ) {
    all.add(this);
    req.on('cancel', () => {
      this.isCancelled = true;
      all.delete(this);
    });
  }

  refuse(status: number, options?: { reason?: string; headers?: ResponseHeaders }): void {
    if (this.all.delete(this)) respondTo(this.res, status, options);
  }

  decided(): void {
    this.all.delete(this);
  }

  connectionLost(): Farewell {
    this.all.delete(this);
    return (client) => refuseOn(client, this.res);
  }

  stop(): void {
    this.refuse(503);
  }
}

/** What needs no decision. Phones stop asking after these answers; 503, the server's own, would mean that we are down. */
function answerOther(req: SrfRequest, res: SrfResponse): void {
  if (req.method === 'OPTIONS') {
    const headers = { Allow: `${allowedMethods}, REGISTER`, Accept: 'application/sdp', Supported: supportedOptions };
    return respondTo(res, 200, { headers });
  }
  if (req.method === 'SUBSCRIBE' || req.method === 'PUBLISH') return respondTo(res, 489);
  if (req.method === 'NOTIFY' || req.method === 'INFO') return respondTo(res, 481);
  respondTo(res, 405, { headers: { Allow: `${allowedMethods}, REGISTER` } });
}
