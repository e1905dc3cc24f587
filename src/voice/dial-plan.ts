/** What the digits that somebody dials come to, and whether they may: for calls, and for transfers of them. */
import type { EntryPointConfig, RoutingConfig } from '../config/routing-config.js';
import type { AgentId, TrunkId } from '../kernel/ids.js';
import { allowedPrefix, normaliseNumber } from '../routing/dialling.js';
import type { Accounts } from './access/accounts.js';
import type { Destination } from './call/call-types.js';
import { routesOf } from './routes.js';

export type Dialled =
  | { readonly type: 'entry-point'; readonly entryPoint: EntryPointConfig }
  | { readonly type: 'star-code'; readonly sets: 'available' | 'away' }
  /** A supervisor asks to hear the agent's call. */
  | { readonly type: 'supervise'; readonly agent: AgentId }
  | { readonly type: 'colleague'; readonly agent: AgentId }
  | { readonly type: 'number'; readonly number: string; readonly trunk: TrunkId };

/** What an agent's phone dials. A number stands for the status of the refusal. */
export function dialledByAgent(
  agent: AgentId,
  dialled: string,
  { config, accounts }: { config: RoutingConfig; accounts: Accounts },
): Dialled | number {
  const entryPoint = entryPointAt(dialled, config);
  if (entryPoint !== undefined) return { type: 'entry-point', entryPoint };
  const { available, away, supervise } = config.site.starCodes;
  if (dialled === available) return { type: 'star-code', sets: 'available' };
  if (dialled === away) return { type: 'star-code', sets: 'away' };
  if (dialled.startsWith(supervise)) {
    const supervised = accounts.agentDialledAs(dialled.slice(supervise.length));
    if (supervised === undefined) return 404;
    return maySupervise(agent, supervised, config) ? { type: 'supervise', agent: supervised } : 403;
  }
  const colleague = accounts.agentDialledAs(dialled);
  return colleague === undefined ? outsideNumber(agent, dialled, config) : { type: 'colleague', agent: colleague };
}

export function entryPointAt(dialled: string, { entryPoints }: RoutingConfig): EntryPointConfig | undefined {
  return entryPoints.find(({ number }) => number === dialled);
}

/** @returns `undefined` where it leads nowhere */
export function destinationOf(
  dialled: Exclude<Dialled, { type: 'star-code' }>,
  config: RoutingConfig,
  atMs: number,
): Destination | undefined {
  switch (dialled.type) {
    case 'entry-point': {
      const { to, language } = dialled.entryPoint;
      const destination = routesOf(config)(to, { atMs, ...(language === undefined ? {} : { language }) });
      return destination.kind === 'reject' ? undefined : destination;
    }
    case 'supervise':
      return { kind: 'supervise', agent: dialled.agent };
    case 'colleague':
      // Who calls a colleague means the person, whatever they have told the queues.
      return { kind: 'agent', agent: dialled.agent, ignorePresence: true };
    case 'number':
      return { kind: 'number', number: dialled.number, trunk: dialled.trunk };
  }
}

/** Where an agent may send a call on to: whatever they could dial themselves, but for star codes. */
export function transferTarget(
  agent: AgentId,
  dialled: string,
  atMs: number,
  site: { config: RoutingConfig; accounts: Accounts },
): Destination | undefined {
  const target = dialledByAgent(agent, dialled, site);
  if (typeof target === 'number' || target.type === 'star-code' || target.type === 'supervise') return undefined;
  return destinationOf(target, site.config, atMs);
}

function maySupervise(supervisor: AgentId, agent: AgentId, { teams }: RoutingConfig): boolean {
  for (const team of teams.values()) {
    if (team.agents.includes(agent) && team.supervisors.includes(supervisor)) return true;
  }
  return false;
}

function outsideNumber(agent: AgentId, dialled: string, config: RoutingConfig): Dialled | number {
  const number = normaliseNumber(dialled);
  const trunk = config.trunks.get(config.agents.get(agent)?.dialOut ?? ('' as TrunkId));
  if (number === undefined || trunk === undefined) return 404;
  if (allowedPrefix(number, trunk.allowedPrefixes) === undefined) return 403;
  return { type: 'number', number, trunk: trunk.id };
}
