/**
 * An SDP answer to a call that nobody needs to hear anything of: the offer's streams, each accepted with its first
 * format and kept silent (RFC 3264 §6.1, `inactive`), sent to the discard port. Keys (RFC 4733) are accepted with it:
 * FreeSWITCH takes no word on them later from who left them out of the first answer.
 *
 * @param offer the caller's SDP; without one the result is an offer of silent G.711 (RFC 3551)
 */
export function silentSdp(offer: string | undefined): string {
  const media = offer === undefined ? [['m=audio 9 RTP/AVP 0']] : streamsOf(offer).map(silentStream);
  const head = ['v=0', 'o=switchboard 0 0 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0'];
  return [...head, ...media.flatMap((lines) => [...lines, 'a=inactive']), ''].join('\r\n');
}

/**
 * What a party said who was on hold, as it would be said to anybody else: `recvonly` and `inactive` are but the answers
 * to who sends only, or nothing (RFC 3264 §6.1).
 */
export function withoutBeingHeld(sdp: string): string {
  return sdp.replace(/^a=(?:recvonly|inactive)(?=\r?$)/gm, 'a=sendrecv');
}

/** The lines of each stream, its `m=` first. */
function streamsOf(offer: string): string[][] {
  const streams: string[][] = [];
  for (const line of offer.split(/\r?\n/)) {
    if (line.startsWith('m=')) streams.push([line]);
    else streams.at(-1)?.push(line);
  }
  return streams;
}

function silentStream([media = '', ...attributes]: readonly string[]): string[] {
  const [kind, , protocol = 'RTP/AVP', format = '0', ...others] = media.split(' ');
  const keys = others
    .map((other) => attributes.find((line) => line.startsWith(`a=rtpmap:${other} telephone-event/8000`)))
    .find((line) => line !== undefined);
  const keysFormat = keys === undefined ? [] : [keys.slice('a=rtpmap:'.length).split(' ')[0]];
  return [[kind, '9', protocol, format, ...keysFormat].join(' '), ...(keys === undefined ? [] : [keys])];
}
