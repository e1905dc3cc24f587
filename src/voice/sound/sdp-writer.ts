/**
 * What is said in one dialog under one name, whosever session is passed on: RFC 3264 §8 wants the `o=` line to stay but
 * for its version, which rises by one when something else has changed, and never fewer streams than before.
 */
export interface SdpWriter {
  /** @returns the description as it may be sent in this dialog, as offer or as answer */
  write(sdp: string): string;
}

/** @param sessionId of the `o=` line, RFC 8866 §5.2: a number that no other session of this machine has */
export function createSdpWriter(sessionId: number): SdpWriter {
  return writerAfter({ name: `switchboard ${String(sessionId)}`, version: 0n });
}

/** Goes on with the name under which the dialog's first description was sent as it came. */
export function continueSdp(first: string): SdpWriter {
  const [, name = 'switchboard 1', version = '0'] = /^o=(\S+ \S+) (\d+) /m.exec(first) ?? [];
  return writerAfter({ name, version: BigInt(version), streams: streamsIn(first.split(/\r\n|\r|\n/)) });
}

interface Said {
  readonly name: string;
  readonly version: bigint;
  readonly streams?: readonly string[];
}

function writerAfter(said: Said): SdpWriter {
  const { name } = said;
  let { version, streams = [] } = said;
  let before: string | undefined;
  return {
    write(sdp) {
      const lines = sdp.split(/\r\n|\r|\n/).filter((line) => line !== '');
      const origin = lines.find((line) => line.startsWith('o='));
      const written = [...lines.filter((line) => line !== origin), ...missingFrom(lines, streams)];
      const text = written.join('\r\n');
      if (text !== before) version += 1n;
      before = text;
      streams = streamsIn(written);
      const own = `o=${name} ${String(version)} ${addressIn(origin)}`;
      const head = written[0]?.startsWith('v=') === true ? 1 : 0;
      return [...written.slice(0, head), own, ...written.slice(head), ''].join('\r\n');
    },
  };
}

function missingFrom(lines: readonly string[], streams: readonly string[]): string[] {
  const refused = streams.slice(streamsIn(lines).length);
  return refused.map((line) => line.replace(/^(m=\S+) \S+/, '$1 0'));
}

function streamsIn(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('m='));
}

/** `IN IP4 192.0.2.1` as the describer has it. */
function addressIn(origin: string | undefined): string {
  return /\sIN (?:IP4|IP6) \S+$/.exec(origin ?? '')?.[0].trim() ?? 'IN IP4 0.0.0.0';
}
