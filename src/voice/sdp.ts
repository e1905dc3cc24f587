/**
 * An SDP answer to a call that nobody needs to hear anything of: the offer's streams, each accepted with its first
 * format and kept silent (RFC 3264 §6.1, `inactive`), sent to the discard port.
 *
 * @param offer the caller's SDP; without one the result is an offer of silent G.711 (RFC 3551)
 */
export function silentSdp(offer: string | undefined): string {
  const media = offer === undefined ? ['m=audio 9 RTP/AVP 0'] : mediaLinesOf(offer);
  const head = ['v=0', 'o=switchboard 0 0 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0'];
  return [...head, ...media.flatMap((line) => [line, 'a=inactive']), ''].join('\r\n');
}

function mediaLinesOf(offer: string): string[] {
  return offer
    .split(/\r?\n/)
    .filter((line) => line.startsWith('m='))
    .map((line) => {
      const [kind, , protocol, format] = line.split(' ');
      return [kind, '9', protocol ?? 'RTP/AVP', format ?? '0'].join(' ');
    });
}
