/** What two session descriptions have to do with each other (RFC 8866, RFC 3264), as far as a call needs to know. */

interface Stream {
  readonly kind: string;
  readonly port: string;
  readonly formats: readonly string[];
  readonly address: string;
  readonly direction: string;
}

const directions: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/**
 * Whether whoever knows `before` need not be told of `now`: each stream goes to the same address and port, in the same
 * direction, and by no format that was not named before. Texts that are no SDP say the same when they are equal.
 */
export function saysTheSame(before: string, now: string): boolean {
  if (before === now) return true;
  const [old, fresh] = [streamsOf(before), streamsOf(now)];
  if (old.length === 0 || old.length !== fresh.length) return false;
  return fresh.every((stream, index) => {
    const known = old[index];
    return known !== undefined && isCovered(stream, known);
  });
}

function isCovered(stream: Stream, known: Stream): boolean {
  const isSame =
    stream.kind === known.kind &&
    stream.port === known.port &&
    stream.address === known.address &&
    stream.direction === known.direction;
  return isSame && stream.formats.every((format) => known.formats.includes(format));
}

/**
 * Whether the offer puts the other side on hold: its audio wants to hear nothing (RFC 3264 §8.4 `sendonly` and
 * `inactive`, and the address 0.0.0.0 of older phones).
 */
export function isHold(sdp: string): boolean {
  const audio = streamsOf(sdp).find((stream) => stream.kind === 'audio');
  if (audio === undefined || audio.port === '0') return false;
  return audio.direction === 'sendonly' || audio.direction === 'inactive' || audio.address === '0.0.0.0';
}

function streamsOf(sdp: string): Stream[] {
  const streams: Stream[] = [];
  let address = '';
  let direction = 'sendrecv';
  for (const line of sdp.split(/\r?\n/)) {
    const value = line.slice(2);
    const current = streams.at(-1);
    if (line.startsWith('m=')) {
      const [kind = '', port = '', , ...formats] = value.split(' ');
      streams.push({ kind, port, formats, address, direction });
    } else if (line.startsWith('c=')) {
      const there = value.split(' ')[2]?.split('/')[0] ?? '';
      if (current === undefined) address = there;
      else streams[streams.length - 1] = { ...current, address: there };
    } else if (line.startsWith('a=') && directions.includes(value)) {
      if (current === undefined) direction = value;
      else streams[streams.length - 1] = { ...current, direction: value };
    }
  }
  return streams;
}
