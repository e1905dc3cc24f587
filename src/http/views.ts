/** What the API shows of agents, queues and calls. Instants are ISO 8601 in UTC, durations milliseconds. */
import type { AgentConfig, DeviceConfig, QueueConfig, RoutingConfig } from '../config/routing-config.js';
import type {
  AgentSnapshot,
  HoldSnapshot,
  LedgerSnapshot,
  Presence,
  QueueSnapshot,
  ScheduledAbsence,
} from '../ledger/ledger.js';
import type { CallSummary } from '../voice/calls-view.js';
import type { ContactBook } from '../voice/access/devices.js';

export function agentsView(config: RoutingConfig, snapshot: LedgerSnapshot, contacts: ContactBook) {
  const states = new Map(snapshot.agents.map((state) => [state.agent, state]));
  return [...config.agents.values()].map((agent) => agentView(agent, states.get(agent.id), contacts));
}

function agentView(agent: AgentConfig, state: AgentSnapshot | undefined, contacts: ContactBook) {
  const holds = state?.holds ?? [];
  return {
    id: agent.id,
    name: agent.name,
    extension: agent.extension,
    presence: presenceView(state?.presence ?? { state: 'offline' }),
    absences: state?.absences?.map(absenceView),
    pendingPresence: state?.pending && presenceView(state.pending),
    reachable: state?.reachable ?? [],
    channelsOff: state?.channelsOff ?? [],
    devices: [...agent.devices.values()].map((device) => deviceView(device, contacts)),
    load: holds.reduce((sum, hold) => sum + hold.weight, 0),
    capacity: agent.capacity.total,
    holds: holds.map(holdView),
    backOff: state?.backOff && { cause: state.backOff.cause, until: instant(state.backOff.untilMs) },
    missesInARow: state?.missesInARow ?? 0,
    callsTaken: state?.callsTaken ?? 0,
    talkMs: state?.talkMs ?? 0,
    idleSince: state && instant(state.idleSinceMs),
  };
}

export function presenceView(presence: Presence) {
  switch (presence.state) {
    case 'available':
    case 'offline':
      return { state: presence.state };
    case 'away':
      return { state: presence.state, reason: presence.reason };
    case 'break':
      return { state: presence.state, until: instant(presence.untilMs) };
  }
}

function absenceView({ kind, why, untilMs, queue }: ScheduledAbsence) {
  return { kind, why, until: untilMs === undefined ? undefined : instant(untilMs), queue };
}

function deviceView(device: DeviceConfig, contacts: ContactBook) {
  if (device.kind === 'phone') return { id: device.id, kind: device.kind, number: device.number, trunk: device.trunk };
  const registered = contacts.contactsOf(device.username).length;
  return {
    id: device.id,
    kind: device.kind,
    username: device.username,
    registered: registered > 0,
    contacts: registered,
  };
}

function holdView(hold: HoldSnapshot) {
  return {
    work: hold.work,
    channel: hold.channel,
    weight: hold.weight,
    state: hold.state,
    since: instant(hold.sinceMs),
    expires: hold.expiresMs === undefined ? undefined : instant(hold.expiresMs),
  };
}

export function queuesView(config: RoutingConfig, snapshot: LedgerSnapshot) {
  const states = new Map(snapshot.queues.map((state) => [state.queue, state]));
  return [...config.queues.values()].map((queue) => queueView(queue, states.get(queue.id), snapshot.atMs));
}

function queueView(queue: QueueConfig, state: QueueSnapshot | undefined, nowMs: number) {
  return {
    id: queue.id,
    name: queue.name,
    strategy: queue.strategy.kind,
    members: queue.members,
    waiting: (state?.waiting ?? []).map(({ work, enqueuedAt }, index) => ({
      work,
      position: index + 1,
      since: instant(enqueuedAt),
      waitedMs: Math.max(0, nowMs - enqueuedAt),
    })),
    offered: state?.offered ?? [],
    active: state?.active ?? 0,
    maxWaiting: queue.maxWaiting,
  };
}

export function callView(call: CallSummary) {
  const { startedAtMs, ...rest } = call;
  return { ...rest, since: instant(startedAtMs) };
}

export function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
