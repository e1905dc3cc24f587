/** From checked input, in the words of the files, to the RoutingConfig that the rest of the code reads. */
import {
  agentId,
  deviceId,
  hoursId,
  menuId,
  queueId,
  teamId,
  trunkId,
  voicemailId,
  type DeviceId,
} from '../kernel/ids.js';
import { buildChat } from './build-chat.js';
import { buildAgentDuty, buildRotation } from './build-duty.js';
import { resolveCapacity } from './capacity.js';
import { capacityLayers } from './check-capacity.js';
import { buildDestination, buildMedia, buildMenu, buildQueueSound, buildVoicemail } from './build-media.js';
import { buildStore } from './build-store.js';
import { buildWork } from './build-work.js';
import type { EntryPointInput } from './destination-schema.js';
import { resolveMembers } from './queue-members.js';
import type {
  AgentConfig,
  DeviceConfig,
  EntryPointConfig,
  HuntStep,
  QueueConfig,
  RoutingConfig,
  SipConfig,
  SiteConfig,
  StandbyMember,
  TrunkConfig,
} from './routing-config.js';
import type { Strategy } from './staffing.js';
import type { Secrets } from './secrets.js';
import type { DeviceInput } from './agent-schema.js';
import { widening } from './queue-schema.js';
import type { SiteFolder } from './site-folder.js';
import type { SiteInput } from './site-schema.js';

type AgentInput = SiteInput['agents'][string];
type QueueInput = SiteInput['queues'][string];
type TrunkInput = SiteInput['trunks'][string];

/** How long all devices of an agent ring that has no hunt; the queue's ring timeout usually comes first. */
const defaultHuntMs = 60_000;

/** The input must have passed all checks: references are not looked at again. */
export function buildConfig(input: SiteInput, secrets: Secrets, version: string, folder: SiteFolder): RoutingConfig {
  const token = secrets.get(['http', 'token']);
  return {
    version,
    site: buildSite(input),
    sip: buildSip(input, secrets),
    store: buildStore(input, secrets),
    http: { ...input.http.listen, ...(token === '' ? {} : { token }) },
    media: buildMedia(input, secrets, folder),
    hours: mapOf(input.hours, hoursId, (_id, hours) => hours),
    agents: mapOf(input.agents, agentId, (id, agent) => buildAgent(id, agent, input, secrets)),
    teams: mapOf(input.teams, teamId, (id, team) => {
      const { agents, supervisors } = team;
      return {
        id: teamId(id),
        name: team.name ?? id,
        agents: agents.map(agentId),
        supervisors: supervisors.map(agentId),
      };
    }),
    queues: mapOf(input.queues, queueId, (id, queue) => buildQueue(id, queue, input)),
    trunks: mapOf(input.trunks, trunkId, (id, trunk) => buildTrunk(id, trunk, secrets)),
    menus: mapOf(input.menus, menuId, buildMenu),
    voicemails: mapOf(input.voicemails, voicemailId, (id, box) => buildVoicemail(id, box, input)),
    entryPoints: Object.entries(input.entry_points).map(([number, entry]) => buildEntryPoint(number, entry)),
    ...buildChat(input, secrets, folder),
    ...buildWork(input, secrets),
  };
}

function mapOf<Input, Id, Output>(
  record: Readonly<Record<string, Input>>,
  toId: (key: string) => Id,
  build: (key: string, value: Input) => Output,
): ReadonlyMap<Id, Output> {
  return new Map(Object.entries(record).map(([key, value]) => [toId(key), build(key, value)]));
}

function buildSite({ site }: SiteInput): SiteConfig {
  return {
    name: site.name,
    timeZone: site.time_zone,
    signIn: site.sign_in,
    signOutAfterMs: site.sign_out_after,
    starCodes: site.star_codes,
    inCallKeys: site.in_call_keys,
    missesUntilAway: site.misses_until_away,
    backOff: {
      busyMs: site.back_off.busy,
      declinedMs: site.back_off.declined,
      noAnswerMs: site.back_off.no_answer,
      unreachableMs: site.back_off.unreachable,
    },
    stopGraceMs: site.stop_grace,
  };
}

function buildSip({ sip }: SiteInput, secrets: Secrets): SipConfig {
  return {
    domain: sip.domain,
    listen: sip.listen,
    server:
      sip.server === 'embedded'
        ? { kind: 'embedded' }
        : { kind: 'drachtio', ...sip.server.drachtio, secret: secrets.get(['sip', 'server', 'secret']) },
    registrar: {
      minExpiresMs: sip.registrar.min_expires,
      maxExpiresMs: sip.registrar.max_expires,
      defaultExpiresMs: sip.registrar.default_expires,
      maxContactsPerAor: sip.registrar.max_contacts,
      keepAliveMs: sip.registrar.keep_alive,
    },
    digestAlgorithms: sip.digest,
    md5OnlyUserAgents: sip.md5_only_user_agents,
    sessionTimers: { expiresMs: sip.session_timers.expires, minSeMs: sip.session_timers.min },
    protection: {
      authDelayMs: sip.protection.auth_delay,
      authMaxDelayMs: sip.protection.auth_max_delay,
      maxRequestsPerSecond: sip.protection.max_requests_per_second,
    },
  };
}

function buildAgent(id: string, agent: AgentInput, input: SiteInput, secrets: Secrets): AgentConfig {
  const devices = mapOf(agent.devices, deviceId, (device, settings) =>
    buildDevice(device, settings, () => secrets.get(['agents', id, 'devices', device, 'password'])),
  );
  return {
    id: agentId(id),
    name: agent.name ?? id,
    ...(agent.extension === undefined ? {} : { extension: agent.extension }),
    devices,
    hunt: agent.hunt === undefined ? defaultHunt([...devices.keys()]) : agent.hunt.map(buildHuntStep),
    capacity: resolveCapacity(capacityLayers(input, id)).capacity,
    ...buildAgentDuty(id, input),
    ...(agent.dial_out === undefined ? {} : { dialOut: trunkId(agent.dial_out) }),
  };
}

function buildDevice(id: string, device: DeviceInput, password: () => string): DeviceConfig {
  const common = {
    id: deviceId(id),
    ...(device.hours === undefined ? {} : { hours: hoursId(device.hours) }),
    ...(device.confirm === undefined ? {} : { confirmKey: device.confirm }),
  };
  if ('sip' in device) return { kind: 'sip', username: device.sip, password: password(), ...common };
  return { kind: 'phone', number: device.phone, trunk: trunkId(device.trunk), ...common };
}

function defaultHunt(devices: readonly DeviceId[]): readonly HuntStep[] {
  return devices.length === 0 ? [] : [{ ring: devices, forMs: defaultHuntMs, keep: false }];
}

function buildHuntStep(step: { ring: string[]; for: number; keep: boolean }): HuntStep {
  return { ring: step.ring.map(deviceId), forMs: step.for, keep: step.keep };
}

function buildQueue(id: string, queue: QueueInput, input: SiteInput): QueueConfig {
  return {
    id: queueId(id),
    name: queue.name ?? id,
    strategy: buildStrategy(queue),
    members: resolveMembers(queue.members, input.teams).members.map(({ agent, priority, hours }) => {
      return { agent: agentId(agent), priority, ...(hours === undefined ? {} : { hours: hoursId(hours) }) };
    }),
    ...(queue.duty === undefined ? {} : { duty: buildRotation(queue.duty, input) }),
    ringTimeoutMs: queue.ring_timeout,
    maxWaitMs: queue.max_wait,
    maxWaiting: queue.max_waiting,
    overflow: buildDestination(queue.overflow),
    ...(queue.standby === undefined ? {} : { standby: buildStandby(queue.standby, input) }),
    wrapUpMs: queue.wrap_up,
    ...buildQueueSound(queue, input),
    priority: queue.priority,
    ageingStepMs: queue.ageing_step,
  };
}

function buildStrategy({ strategy, widening: written }: QueueInput): Strategy {
  if (strategy !== 'widening') return { kind: strategy };
  const { start, add, every } = written ?? widening.parse({});
  return { kind: 'widening', start, add, everyMs: every };
}

/** Teams by their agents; each agent once. */
function buildStandby(written: NonNullable<QueueInput['standby']>, { teams }: SiteInput): readonly StandbyMember[] {
  const members = new Map<string, StandbyMember>();
  for (const entry of written) {
    if (typeof entry === 'object' && 'number' in entry) {
      members.set(entry.number, { kind: 'number', number: entry.number, trunk: trunkId(entry.trunk) });
      continue;
    }
    const agents = typeof entry === 'string' ? [entry] : (teams[entry.team]?.agents ?? []);
    for (const agent of agents) members.set(`agent ${agent}`, { kind: 'agent', agent: agentId(agent) });
  }
  return [...members.values()];
}

function buildEntryPoint(number: string, { public: isPublic, language, ...to }: EntryPointInput): EntryPointConfig {
  return {
    number,
    to: buildDestination(to) as EntryPointConfig['to'],
    public: isPublic,
    ...(language === undefined ? {} : { language }),
  };
}

function buildTrunk(id: string, trunk: TrunkInput, secrets: Secrets): TrunkConfig {
  const account = (side: 'inbound' | 'outbound') => {
    const written = trunk[side];
    if (written === undefined) return {};
    return { [side]: { username: written.username, password: secrets.get(['trunks', id, side, 'password']) } };
  };
  return {
    id: trunkId(id),
    host: trunk.host,
    port: trunk.port,
    transport: trunk.transport,
    addresses: trunk.addresses,
    ...account('inbound'),
    ...account('outbound'),
    allowedPrefixes: trunk.allowed_prefixes,
    ...(trunk.caller_id === undefined ? {} : { callerId: trunk.caller_id }),
  };
}
