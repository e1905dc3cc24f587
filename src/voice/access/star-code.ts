/**
 * A call to a star code: presence changes, and the phone is answered and hung up at once. What it would hear, once
 * there is media, is silence until then.
 */
import { legId, type AgentId } from '../../kernel/ids.js';
import type { Ledger, Presence } from '../../ledger/ledger.js';
import { silentSdp } from '../sdp.js';
import type { InboundLeg, LegEvent, SipRequest } from '../signalling.js';

const presenceOf: Readonly<Record<'available' | 'away', Presence>> = {
  available: { state: 'available' },
  away: { state: 'away', reason: 'star code' },
};

export async function dialStarCode(options: {
  agent: AgentId;
  sets: 'available' | 'away';
  request: SipRequest;
  accept: (leg: ReturnType<typeof legId>, onEvent: (event: LegEvent) => void) => InboundLeg;
  ledger: Ledger;
}): Promise<void> {
  const { agent, sets, request, accept, ledger } = options;
  const leg = accept(legId(`star/${request.callId}`), (event) => {
    if (event.type === 'acked') leg.bye();
    if (event.type === 'request') leg.respond(event.token, 488);
  });
  const result = await ledger.setPresence({ agent, presence: presenceOf[sets] });
  if (result.type === 'unknown-agent') leg.reject(403);
  else leg.answer(silentSdp(request.sdp));
}
