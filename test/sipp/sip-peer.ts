/**
 * A SIP peer without any manners: sends over UDP exactly the text it is given and keeps what comes back. For what SIPp
 * cannot say: SHA-256 digests, replayed nonces, broken messages.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { answerChallenge, parseChallenge, type Algorithm, type Challenge } from './digest.js';
import { parseMessage, type WireMessage } from './wire-trace.js';

export interface SipPeer {
  readonly host: string;
  readonly port: number;
  readonly received: readonly WireMessage[];
  send(text: string): void;
  /** The next message, received or to come, that fits and was not given out before; rejects when none comes in time. */
  next(fits: (message: WireMessage) => boolean, withinMs?: number): Promise<WireMessage>;
  close(): Promise<void>;
}

export async function openSipPeer(target: { host: string; port: number }, host = '127.0.0.1'): Promise<SipPeer> {
  const socket = createSocket('udp4');
  const received: WireMessage[] = [];
  const waiting = new Set<(message: WireMessage) => boolean>();
  const given = new Set<WireMessage>();
  socket.on('message', (packet) => {
    const message = parseMessage(packet.toString('latin1'), 'received', Date.now());
    if (!message) return;
    received.push(message);
    for (const take of waiting) if (take(message)) break;
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  return {
    host,
    port: socket.address().port,
    received,
    send: (text) => socket.send(text.replace(/\r?\n/g, '\r\n'), target.port, target.host),
    next(fits, withinMs = 30_000) {
      const already = received.find((message) => !given.has(message) && fits(message));
      if (already) {
        given.add(already);
        return Promise.resolve(already);
      }
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(take);
          reject(
            new Error(`nothing that fits came within ${withinMs} ms; last: ${received.at(-1)?.startLine ?? 'nothing'}`),
          );
        }, withinMs);
        const take = (message: WireMessage) => {
          if (!fits(message)) return false;
          clearTimeout(timer);
          waiting.delete(take);
          given.add(message);
          resolve(message);
          return true;
        };
        waiting.add(take);
      });
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

let serial = 0;

export interface RequestOptions {
  readonly method: string;
  readonly uri: string;
  readonly fromUser: string;
  readonly toUser: string;
  readonly domain: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** The text of a request outside any dialog, with a fresh branch. */
export function requestText(peer: Pick<SipPeer, 'host' | 'port'>, options: RequestOptions): string {
  serial += 1;
  const callId = options.callId ?? `${process.pid}-${serial}@${peer.host}`;
  const body = options.body ?? '';
  return [
    `${options.method} ${options.uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${peer.host}:${peer.port};rport;branch=z9hG4bK${process.pid}x${serial}`,
    `From: <sip:${options.fromUser}@${options.domain}>;tag=${process.pid}p${serial}`,
    `To: <sip:${options.toUser}@${options.domain}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${options.cseq ?? 1} ${options.method}`,
    'Max-Forwards: 70',
    ...(options.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body.replace(/\r?\n/g, '\r\n'))}`,
    '',
    body,
  ].join('\n');
}

/** Every challenge of a 401 or 407, in the order of the wire. */
export function challengesOf(message: WireMessage): Challenge[] {
  return message.text
    .split('\n')
    .filter((line) => /^(WWW|Proxy)-Authenticate:/i.test(line))
    .map((line) => parseChallenge(line.slice(line.indexOf(':') + 1)));
}

export interface RegisterOptions {
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly algorithm?: Algorithm;
  readonly contacts?: readonly string[];
  readonly expires?: number;
}

/** Registers as a careful phone does and resolves with the final response. */
export async function registerAt(peer: SipPeer, options: RegisterOptions): Promise<WireMessage> {
  const challenged = await transact(peer, registerText(peer, options));
  if (challenged.status !== 401) return challenged;
  const challenge = challengesOf(challenged).find(
    (each) => options.algorithm === undefined || each.algorithm === options.algorithm,
  );
  if (!challenge) throw new Error(`no challenge for ${options.algorithm}`);
  return transact(peer, registerText(peer, options, challenge));
}

/** One REGISTER, signed when there is a challenge to answer. */
export function registerText(
  peer: Pick<SipPeer, 'host' | 'port'>,
  options: RegisterOptions,
  challenge?: Challenge,
  signing: { nonceCount?: number; cnonce?: string } = {},
): string {
  const uri = `sip:${options.domain}`;
  const { username, password } = options;
  const contacts = options.contacts ?? [`<sip:${username}@${peer.host}:${peer.port}>`];
  return requestText(peer, {
    method: 'REGISTER',
    uri,
    fromUser: username,
    toUser: username,
    domain: options.domain,
    headers: [
      ...contacts.map((contact) => `Contact: ${contact}`),
      `Expires: ${options.expires ?? 600}`,
      ...(challenge
        ? [`Authorization: ${answerChallenge(challenge, { username, password, method: 'REGISTER', uri, ...signing })}`]
        : []),
    ],
  });
}

/** Sends a request once and resolves with its final response. */
export async function transact(peer: SipPeer, text: string, withinMs = 30_000): Promise<WireMessage> {
  const callId = /^Call-ID: (.*)$/m.exec(text)![1]!;
  const branch = /branch=([^;\s]+)/.exec(text)![1]!;
  peer.send(text);
  return peer.next(
    (message) =>
      message.callId === callId && (message.status ?? 0) >= 200 && (message.header('Via')?.includes(branch) ?? false),
    withinMs,
  );
}
