/** What one call may ask of the others of this controller. */
import type { AgentId, LegId, PlaceId, WorkId } from '../../kernel/ids.js';
import { agentsIn, conferenceRefusal, legOfAgent, type ConferenceOutcome } from './call-conference.js';
import type { CallState, GivenParty } from './call-types.js';
import type { InboundLeg, LegEvent, OutboundLeg, ReferTarget } from '../signalling.js';
import { createWatchers, type Watcher } from '../watchers.js';

/** A call as the others see it. */
export interface Neighbour {
  readonly state: CallState;
  /** A supervisor hears the agent among the two who talk; nobody does any more, without one. */
  watched(agent?: AgentId): void;
  /** Takes over the room of the agent's other call, which has ended. */
  inherit(work: WorkId, wrapUpMs: number): void;
  /** The leg that has the dialog. */
  legNamed(replaces: NonNullable<ReferTarget['replaces']>): LegId | undefined;
  /**
   * Gives whom the leg talks with to another call, and ends.
   * @param report hears of that party from now on
   * @param options.withLeaving gives the leg too, unless it has put the party on hold
   */
  giveParty(
    leaving: LegId,
    report: (leg: LegId, event: LegEvent) => void,
    options?: { readonly withLeaving: boolean },
  ): TakenParty | undefined;
  /** Takes over whom the agent talks with in their other call. */
  takeThird(consultation: Neighbour, agent: AgentId): void;
}

export interface TakenParty {
  readonly party: GivenParty;
  /** That of the party, and of their host where it comes along. */
  readonly legs: readonly (InboundLeg | OutboundLeg)[];
}

export interface CallNeighbours {
  /** Whether the agent talks in a call. */
  talks(agent: AgentId): boolean;
  /** Whether a consultation that the agent goes on with has taken the room over. */
  inherited(room: { agent: AgentId; work: WorkId; wrapUpMs: number; from: Neighbour }): boolean;
  /** Hears of where the agent is heard; `undefined` when the agent is in no call. @returns the function that ends it */
  watch(agent: AgentId, watcher: Watcher): (() => void) | undefined;
  tellWatchers(call: WorkId, place: PlaceId | undefined): void;
  /**
   * Makes one conference of a call and the other one of an agent among its two.
   * @param agent who asks for it; either of the two without one
   */
  confer(call: Neighbour, agent?: AgentId): ConferenceOutcome;
  /** The call that has the dialog. */
  findDialog(replaces: NonNullable<ReferTarget['replaces']>): { runner: Neighbour; leg: LegId } | undefined;
}

export function createNeighbours({
  runners,
  consultations,
}: {
  readonly runners: () => readonly Neighbour[];
  /** Calls that began without room of their own: few, so that no end of a call looks at all calls. */
  readonly consultations: ReadonlySet<Neighbour>;
}): CallNeighbours {
  const watchers = createWatchers();
  const talkOf = (agent: AgentId): Neighbour | undefined => runners().find(({ state }) => talksIn(state, agent));
  const otherTalkOf = (agent: AgentId, call: Neighbour): Neighbour | undefined =>
    runners().find((other) => other !== call && legOfAgent(other.state, agent) !== undefined);

  return {
    talks: (agent) => talkOf(agent) !== undefined,
    inherited({ agent, work, wrapUpMs, from }) {
      for (const runner of consultations) {
        if (runner === from || !isRoomless(runner.state, agent)) continue;
        runner.inherit(work, wrapUpMs);
        return true;
      }
      return false;
    },
    watch(agent, watcher) {
      const runner = talkOf(agent);
      if (runner === undefined) return undefined;
      const end = watchers.add(runner.state.call, watcher);
      runner.watched(agent);
      return () => {
        if (end().wasLast) runner.watched();
      };
    },
    tellWatchers: (call, place) => watchers.tell(call, place),
    confer(call, asking) {
      if (call.state.phase.name !== 'talking') return { type: 'refused', why: 'not-talking' };
      const agents = asking === undefined ? agentsIn(call.state) : [asking];
      for (const agent of agents.filter((each) => legOfAgent(call.state, each) !== undefined)) {
        const other = otherTalkOf(agent, call);
        if (other === undefined) continue;
        const [first, consultation] = isConsultation(call.state, other.state, agent) ? [other, call] : [call, other];
        const refusal = conferenceRefusal(first.state, consultation.state);
        if (refusal !== undefined) return { type: 'refused', why: refusal };
        first.takeThird(consultation, agent);
        return { type: 'conferring', call: first.state.call };
      }
      return { type: 'refused', why: 'no-consultation' };
    },
    findDialog(replaces) {
      for (const runner of runners()) {
        const leg = runner.legNamed(replaces);
        if (leg !== undefined) return { runner, leg };
      }
      return undefined;
    },
  };
}

function talksIn(state: CallState, agent: AgentId): boolean {
  return agentsIn(state).includes(agent);
}

/** Which of an agent's two calls is the one they made to ask: the one that takes no room, or else the later one. */
function isConsultation(call: CallState, other: CallState, agent: AgentId): boolean {
  if (isRoomless(call, agent) !== isRoomless(other, agent)) return isRoomless(call, agent);
  return call.arrivedMs > other.arrivedMs;
}

/** A consultation: part of another call of the agent's, as far as room goes. */
function isRoomless({ phase, caller: { dialler } }: CallState, agent: AgentId): boolean {
  return phase.name !== 'over' && dialler?.agent === agent && dialler.work === undefined;
}
