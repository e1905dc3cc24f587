/** Plays inputs into a call's `step` and remembers its state, for tests of what a call is told to do. */
import { agentId, legId, workId, type AgentId, type LegId } from '../../src/kernel/ids.js';
import type { AcceptResult } from '../../src/ledger/ledger.js';
import type { HuntPlan } from '../../src/routing/hunt-plan.js';
import { newCall, step } from '../../src/voice/call/call.js';
import type { CallCommand, UntimedInput } from '../../src/voice/call/call-messages.js';
import type { CallState, Destination, QueueRules } from '../../src/voice/call/call-types.js';
import type { LegEvent } from '../../src/voice/signalling.js';
import { routesTo } from './routes-to.js';

interface PlayOptions {
  readonly sdpOffer?: string;
  readonly dialler?: AgentId;
  /** Queues that it may overflow to. */
  readonly queues?: readonly QueueRules[];
}

/** A call `c` that arrived at 1,000 ms, from the leg `c/0`. */
export function playCall(destination: Destination, options: PlayOptions) {
  const { sdpOffer, dialler, queues = [] } = options;
  let state: CallState = newCall({
    call: workId('c'),
    arrivedMs: 1_000,
    caller: {
      leg: legId('c/0'),
      from: '+34911',
      ...(sdpOffer === undefined ? {} : { sdpOffer }),
      ...(dialler === undefined ? {} : { dialler: { agent: dialler, work: workId('c/dial') } }),
    },
    destination,
    routes: routesTo(...queues),
  });
  let nowMs = 1_000;
  const give = (input: UntimedInput): CallCommand[] => {
    const result = step(state, { ...input, atMs: nowMs });
    state = result.state;
    return [...result.commands];
  };
  return {
    give,
    leg: (leg: LegId, event: LegEvent) => give({ type: 'leg', leg, event }),
    offer: (attempt: number, plans: Record<string, HuntPlan>) =>
      give({
        type: 'offered',
        attempt,
        offers: Object.entries(plans).map(([agent, plan]) => ({ agent: agentId(agent), plan })),
      }),
    decided: (leg: LegId, agent: AgentId, result: AcceptResult) => give({ type: 'accept-decided', leg, agent, result }),
    pass: (ms: number) => (nowMs += ms),
    get state() {
      return state;
    },
  };
}
