/** Registrar, admission and source guard as one: they share the accounts, the nonces and what is known of sources. */
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { AgentId } from '../kernel/ids.js';
import { createAccounts } from './accounts.js';
import { createAdmission, type Admission } from './admission.js';
import type { Contact } from './devices.js';
import { createDigestAuth } from './digest-auth.js';
import { createDoorkeeper } from './doorkeeper.js';
import { createRegistrar, type Registrar } from './registrar.js';
import type { SipSource } from './signalling.js';
import { createSourceGuard } from './source-guard.js';

export interface InboundPolicy {
  readonly registrar: Registrar;
  readonly admission: Admission;
  /** Whether a source may send one more request outside dialogs now. */
  admits(source: SipSource): boolean;
  /** Timers that run: contacts' expiry and held-back refusals die with {@link InboundPolicy.stop}. */
  stop(): void;
}

export function createInboundPolicy(deps: {
  config: () => RoutingConfig;
  clock: Clock;
  events: EventStream;
  probe: (contact: Contact) => Promise<boolean>;
  onReachable: (agent: AgentId, isReachable: boolean) => void;
}): InboundPolicy {
  const { config, clock, events, probe, onReachable } = deps;
  const accounts = createAccounts(config);
  const auth = createDigestAuth({
    realm: () => config().sip.domain,
    algorithms: () => config().sip.digestAlgorithms,
    passwordOf: (username) => accounts.passwordOf(username),
    clock,
  });
  const guard = createSourceGuard({
    clock,
    events,
    protection: () => config().sip.protection,
    isExempt: (address) => accounts.trunkAt(address) !== undefined,
  });
  const doorkeeper = createDoorkeeper({ auth, guard });
  const registrar = createRegistrar({
    settings: () => config().sip.registrar,
    accounts,
    doorkeeper,
    clock,
    events,
    probe,
    onReachable,
  });
  return {
    registrar,
    admission: createAdmission({ config, accounts, doorkeeper }),
    admits: ({ address }) => guard.admits(address),
    stop() {
      guard.stop();
      registrar.stop();
    },
  };
}
