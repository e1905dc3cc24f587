/** SDP of parties and places that exist in a test only: enough to tell who sends where, in what, and which way. */

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One audio stream. */
export interface Session {
  readonly host: string;
  readonly port: number;
  readonly formats: readonly string[];
  readonly direction: Direction;
}

export function sdpOf({ host, port, formats, direction }: Session): string {
  const lines = [
    'v=0',
    `o=- 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${String(port)} RTP/AVP ${formats.join(' ')}`,
    `a=${direction}`,
    '',
  ];
  return lines.join('\r\n');
}

/** @returns undefined for a text that {@link sdpOf} did not make */
export function sessionOf(sdp: string | undefined): Session | undefined {
  const found = /c=IN IP4 (\S+)\r\n[^]*m=audio (\d+) RTP\/AVP ([^\r]*)\r\na=(\w+)/.exec(sdp ?? '');
  if (found === null) return undefined;
  const [, host = '', port = '', formats = '', direction = ''] = found;
  return { host, port: Number(port), formats: formats.split(' '), direction: direction as Direction };
}

/** Where RTP goes: `10.0.0.1:4000`. */
export function addressOf(sdp: string | undefined): string | undefined {
  const session = sessionOf(sdp);
  return session === undefined ? undefined : `${session.host}:${String(session.port)}`;
}

const answered: Record<Direction, Direction> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** RFC 3264 §6: the formats that both have, in the direction that the offer leaves; `own` may want to hear nothing. */
export function answerTo(offer: string, own: Session): string {
  const asked = sessionOf(offer);
  if (asked === undefined) return sdpOf(own);
  const mayHear = own.direction === 'sendrecv' || own.direction === 'recvonly';
  const left = answered[asked.direction];
  const direction = mayHear ? left : left === 'sendrecv' || left === 'sendonly' ? 'sendonly' : 'inactive';
  return sdpOf({ ...own, formats: own.formats.filter((format) => asked.formats.includes(format)), direction });
}
