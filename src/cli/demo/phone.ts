/** A simulated phone: a real SIP user agent with a habit of its own. */
import type { SipDevice } from '../../config/routing-config.js';
import type { AgentId, DeviceId } from '../../kernel/ids.js';
import type { CallEvent } from './sip/dialog.js';
import type { IncomingCall } from './sip/incoming-call.js';
import type { Peer } from './sip/udp-socket.js';
import { createUserAgent, type UserAgent } from './sip/user-agent.js';

/** What a phone does when it is called. */
export type Habit =
  | { readonly kind: 'answers'; readonly afterMs: number }
  | { readonly kind: 'busy' }
  | { readonly kind: 'declines'; readonly afterMs: number }
  | { readonly kind: 'never answers' };

/** What became of a call, as the phone itself saw it. */
export interface PhoneCall {
  readonly from: string;
  readonly call: IncomingCall;
  outcome: 'ringing' | 'talking' | 'ended' | 'cancelled' | 'refused';
  /** The Reason header with which the other side ended it. */
  reason?: string;
}

export interface Phone {
  readonly agent: AgentId;
  readonly device: DeviceId;
  habit: Habit;
  /** All calls it ever got, oldest first. */
  readonly calls: readonly PhoneCall[];
  readonly userAgent: UserAgent;
  register(): Promise<number>;
}

export async function createPhone(options: {
  readonly agent: AgentId;
  readonly device: SipDevice;
  readonly name: string;
  readonly server: Peer;
  readonly domain: string;
}): Promise<Phone> {
  const { agent, device, name, server, domain } = options;
  const calls: PhoneCall[] = [];
  const userAgent = await createUserAgent({
    host: '127.0.0.1',
    server,
    domain,
    user: device.username,
    displayName: name,
    account: { username: device.username, password: device.password },
    onCall: (call) => receiveByHabit(call, phone.habit, calls),
  });
  const phone: Phone = {
    agent,
    device: device.id,
    habit: { kind: 'never answers' },
    calls,
    userAgent,
    register: () => userAgent.register(3600),
  };
  return phone;
}

/** Rings or refuses as the habit asks, and writes down what comes of it. */
export function receiveByHabit(call: IncomingCall, habit: Habit, calls: PhoneCall[]): (event: CallEvent) => void {
  const record: PhoneCall = { from: call.from, call, outcome: 'ringing' };
  calls.push(record);
  let timer: NodeJS.Timeout | undefined;
  const later = (delayMs: number, act: () => void): void => {
    timer = setTimeout(() => {
      if (record.outcome === 'ringing') act();
    }, delayMs);
  };
  const refuse = (status: number): void => {
    record.outcome = 'refused';
    call.reject(status);
  };

  if (habit.kind === 'busy') refuse(486);
  else call.ring();
  if (habit.kind === 'answers') later(habit.afterMs, () => call.answer());
  if (habit.kind === 'declines') later(habit.afterMs, () => refuse(603));

  return (event) => {
    if (event.type === 'answered') record.outcome = 'talking';
    if (event.type === 'cancelled') record.outcome = 'cancelled';
    if (event.type === 'ended') record.outcome = 'ended';
    if ((event.type === 'cancelled' || event.type === 'ended') && event.reason !== undefined) {
      record.reason = event.reason;
    }
    if (event.type !== 'answered') clearTimeout(timer);
  };
}
