/** Which agents have a page open; who has closed the last one is missed after a while only: a page may be loaded anew. */
import type { Clock } from '../kernel/clock.js';
import type { AgentId } from '../kernel/ids.js';

export interface Attendance {
  /** One more page. */
  came(agent: AgentId): void;
  /** One less. */
  left(agent: AgentId): void;
  /** Who should have a page: missed after a while if none comes. */
  expect(agent: AgentId): void;
  all(): Iterable<AgentId>;
  /** Forgets the timers of those who may come back. */
  stop(): void;
}

/** @param deps.onChange told of every page that opens, and of those who are missed */
export function createAttendance(deps: {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly onChange: (agent: AgentId, isThere: boolean) => void;
}): Attendance {
  const { clock, graceMs, onChange } = deps;
  const counts = new Map<AgentId, number>();
  const leaving = new Map<AgentId, () => void>();

  function expect(agent: AgentId): void {
    if (counts.has(agent) || leaving.has(agent)) return;
    const gone = (): void => {
      leaving.delete(agent);
      onChange(agent, false);
    };
    leaving.set(agent, clock.after(graceMs, gone));
  }

  return {
    came(agent) {
      leaving.get(agent)?.();
      leaving.delete(agent);
      counts.set(agent, (counts.get(agent) ?? 0) + 1);
      onChange(agent, true);
    },
    left(agent) {
      const left = (counts.get(agent) ?? 0) - 1;
      if (left > 0) return void counts.set(agent, left);
      counts.delete(agent);
      expect(agent);
    },
    expect,
    all: () => counts.keys(),
    stop() {
      for (const cancel of leaving.values()) cancel();
      leaving.clear();
    },
  };
}
