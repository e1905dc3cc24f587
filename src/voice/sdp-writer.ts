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
  let version = 0;
  let before: string | undefined;
  let streams: readonly string[] = [];
  return {
    write(sdp) {
      const lines = sdp.split(/\r\n|\r|\n/).filter((line) => line !== '');
      const origin = lines.find((line) => line.startsWith('o='));
      const said = [...lines.filter((line) => line !== origin), ...missingFrom(lines, streams)];
      const text = said.join('\r\n');
      if (text !== before) version += 1;
      before = text;
      streams = streamsIn(said);
      const own = `o=switchboard ${String(sessionId)} ${String(version)} ${addressIn(origin)}`;
      const head = said[0]?.startsWith('v=') === true ? 1 : 0;
      return [...said.slice(0, head), own, ...said.slice(head), ''].join('\r\n');
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
