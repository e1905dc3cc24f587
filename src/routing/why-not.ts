/** Unavailability in words for people, as it stands in a decision. */
import type { Channel } from '../config/routing-config.js';
import type { Presence, Unavailability } from './availability.js';

const oneOf: Readonly<Record<Channel, string>> = { voice: 'call', chat: 'chat', ticket: 'ticket' };

/**
 * @param busyWith states of the agent's holds of the work's channel, where they are known: an agent whose only call
 *   is still ringing is not yet `on a call`
 */
export function whyNot(reason: Unavailability, busyWith: readonly ('offered' | 'active' | 'wrap-up')[] = []): string {
  switch (reason.type) {
    case 'unknown-agent':
      return 'not in the configuration';
    case 'presence':
      return presenceInWords(reason.presence);
    case 'scheduled':
      return reason.why;
    case 'channel-off':
      return `takes no ${oneOf[reason.channel]}s now`;
    case 'unreachable':
      return reason.channel === 'voice' ? 'no phone registered' : `not connected for ${oneOf[reason.channel]}s`;
    case 'backing-off':
      return `paused after an offer that came to nothing (${reason.cause})`;
    case 'at-channel-limit':
      return atLimitInWords(reason, busyWith);
    case 'no-room':
      return `no room: load ${reason.load} and weight ${reason.weight} of ${reason.total}`;
  }
}

export function presenceInWords(presence: Presence): string {
  switch (presence.state) {
    case 'available':
    case 'offline':
      return presence.state;
    case 'away':
      return presence.reason === '' ? 'away' : `away: ${presence.reason}`;
    case 'break':
      return `on a break until ${new Date(presence.untilMs).toISOString()}`;
  }
}

function atLimitInWords(
  reason: Extract<Unavailability, { type: 'at-channel-limit' }>,
  busyWith: readonly string[],
): string {
  const work = oneOf[reason.channel];
  if (reason.max === 0) return `takes no ${work}s`;
  if (reason.max > 1) return `has ${reason.holds} of ${reason.max} ${work}s`;
  if (busyWith.includes('active')) return `on a ${work}`;
  if (busyWith.includes('wrap-up')) return `wrapping up a ${work}`;
  if (busyWith.includes('offered')) return `being offered another ${work}`;
  return `has a ${work}`;
}
