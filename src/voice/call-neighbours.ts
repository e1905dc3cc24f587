/** What one call may ask of the others of this controller. */
import type { AgentId, LegId, PlaceId, QueueId, WorkId } from '../kernel/ids.js';
import { queueRules } from './call-draft.js';
import type { CallRunner } from './call-runner.js';
import type { CallState } from './call-types.js';
import type { ReferTarget } from './signalling.js';
import { createWatchers, type Watcher } from './watchers.js';

export interface CallNeighbours {
  /** Whether the agent talks in a call. */
  talks(agent: AgentId): boolean;
  /** Whether a consultation that the agent goes on with has taken the room over. */
  inherited(room: { agent: AgentId; work: WorkId; wrapUpMs: number; from: CallRunner }): boolean;
  /** Whether the number waits to be called back by the queue. */
  isCallbackKnown(queue: QueueId, number: string): boolean;
  /** Hears of where the agent is heard; `undefined` when the agent is in no call. @returns the function that ends it */
  watch(agent: AgentId, watcher: Watcher): (() => void) | undefined;
  tellWatchers(call: WorkId, place: PlaceId | undefined): void;
  /** The call that has the dialog. */
  findDialog(replaces: NonNullable<ReferTarget['replaces']>): { runner: CallRunner; leg: LegId } | undefined;
}

export function createNeighbours(runners: () => readonly CallRunner[]): CallNeighbours {
  const watchers = createWatchers();
  const talkOf = (agent: AgentId): CallRunner | undefined => runners().find(({ state }) => talksIn(state, agent));

  return {
    talks: (agent) => talkOf(agent) !== undefined,
    inherited({ agent, work, wrapUpMs, from }) {
      const heir = runners().find((runner) => runner !== from && isRoomless(runner.state, agent));
      heir?.inherit(work, wrapUpMs);
      return heir !== undefined;
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
