/** What the live view shows, put together from the event stream alone. */
import type { RoutingConfig } from '../../config/routing-config.js';
import type { SwitchboardEvent } from '../../kernel/events.js';
import type { AgentId, DeviceId, QueueId, WorkId } from '../../kernel/ids.js';
import type { Decision } from '../../routing/decision.js';

export interface LiveModel {
  readonly agents: ReadonlyMap<AgentId, LiveAgent>;
  /** Newest last; those that have ended stay for a while. */
  readonly calls: readonly LiveCall[];
  apply(event: SwitchboardEvent): void;
}

export interface LiveAgent {
  presence: string;
  reason?: string;
  readonly devices: Set<DeviceId>;
  calls: number;
  /** Writes notes until then; the stream does not tell, the configuration does. */
  wrapUpUntilMs: number;
}

export interface LiveCall {
  readonly call: WorkId;
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly direction: string;
  readonly arrivedAtMs: number;
  queue?: QueueId;
  /** Who is being rung. */
  ringing: AgentId[];
  why?: { readonly decision: Decision; readonly atMs: number };
  agent?: AgentId;
  device?: DeviceId;
  talkingSinceMs?: number;
  isOnHold?: boolean;
  waitedMs?: number;
  ended?: { readonly outcome: string; readonly atMs: number; readonly talkedMs: number };
}

const CALLS_KEPT = 60;

export function createLiveModel(config: RoutingConfig): LiveModel {
  const agents = new Map<AgentId, LiveAgent>();
  for (const id of config.agents.keys())
    agents.set(id, { presence: 'offline', devices: new Set(), calls: 0, wrapUpUntilMs: 0 });
  const calls: LiveCall[] = [];
  let count = 0;

  const noteWrapUp = ({ agent: id, queue, atMs }: Extract<SwitchboardEvent, { type: 'call.ended' }>): void => {
    const agent = id === undefined ? undefined : agents.get(id);
    const wrapUpMs = queue === undefined ? undefined : config.queues.get(queue)?.wrapUpMs;
    if (agent !== undefined && wrapUpMs !== undefined) agent.wrapUpUntilMs = atMs + wrapUpMs;
  };

  return {
    agents,
    calls,
    apply(event) {
      if (event.type === 'call.arrived') {
        count += 1;
        const { call, from, to, direction } = event;
        calls.push({ call, from, to, direction, number: count, arrivedAtMs: event.atMs, ringing: [] });
        if (calls.length > CALLS_KEPT) calls.shift();
      } else if ('call' in event) {
        const call = calls.findLast((one) => one.call === event.call);
        if (call !== undefined) applyToCall(call, event, agents);
        if (event.type === 'call.ended') noteWrapUp(event);
      } else if ('agent' in event && !('chat' in event) && !('item' in event)) {
        const agent = agents.get(event.agent);
        if (agent !== undefined) applyToAgent(agent, event);
      }
    },
  };
}

type AgentEvent = Extract<SwitchboardEvent, { type: `agent.${string}` }>;
type LaterCallEvent = Exclude<Extract<SwitchboardEvent, { call: WorkId }>, { type: 'call.arrived' }>;

function applyToAgent(agent: LiveAgent, event: AgentEvent): void {
  switch (event.type) {
    case 'agent.presence_changed':
      agent.presence = event.presence;
      if (event.reason === undefined) delete agent.reason;
      else agent.reason = event.reason;
      break;
    case 'agent.device_registered':
      agent.devices.add(event.device);
      break;
    case 'agent.device_unregistered':
      if (event.contacts === 0) agent.devices.delete(event.device);
      break;
    case 'agent.schedule_changed':
      break;
  }
}

type Accepted = Extract<SwitchboardEvent, { type: 'call.accepted' }>;

function takenBy(call: LiveCall, event: Accepted, agent: LiveAgent | undefined): void {
  call.agent = event.agent;
  if (event.device !== undefined) call.device = event.device;
  call.waitedMs = event.waitedMs;
  call.ringing = [];
  if (agent !== undefined) agent.calls += 1;
}

function applyToCall(call: LiveCall, event: LaterCallEvent, agents: ReadonlyMap<AgentId, LiveAgent>): void {
  switch (event.type) {
    case 'call.queued':
      call.queue = event.queue;
      break;
    case 'call.offered':
      call.ringing.push(...event.agents);
      if (event.decision !== undefined) call.why = { decision: event.decision as Decision, atMs: event.atMs };
      break;
    case 'call.offer_ended':
      call.ringing = call.ringing.filter((agent) => agent !== event.agent);
      break;
    case 'call.accepted':
      takenBy(call, event, agents.get(event.agent));
      break;
    case 'call.connected':
      call.talkingSinceMs = event.atMs;
      if (event.agent !== undefined) call.agent = event.agent;
      break;
    case 'call.ended':
      call.ringing = [];
      call.waitedMs = event.waitedMs;
      call.ended = { outcome: event.outcome, atMs: event.atMs, talkedMs: event.talkedMs };
      break;
    case 'call.transferred':
      delete call.agent;
      delete call.device;
      delete call.talkingSinceMs;
      break;
    case 'call.held':
    case 'call.resumed':
      call.isOnHold = event.type === 'call.held';
      break;
    case 'call.waiting':
    case 'call.conference_began':
    case 'call.conference_ended':
    case 'call.recording_refused':
    case 'call.overflowed':
    case 'call.device_rung':
    case 'call.refused':
    case 'callback.requested':
    case 'callback.resumed':
    case 'callback.taken_over':
    case 'callback.failed':
    case 'callback.ended':
    case 'call.menu_chosen':
    case 'call.message_left':
    case 'call.recording_started':
    case 'call.recording_paused':
    case 'call.recorded':
    case 'call.transfer_failed':
    case 'voicemail.arrived':
      break;
  }
}
