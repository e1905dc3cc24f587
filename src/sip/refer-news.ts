/** The subscription that a REFER makes (RFC 3515 §2.4.4): its sender hears by NOTIFY what became of it. */
import type { RequestContent } from './dialog-requests.js';
import type { SrfHeaders } from './drachtio-srf-types.js';
import { headerOf } from './sip-headers.js';

export interface ReferNews {
  /** The REFER with these header fields has been answered 2xx. */
  begin(referHeaders: SrfHeaders): void;
  tell(status: number, isFinal: boolean): void;
}

interface Subscription {
  /** Tells the subscriptions of one dialog apart (RFC 3515 §2.4.6); phones need none for the first. */
  readonly id: string | undefined;
  readonly toldStatus: number;
}

/** How long the sender keeps the subscription without news, in seconds. */
const expiresS = 60;

/** Header fields of the 2xx to a REFER: whether its sender has asked not to hear anything (RFC 4488 §4). */
export function referAcceptance(referHeaders: SrfHeaders): Readonly<Record<string, string>> {
  return wantsNews(referHeaders) ? {} : { 'Refer-Sub': 'false' };
}

export function createReferNews(notify: (content: RequestContent) => void): ReferNews {
  let subscription: Subscription | undefined;
  let referCount = 0;
  const tell = (status: number, isFinal: boolean): void => {
    if (subscription === undefined || (!isFinal && subscription.toldStatus === status)) return;
    const { id } = subscription;
    subscription = isFinal ? undefined : { id, toldStatus: status };
    notify({
      headers: {
        Event: id === undefined ? 'refer' : `refer;id=${id}`,
        'Subscription-State': isFinal ? 'terminated;reason=noresource' : `active;expires=${expiresS}`,
        'Content-Type': 'message/sipfrag;version=2.0',
      },
      body: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`,
    });
  };
  return {
    begin(referHeaders) {
      referCount += 1;
      const sequence = /\d+/.exec(referHeaders.cseq ?? '')?.[0];
      subscription = wantsNews(referHeaders)
        ? { id: referCount === 1 ? undefined : sequence, toldStatus: 0 }
        : undefined;
      tell(100, false);
    },
    tell,
  };
}

function wantsNews(referHeaders: SrfHeaders): boolean {
  return headerOf(referHeaders, 'refer-sub')?.split(';', 1)[0]?.trim().toLowerCase() !== 'false';
}

const phrases: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  200: 'OK',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  600: 'Busy Everywhere',
  603: 'Decline',
};

function reasonPhrase(status: number): string {
  return phrases[status] ?? (status < 200 ? 'Session Progress' : status < 300 ? 'OK' : 'Request Failed');
}
