/** Decisions where every controller of the site finds them, and a later run of this one: told soon after they were made. */
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { WorkId } from '../kernel/ids.js';
import type { CallDecisions, DecisionHistory } from './decision-history.js';

/** Texts by call, kept for as many as there is room for. */
export interface DecisionArchive {
  /** In place of what was kept of the call before; never fails, and may be in vain. */
  keep(call: WorkId, text: string): void;
  /** @throws when the store does not answer */
  find(call: WorkId): Promise<string | undefined>;
}

export interface SharedDecisions {
  /** By whichever controller has made them. */
  of(call: WorkId): Promise<CallDecisions | undefined>;
  close(): void;
}

/** What happens to a call within so long is told in one. Milliseconds. */
const GATHER_MS = 1_000;

/** @param history must have been made before, so that it knows of each event first */
export function shareDecisions(deps: {
  readonly history: DecisionHistory;
  readonly archive: DecisionArchive;
  readonly events: EventStream;
  readonly clock: Clock;
}): SharedDecisions {
  const { history, archive, events, clock } = deps;
  const changed = new Map<WorkId, () => void>();

  function tell(call: WorkId): void {
    changed.get(call)?.();
    changed.delete(call);
    const decisions = history.of(call);
    if (decisions !== undefined) archive.keep(call, JSON.stringify(decisions));
  }

  const unsubscribe = events.subscribe((event) => {
    switch (event.type) {
      case 'call.offered':
      case 'call.waiting':
      case 'call.accepted':
      case 'call.offer_ended':
        if (!changed.has(event.call))
          changed.set(
            event.call,
            clock.after(GATHER_MS, () => tell(event.call)),
          );
        return;
      case 'call.ended':
        if (changed.has(event.call)) tell(event.call);
        return;
      default:
        return;
    }
  });

  return {
    async of(call) {
      const own = history.of(call);
      if (own !== undefined) return own;
      const text = await archive.find(call);
      return text === undefined ? undefined : (JSON.parse(text) as CallDecisions);
    },
    close() {
      unsubscribe();
      for (const call of [...changed.keys()]) tell(call);
    },
  };
}
