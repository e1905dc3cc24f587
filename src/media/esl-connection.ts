/**
 * One connection to a media server's event socket: opened, authenticated, subscribed, and opened again when it is lost.
 *
 * ```
 *   connecting ──authenticated, subscribed──► up ──closed, reset──► connecting (at once, then ever later)
 *       └──wrong password, or not on the server's list──► refused ──a minute──► connecting
 * ```
 */
import type { Connection, EslEvent } from 'modesl';
import modesl from 'modesl';
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { coreUuid, type EslCommand } from './esl-commands.js';

export interface EslAddress {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

export type EslReply =
  | { readonly type: 'ok'; readonly text: string }
  /** `-ERR ...`: no such channel, as a rule. */
  | { readonly type: 'refused'; readonly text: string }
  | { readonly type: 'timeout' }
  | { readonly type: 'not-connected' };

export interface EslConnection {
  readonly isUp: boolean;
  /** Always resolves, after {@link commandLimitMs} at the latest. Commands are carried out in the order of the calls. */
  send(command: EslCommand, limitMs?: number): Promise<EslReply>;
  /** Gives up the present connection, if there is one, and connects anew. */
  reset(): void;
  close(): void;
}

interface EslOptions {
  readonly address: EslAddress;
  readonly clock: Clock;
  readonly log: Logger;
  /** @param core names the server's process: another one than last time has none of the old channels */
  readonly onUp: (core: string) => void;
  /** The connection was lost, or could not be had; another try follows. `unreachable`: nobody listens there. */
  readonly onDown: (why: DownReason) => void;
  readonly onEvent: (event: EslEvent) => void;
  /** Between 0 and 1; spreads the tries of several controllers. */
  readonly random?: () => number;
}

export type DownReason = 'lost' | 'unreachable' | 'no-answer' | 'refused';

export const commandLimitMs = 2_000;
const attemptLimitMs = 3_000;
/** The first try after a loss comes at once. */
const backOff = { firstMs: 100, factor: 2, longestMs: 5_000 };
/** A wrong password will hardly be right in a second; the server's log and its blocking lists are spared. */
const refusedPauseMs = 60_000;
const keepAliveMs = 10_000;

const events = ['HEARTBEAT', 'DTMF', 'CHANNEL_PARK', 'CHANNEL_BRIDGE', 'RECORD_STOP'];
/** Every application of the dialplan ends with one, five a call; of these we want `playback`'s. */
const endOfApplication = 'CHANNEL_EXECUTE_COMPLETE';
/** An event that fits none of them is not sent. */
const filters = [...events.map((name) => `Event-Name ${name}`), 'Application playback'];

export function createEslConnection(options: EslOptions): EslConnection {
  return new ReconnectingConnection(options);
}

class ReconnectingConnection implements EslConnection {
  readonly #options: EslOptions;
  #attempt: Attempt | undefined;
  #failures = 0;
  #isClosed = false;
  #cancelRetry: () => void = () => undefined;

  constructor(options: EslOptions) {
    this.#options = options;
    this.#connect();
  }

  get isUp(): boolean {
    return this.#attempt?.isUp ?? false;
  }

  send(command: EslCommand, limitMs = commandLimitMs): Promise<EslReply> {
    const attempt = this.#attempt;
    return attempt?.isUp === true ? attempt.send(command, limitMs) : Promise.resolve({ type: 'not-connected' });
  }

  reset(): void {
    this.#attempt?.end('lost');
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#attempt?.end('lost');
  }

  #connect(): void {
    const { onUp, log } = this.#options;
    const attempt = new Attempt(this.#options, {
      onUp: (core) => {
        this.#failures = 0;
        log.info({}, 'connected to the media server');
        onUp(core);
      },
      onEnd: (why) => this.#onEnd(why),
    });
    this.#attempt = attempt;
  }

  #onEnd(why: DownReason): void {
    this.#attempt = undefined;
    if (this.#isClosed) return;
    const { clock, log, onDown } = this.#options;
    const delayMs = this.#delayMs(why);
    if (why === 'refused') {
      log.error({ againInMs: delayMs }, 'the media server refuses us: wrong password, or this address is not allowed');
    } else if (why === 'lost' || this.#failures === 0) {
      log.warn({ why }, 'no connection to the media server');
    }
    if (why !== 'lost') this.#failures += 1;
    this.#cancelRetry = clock.after(delayMs, () => this.#connect());
    onDown(why);
  }

  #delayMs(why: DownReason): number {
    const random = this.#options.random ?? Math.random;
    if (why === 'refused') return refusedPauseMs * (1 + random() / 4);
    if (why === 'lost') return 0;
    const longestMs = Math.min(backOff.firstMs * backOff.factor ** this.#failures, backOff.longestMs);
    return longestMs * (0.5 + random() / 2);
  }
}

interface AttemptEvents {
  readonly onUp: (core: string) => void;
  /** Once, whatever happens first. */
  readonly onEnd: (why: DownReason) => void;
}

/** One connection from first to last: a new one of the library each time, since it keeps callbacks of the old. */
class Attempt {
  isUp = false;
  readonly #options: EslOptions;
  readonly #events: AttemptEvents;
  readonly #connection: Connection;
  readonly #socket: Connection['socket'];
  readonly #waiting = new Set<(reply: EslReply) => void>();
  readonly #cancelLimit: () => void;
  #hasEnded = false;

  constructor(options: EslOptions, attemptEvents: AttemptEvents) {
    this.#options = options;
    this.#events = attemptEvents;
    const { host, port, password } = options.address;
    this.#connection = new modesl.Connection(host, port, password, () => undefined);
    this.#socket = this.#connection.socket;
    this.#socket?.setNoDelay(true);
    this.#socket?.setKeepAlive(true, keepAliveMs);
    this.#socket?.on('close', () => this.end(this.isUp ? 'lost' : 'no-answer'));
    this.#cancelLimit = options.clock.after(attemptLimitMs, () => this.end('no-answer'));
    this.#listen();
  }

  send(command: EslCommand, limitMs: number): Promise<EslReply> {
    return new Promise((resolve) => {
      const settle = (reply: EslReply): void => {
        if (!this.#waiting.delete(settle)) return;
        cancelLimit();
        resolve(reply);
      };
      const cancelLimit = this.#options.clock.after(limitMs, () => settle({ type: 'timeout' }));
      this.#waiting.add(settle);
      this.#write(command, settle);
    });
  }

  end(why: DownReason): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.isUp = false;
    this.#cancelLimit();
    this.#socket?.destroy();
    for (const settle of [...this.#waiting]) settle({ type: 'not-connected' });
    this.#events.onEnd(why);
  }

  #write(command: EslCommand, settle: (reply: EslReply) => void): void {
    if (command.kind === 'api') {
      this.#connection.api(command.line, (reply) => settle(replyOf(reply.getBody() ?? '')));
      return;
    }
    const headers = {
      'call-command': 'execute',
      'execute-app-name': command.application,
      'execute-app-arg': command.argument,
      'Event-UUID': command.executionId,
    };
    this.#connection.sendRecv(`sendmsg ${command.channel}`, headers, (reply) => {
      settle(replyOf(textOf(reply, 'Reply-Text')));
    });
  }

  #listen(): void {
    const connection = this.#connection;
    connection.on('error', (error: Error & { code?: string }) => {
      if (this.#hasEnded) return;
      this.end(this.isUp ? 'lost' : error.code === 'ECONNREFUSED' ? 'unreachable' : 'no-answer');
    });
    connection.on('esl::end', () => this.end(this.isUp ? 'lost' : 'no-answer'));
    connection.on('esl::event::auth::fail', () => this.end('refused'));
    connection.on('esl::event::raw::text/rude-rejection', () => this.end('refused'));
    connection.on('esl::event::auth::success', () => void this.#onAuthenticated());
    connection.on('esl::event::**', (event, headers) => {
      if (headers?.['Content-Type'] === 'text/event-json' && !this.#hasEnded) this.#options.onEvent(event);
    });
  }

  async #onAuthenticated(): Promise<void> {
    const subscribed = [
      ...filters.map((filter) => `filter ${filter}`),
      `event json ${[...events, endOfApplication].join(' ')}`,
    ].map((line) => new Promise<void>((resolve) => this.#connection.sendRecv(line, {}, () => resolve())));
    const core = await this.send(coreUuid, attemptLimitMs);
    await Promise.all(subscribed);
    if (this.#hasEnded) return;
    if (core.type !== 'ok') {
      this.end('no-answer');
      return;
    }
    this.#cancelLimit();
    this.isUp = true;
    this.#events.onUp(core.text);
  }
}

function replyOf(text: string): EslReply {
  const line = text.trim();
  return line.startsWith('-') ? { type: 'refused', text: line } : { type: 'ok', text: line };
}

/** A header as text; absent and empty are the same. */
export function textOf(event: EslEvent, header: string): string {
  return String(event.getHeader(header) ?? '');
}
