/** Session descriptions (RFC 8866) with one stream of G.711, offered and answered as in RFC 3264. */
import { isIP } from 'node:net';
import type { CodecName } from './g711.js';
import type { RtpAgreement } from './rtp-party.js';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What is used of a party's description: its first stream of sound. */
export interface RemoteAudio {
  /** 0 refuses the stream. */
  readonly port: number;
  readonly host: string;
  /** Seen from the party. */
  readonly direction: Direction;
  /** In the party's order of preference. */
  readonly codecs: readonly { readonly name: CodecName; readonly payloadType: number }[];
  readonly eventPayloadType: number | undefined;
  /** The `m=` lines as they came, so that each can be answered (RFC 3264 §6). */
  readonly streams: readonly { readonly line: string; readonly isUsed: boolean }[];
}

const STATIC_TYPES: Readonly<Record<number, CodecName>> = { 0: 'PCMU', 8: 'PCMA' };
const MAX_SDP_BYTES = 32 * 1024;

interface Section {
  readonly line: string;
  readonly attributes: string[];
  connection: string | undefined;
}

/** Reads a description. Answers undefined when it is malformed or has no stream of sound over RTP/AVP. */
export function parseSdp(text: string): RemoteAudio | undefined {
  if (text.length > MAX_SDP_BYTES || !/^v=0\r?\n/.test(text)) return undefined;
  const session: Section = { line: '', attributes: [], connection: undefined };
  const sections: Section[] = [];
  for (const line of text.split(/\r?\n/)) {
    const current = sections[sections.length - 1] ?? session;
    if (line.startsWith('m=')) sections.push({ line: line.slice(2), attributes: [], connection: undefined });
    else if (line.startsWith('a=')) current.attributes.push(line.slice(2).trim());
    else if (line.startsWith('c=')) current.connection = line.slice(2).trim();
  }
  const used = sections.find((each) => /^audio \d+(\/\d+)? RTP\/AVPF? /.test(each.line));
  const host = hostOf(used?.connection ?? session.connection);
  if (used === undefined || host === undefined) return undefined;
  const port = Number.parseInt(used.line.split(' ')[1] ?? '', 10);
  if (port > 65535) return undefined;
  return {
    port,
    host,
    direction: directionOf(used) ?? directionOf(session) ?? 'sendrecv',
    ...codecsOf(used),
    streams: sections.map((each) => ({ line: each.line, isUsed: each === used })),
  };
}

/** `IN IP4 192.0.2.1`, a multicast TTL cut off; a name is not looked up. */
function hostOf(connection: string | undefined): string | undefined {
  const address = /^IN IP[46] ([^\s/]+)/.exec(connection ?? '')?.[1];
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

function directionOf(section: Section): Direction | undefined {
  const found = section.attributes.find((each) => /^(sendrecv|sendonly|recvonly|inactive)$/.test(each));
  return found as Direction | undefined;
}

function codecsOf(section: Section): Pick<RemoteAudio, 'codecs' | 'eventPayloadType'> {
  const names = new Map<number, string>();
  for (const attribute of section.attributes) {
    const map = /^rtpmap:(\d+) ([\w-]+)\/8000(?:\/1)?$/i.exec(attribute);
    if (map !== null) names.set(Number(map[1]), (map[2] ?? '').toUpperCase());
  }
  const types = section.line
    .split(' ')
    .slice(3)
    .map(Number)
    .filter((type) => Number.isInteger(type) && type >= 0 && type < 128);
  const codecs = types.flatMap((payloadType) => {
    const name = names.get(payloadType) ?? STATIC_TYPES[payloadType];
    return name === 'PCMU' || name === 'PCMA' ? [{ name, payloadType } as const] : [];
  });
  return { codecs, eventPayloadType: types.find((type) => names.get(type) === 'TELEPHONE-EVENT') };
}

/** What both sides do from now on, or undefined when they have no codec in common. */
export function agreementWith(remote: RemoteAudio): RtpAgreement | undefined {
  const codec = remote.codecs[0];
  if (codec === undefined) return undefined;
  // RFC 3264 §8.4: 0.0.0.0 was hold in RFC 2543.
  const isReachable = remote.port !== 0 && remote.host !== '0.0.0.0' && remote.host !== '::';
  return {
    remote: isReachable ? { host: remote.host, port: remote.port } : undefined,
    codec: codec.name,
    payloadType: codec.payloadType,
    eventPayloadType: remote.eventPayloadType,
    maySend: remote.direction === 'sendrecv' || remote.direction === 'recvonly',
    mayReceive: remote.direction === 'sendrecv' || remote.direction === 'sendonly',
  };
}

const ANSWERS: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

export interface LocalAddress {
  readonly host: string;
  readonly port: number;
  readonly sessionId: number;
  /** One more whenever the description has changed (RFC 3264 §8). */
  readonly version: number;
}

const OFFERED_EVENTS = 101;

/** Our offer: both laws and the keys. */
export function offerSdp(local: LocalAddress): string {
  const lines = ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', ...eventLines(OFFERED_EVENTS)];
  return sdp(local, [`m=audio ${String(local.port)} RTP/AVP 0 8 ${String(OFFERED_EVENTS)}`, ...lines, 'a=ptime:20']);
}

/** Our answer: one codec, keys if the party has them, every other stream refused. */
export function answerSdp(local: LocalAddress, remote: RemoteAudio, agreement: RtpAgreement): string {
  const { payloadType, eventPayloadType, codec } = agreement;
  const types = eventPayloadType === undefined ? `${payloadType}` : `${payloadType} ${eventPayloadType}`;
  return sdp(
    local,
    remote.streams.flatMap(({ line, isUsed }) => {
      if (!isUsed) return [`m=${line.replace(/^(\S+) \S+/, '$1 0')}`];
      if (remote.port === 0) return [`m=audio 0 RTP/AVP ${types}`];
      return [
        `m=audio ${String(local.port)} RTP/AVP ${types}`,
        `a=rtpmap:${payloadType} ${codec}/8000`,
        ...(eventPayloadType === undefined ? [] : eventLines(eventPayloadType)),
        'a=ptime:20',
        `a=${ANSWERS[remote.direction]}`,
      ];
    }),
  );
}

function eventLines(payloadType: number): string[] {
  return [`a=rtpmap:${payloadType} telephone-event/8000`, `a=fmtp:${payloadType} 0-15`];
}

function sdp(local: LocalAddress, streams: readonly string[]): string {
  const address = `IN IP${local.host.includes(':') ? '6' : '4'} ${local.host}`;
  const lines = [
    'v=0',
    `o=FreeSWITCH ${String(local.sessionId)} ${String(local.version)} ${address}`,
    's=FreeSWITCH',
    `c=${address}`,
    't=0 0',
    ...streams,
  ];
  return `${lines.join('\r\n')}\r\n`;
}
