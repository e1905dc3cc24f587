/** How somebody is reached: which devices of an agent can ring now, and the INVITE that a route comes to. */
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import { deviceId, type AgentId } from '../kernel/ids.js';
import { isOpen } from '../routing/hours.js';
import { planHunt, type HuntPlan, type Route } from '../routing/hunt-plan.js';
import type { ContactBook } from './access/devices.js';
import type { OutboundInvite, SipRequest } from './signalling.js';
import { standbyNumber } from './standby.js';

/** Longer than any queue lets its calls ring. */
const STANDBY_RING_MS = 10 * 60_000;

export function planFor(
  agent: AgentId,
  deps: { readonly config: () => RoutingConfig; readonly contacts: ContactBook; readonly clock: Clock },
): HuntPlan {
  const { agents, hours, site } = deps.config();
  const config = agents.get(agent);
  const number = standbyNumber(agent);
  if (number !== undefined) return planOf({ kind: 'trunk', ...number });
  if (config === undefined) return { steps: [] };
  return planHunt(config, {
    contactsOf: (username) => deps.contacts.contactsOf(username),
    isOpen: (id) => {
      const weekly = hours.get(id);
      return weekly === undefined || isOpen(weekly, site.timeZone, deps.clock.now());
    },
  });
}

/** Of an outside number on a standby list; the queue's ring timeout ends it. */
function planOf(route: Route): HuntPlan {
  return { steps: [{ targets: [{ device: deviceId('number'), route }], forMs: STANDBY_RING_MS, keep: false }] };
}

/** @param caller as the INVITE named them that began the call */
export function inviteFor(
  route: Route,
  caller: Pick<SipRequest['from'], 'user' | 'displayName'>,
  config: RoutingConfig,
): Omit<OutboundInvite, 'leg' | 'sdpOffer'> {
  const { domain } = config.sip;
  const { user, displayName } = caller;
  const from = { user, host: domain, ...(displayName === undefined ? {} : { displayName }) };
  if (route.kind === 'contact') {
    return { uri: route.uri, from, ...(route.proxy === undefined ? {} : { proxy: route.proxy }) };
  }
  const trunk = config.trunks.get(route.trunk);
  // A trunk that a reload took away leads nowhere; `.invalid` never resolves (RFC 2606 §2), so the leg fails at once.
  if (trunk === undefined) return { uri: `sip:${route.number}@trunk.invalid`, from };
  const host = trunk.host.includes(':') ? `[${trunk.host}]` : trunk.host;
  return {
    uri: `sip:${route.number}@${host}:${String(trunk.port)};transport=${trunk.transport}`,
    from: { ...from, user: route.callerId ?? trunk.callerId ?? user },
    ...(trunk.outbound === undefined ? {} : { credentials: trunk.outbound }),
  };
}
