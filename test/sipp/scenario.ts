/** Pieces of SIPp scenario XML that phones and callers share. */

export function scenario(name: string, ...steps: readonly string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}

/** A message as lines; SIPp sends CRLF and fills `[len]` in itself. */
export function send(lines: readonly string[], attributes = ''): string {
  return `<send ${attributes}><![CDATA[\n\n${lines.join('\n')}\n\n]]></send>`;
}

export const label = (id: string) => `<label id="${id}"/>`;

export const pause = (ms: number) => (ms > 0 ? `<pause milliseconds="${ms}"/>` : '');

/** Goes on at `to`; SIPp has no jump of its own that sends or waits for nothing. */
export const goTo = (to: string) => `<nop next="${to}"/>`;

export const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]';

/** An SDP body whose origin line names who made it, so that a test sees whose SDP arrived where. */
export function sdp(
  owner: string,
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive' = 'sendrecv',
): string[] {
  return [
    'Content-Type: application/sdp',
    'Content-Length: [len]',
    '',
    'v=0',
    `o=${owner} 1 1 IN IP[local_ip_type] [local_ip]`,
    's=-',
    'c=IN IP[media_ip_type] [media_ip]',
    't=0 0',
    'm=audio [media_port] RTP/AVP 0 8',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    `a=${direction}`,
  ];
}

export const noBody = ['Content-Length: 0'];

const reasons: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  302: 'Moved Temporarily',
  403: 'Forbidden',
  404: 'Not Found',
  407: 'Proxy Authentication Required',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  487: 'Request Terminated',
  491: 'Request Pending',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  600: 'Busy Everywhere',
  603: 'Decline',
};

export const statusLine = (status: number) => `SIP/2.0 ${status} ${reasons[status] ?? 'Whatever'}`;

/** `<Reference>` for variables that a variant of a scenario stores and never reads; SIPp refuses them otherwise. */
export const references = (...names: readonly string[]) => `<Reference variables="${names.join(',')}"/>`;

/** One thing to wait for: a request by method or a response by status. */
export interface Expected {
  readonly request?: string;
  readonly response?: number;
  /** Where to go on; default: the step behind. */
  readonly next?: string;
  /** May come at any later time too; not for the last of several. */
  readonly isGlobal?: boolean;
  /** More attributes, `rrs="true"`. */
  readonly attributes?: string;
  /** XML actions on what came. */
  readonly actions?: string;
}

/**
 * Waits for the last of `expected`, letting the others come any number of times before it. A time limit stands on each:
 * SIPp looks only at the one it stands on. (A `<pause>` would take whatever comes meanwhile for a fault.)
 */
export function waitFor(expected: readonly Expected[], limit?: { readonly ms: number; readonly then: string }): string {
  return expected
    .map((each, index) => {
      const what = each.request === undefined ? `response="${each.response}"` : `request="${each.request}"`;
      const optional = index === expected.length - 1 ? '' : ` optional="${each.isGlobal ? 'global' : 'true'}"`;
      const next = each.next === undefined ? '' : ` next="${each.next}"`;
      const timeout = limit ? ` timeout="${Math.max(1, limit.ms)}" ontimeout="${limit.then}"` : '';
      const attributes = `${what}${optional}${next}${timeout} ${each.attributes ?? ''}`.trim();
      return each.actions === undefined
        ? `<recv ${attributes}/>`
        : `<recv ${attributes}><action>${each.actions}</action></recv>`;
    })
    .join('\n');
}
