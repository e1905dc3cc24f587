/** What one call may ask of the others of this controller. */
import type { AgentId, LegId, PlaceId, QueueId, WorkId } from '../../kernel/ids.js';
import { queueRules } from './call-draft.js';
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
  /** Gives whom the leg talks with to another call, and ends. @param report hears of that party from now on */
  giveParty(leaving: LegId, report: (leg: LegId, event: LegEvent) => void): TakenParty | undefined;
}

export interface TakenParty {
  readonly party: GivenParty;
  readonly leg: InboundLeg | OutboundLeg;
}

export interface CallNeighbours {
  /** Whether the agent talks in a call. */
  talks(agent: AgentId): boolean;
  /** Whether a consultation that the agent goes on with has taken the room over. */
  inherited(room: { agent: AgentId; work: WorkId; wrapUpMs: number; from: Neighbour }): boolean;
  /** Whether the number waits to be called back by the queue. */
  isCallbackKnown(queue: QueueId, number: string): boolean;
  /** Hears of where the agent is heard; `undefined` when the agent is in no call. @returns the function that ends it */
  watch(agent: AgentId, watcher: Watcher): (() => void) | undefined;
  tellWatchers(call: WorkId, place: PlaceId | undefined): void;
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
    isCallbackKnown: (queue, number) =>
      runners().some(({ state }) => state.callback?.number === number && queueRules(state)?.queue === queue),
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
    findDialog(replaces) {
      for (const runner of runners()) {
        const leg = runner.legNamed(replaces);
        if (leg !== undefined) return { runner, leg };
      }
      return undefined;
    },
  };
}

function talksIn({ phase, caller }: CallState, agent: AgentId): boolean {
  return phase.name === 'talking' && (phase.agent === agent || caller.dialler?.agent === agent);
}

/** A consultation: part of another call of the agent's, as far as room goes. */
function isRoomless({ phase, caller: { dialler } }: CallState, agent: AgentId): boolean {
  return phase.name !== 'over' && dialler?.agent === agent && dialler.work === undefined;
}
