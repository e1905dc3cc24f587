/** The simulated carrier: it brings callers of the telephone network, and takes calls to mobiles and other numbers. */
import { randomBytes } from 'node:crypto';

import type { TrunkConfig } from '../../config/routing-config.js';
import { type Habit, type PhoneCall, receiveByHabit } from './phone.js';
import { isDigestRight } from './sip/digest-answer.js';
import type { CallEvent } from './sip/dialog.js';
import type { IncomingCall } from './sip/incoming-call.js';
import type { Peer } from './sip/udp-socket.js';
import { createUserAgent, type UserAgent } from './sip/user-agent.js';

export interface Carrier {
  readonly userAgent: UserAgent;
  /** What the called numbers do; a number without a habit answers after a moment. */
  readonly habits: Map<string, Habit>;
  /** Calls that went out through us, by called number. */
  readonly calls: ReadonlyMap<string, readonly PhoneCall[]>;
}

const REALM = 'carrier.example';
const USUAL_HABIT: Habit = { kind: 'answers', afterMs: 300 };

/**
 * @param trunk how the switchboard knows us, and the account by which we know the switchboard
 * @param server where it listens
 */
export async function createCarrier(options: {
  readonly trunk: TrunkConfig;
  readonly port: number;
  readonly server: Peer;
}): Promise<Carrier> {
  const { trunk } = options;
  const habits = new Map<string, Habit>();
  const calls = new Map<string, PhoneCall[]>();
  const nonces = new Set<string>();

  const isKnown = (call: IncomingCall): boolean => {
    const { outbound } = trunk;
    if (outbound === undefined) return true;
    return [...nonces].some(
      (nonce) => isDigestRight(call.authorization, nonce, 'INVITE', outbound) && nonces.delete(nonce),
    );
  };
  const challenge = (call: IncomingCall): void => {
    const nonce = randomBytes(12).toString('hex');
    nonces.add(nonce);
    const value = `Digest realm="${REALM}", nonce="${nonce}", algorithm=MD5, qop="auth"`;
    call.reject(407, { 'Proxy-Authenticate': value });
  };
  const onCall = (call: IncomingCall): ((event: CallEvent) => void) => {
    if (!isKnown(call)) {
      challenge(call);
      return () => undefined;
    }
    const ofNumber = calls.get(call.dialled) ?? [];
    calls.set(call.dialled, ofNumber);
    return receiveByHabit(call, habits.get(call.dialled) ?? USUAL_HABIT, ofNumber);
  };

  const userAgent = await createUserAgent({
    host: '127.0.0.1',
    port: options.port,
    server: options.server,
    domain: REALM,
    user: trunk.inbound?.username ?? 'carrier',
    onCall,
    ...(trunk.inbound && { account: trunk.inbound }),
  });
  return { userAgent, habits, calls };
}
