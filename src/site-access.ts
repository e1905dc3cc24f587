/** Who may come in: accounts, digest, registrations, and the guard in front of all of it. */
import type { DigestAlgorithm, RoutingConfig } from './config/routing-config.js';
import type { Clock } from './kernel/clock.js';
import type { EventStream } from './kernel/event-stream.js';
import type { AgentId } from './kernel/ids.js';
import type { Ledger } from './ledger/ledger.js';
import type { Started } from './site-lifetime.js';
import { createAccounts } from './voice/access/accounts.js';
import { createAdmission } from './voice/access/admission.js';
import type { ContactShare } from './voice/access/contact-share.js';
import { createDigestAuth } from './voice/access/digest-auth.js';
import { createDoorkeeper } from './voice/access/doorkeeper.js';
import type { Logger } from './kernel/logger.js';
import { createRegistrar } from './voice/access/registrar.js';
import { createSignIn } from './voice/access/sign-in.js';
import type { Screening, Signalling, SipSource } from './voice/signalling.js';
import { createSourceGuard } from './voice/access/source-guard.js';

export interface AccessDeps {
  readonly config: () => RoutingConfig;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly ledger: Ledger;
  readonly signalling: Signalling;
  /** While `false`, nobody is let in. */
  readonly isSafe: () => boolean;
  /** With other controllers of the site; who registers where is told to `onReachable`. */
  readonly createShare?: (onReachable: (agent: AgentId, isReachable: boolean) => void) => ContactShare;
  readonly log: Logger;
  readonly started: Started;
}

export function buildAccess(deps: AccessDeps) {
  const { config, clock, events, ledger, signalling, isSafe, log, started } = deps;
  const accounts = createAccounts(config);
  const auth = createDigestAuth({
    realm: () => config().sip.domain,
    algorithms: (userAgent) => algorithmsFor(userAgent, config().sip),
    passwordOf: (username) => accounts.passwordOf(username),
    clock,
  });
  const guard = createSourceGuard({
    clock,
    events,
    protection: () => config().sip.protection,
    isExempt: (address) => accounts.trunkAt(address) !== undefined,
  });
  started.add(() => guard.stop());
  const doorkeeper = createDoorkeeper({ auth, guard });
  const signIn = createSignIn({
    config,
    ledger,
    clock,
    contacts: () => registrar,
    onError: (error) => log.error({ err: error }, 'a registration did not reach the ledger'),
  });
  started.add(() => signIn.stop());
  const onReachable = (agent: AgentId, isReachable: boolean): void => signIn.registrationChanged(agent, isReachable);
  const share = deps.createShare?.(onReachable);
  const registrar = createRegistrar({
    settings: () => config().sip.registrar,
    accounts,
    doorkeeper,
    clock,
    events,
    probe: (contact) => signalling.probe(contact),
    onReachable,
    ...(share === undefined ? {} : { share }),
  });
  started.add(() => registrar.stop());
  return {
    accounts,
    registrar,
    admission: createAdmission({ config, accounts, doorkeeper }),
    /** In front of everything; nothing is looked up for requests beyond a source's rate. */
    screen: ({ address }: SipSource): Screening => (isSafe() ? guard.screen(address) : 'refuse'),
  };
}

function algorithmsFor(userAgent: string, sip: RoutingConfig['sip']): readonly DigestAlgorithm[] {
  const knowsMd5Only = sip.md5OnlyUserAgents.some((beginning) => userAgent.startsWith(beginning));
  return knowsMd5Only ? ['MD5'] : sip.digestAlgorithms;
}
