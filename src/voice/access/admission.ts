/**
 * Who calls, and where they may call: the rules against toll fraud in one place.
 *
 * | caller                              | entry points | star codes, colleagues | outside numbers                |
 * |-------------------------------------|--------------|------------------------|--------------------------------|
 * | trunk, by address or digest         | all          | no                     | never                          |
 * | agent, by digest                    | all          | yes                    | by `dialOut`, allowed prefixes |
 * | anybody else                        | public ones  | no                     | never                          |
 */
import type { EntryPointConfig, RoutingConfig, TrunkConfig } from '../../config/routing-config.js';
import type { AgentId } from '../../kernel/ids.js';
import type { Accounts } from './accounts.js';
import { dialledByAgent, entryPointAt, type Dialled } from '../dial-plan.js';
import type { Doorkeeper } from './doorkeeper.js';
import type { SipRequest } from '../signalling.js';

export type Caller =
  | { readonly type: 'trunk'; readonly trunk: TrunkConfig }
  | { readonly type: 'agent'; readonly agent: AgentId; readonly username: string }
  | { readonly type: 'anonymous' };

export type AdmissionResult =
  | { readonly type: 'admitted'; readonly caller: Caller; readonly dialled: Dialled }
  /** The INVITE has been answered with this status. */
  | { readonly type: 'refused'; readonly status: number; readonly caller: Caller }
  /** It was challenged, or its refusal is held back: nothing is left to do about it. */
  | { readonly type: 'turned-away' };

export interface Admission {
  /** Decides about an INVITE outside dialogs, and answers those that are not admitted. */
  admit(request: SipRequest): AdmissionResult;
}

interface AdmissionDeps {
  readonly config: () => RoutingConfig;
  readonly accounts: Accounts;
  readonly doorkeeper: Doorkeeper;
}

export function createAdmission({ config, accounts, doorkeeper }: AdmissionDeps): Admission {
  function identify(request: SipRequest, isPublic: boolean): Caller | undefined {
    // A phone of ours says so in From, and proves it, also where phones and carrier share an address.
    const claimsAccount =
      accounts.deviceOf(request.from.user) !== undefined || request.header('authorization') !== undefined;
    const trunk = claimsAccount ? undefined : accounts.trunkAt(request.source.address);
    if (trunk !== undefined) return { type: 'trunk', trunk };
    if (isPublic && !claimsAccount) return { type: 'anonymous' };
    const username = doorkeeper.authenticate(request);
    if (username === undefined) return undefined;
    const account = accounts.deviceOf(username);
    if (account !== undefined) return { type: 'agent', agent: account.agent, username };
    const carrier = accounts.trunkOf(username);
    return carrier === undefined ? { type: 'anonymous' } : { type: 'trunk', trunk: carrier };
  }

  return {
    admit(request) {
      // Parameters may stand in the user part too (RFC 3261 §19.1.1), as in `+34910;npdi`.
      const dialled = request.user.split(';', 1)[0] ?? '';
      const entryPoint = entryPointAt(dialled, config());
      const caller = identify(request, entryPoint?.public === true);
      if (caller === undefined) return { type: 'turned-away' };
      const where = destinationFor(caller, dialled, entryPoint, { config: config(), accounts });
      if (typeof where !== 'number') return { type: 'admitted', caller, dialled: where };
      request.respond(where);
      return { type: 'refused', status: where, caller };
    },
  };
}

/** A number stands for the status of the refusal. */
function destinationFor(
  caller: Caller,
  dialled: string,
  entryPoint: EntryPointConfig | undefined,
  { config, accounts }: { config: RoutingConfig; accounts: Accounts },
): Dialled | number {
  if (caller.type === 'anonymous') {
    return entryPoint?.public === true ? { type: 'entry-point', entryPoint } : 403;
  }
  if (entryPoint !== undefined) return { type: 'entry-point', entryPoint };
  if (caller.type === 'trunk') return 404;
  return dialledByAgent(caller.agent, dialled, { config, accounts });
}
