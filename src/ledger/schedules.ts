/**
 * Tells the ledger what the schedules say: at the start, at each change by the clock, and after a reload. Every
 * controller of a site does so; the ledger takes no notice of what it knows already.
 */
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { AgentId } from '../kernel/ids.js';
import type { ScheduledAbsence } from '../routing/availability.js';
import { scheduledAgents, scheduleOf } from '../routing/duty.js';
import type { Ledger } from './ledger.js';

export interface Schedules {
  /** To be called when the configuration has changed. */
  refresh(): Promise<void>;
  /** Says everything again, as to a store that may have forgotten it. */
  tellAll(): Promise<void>;
  stop(): void;
}

interface SchedulesOptions {
  readonly config: () => RoutingConfig;
  readonly ledger: Pick<Ledger, 'setSchedule'>;
  readonly clock: Clock;
  readonly events: EventStream;
  /** Told when the ledger could not be; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** The clock of the machine may be set: however far the next change is, look again after so long. */
const LONGEST_WAIT_MS = 15 * 60_000;
const RETRY_MS = 5_000;

/** The ledger has been told, or it has failed and will be tried again, when this resolves. */
export async function startSchedules(options: SchedulesOptions): Promise<Schedules> {
  const { config, clock, onError } = options;
  const told = new Map<AgentId, readonly ScheduledAbsence[]>();
  let cancel = (): void => undefined;
  let isStopped = false;
  let running = Promise.resolve();

  async function tell(): Promise<void> {
    if (isStopped) return;
    cancel();
    const nowMs = clock.now();
    let nextMs = nowMs + LONGEST_WAIT_MS;
    const scheduled = new Set(scheduledAgents(config()));
    try {
      for (const agent of new Set([...scheduled, ...told.keys()])) {
        const { absences, nextChangeMs = Infinity } = scheduleOf(agent, config(), nowMs);
        nextMs = Math.min(nextMs, nextChangeMs);
        await tellOf(agent, absences, told.get(agent), options);
        if (scheduled.has(agent)) told.set(agent, absences);
        else told.delete(agent);
      }
    } catch (error) {
      onError(error);
      nextMs = nowMs + RETRY_MS;
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- stop() may have come while the ledger was told
    if (!isStopped) cancel = clock.after(Math.max(0, nextMs - clock.now()), () => void next());
  }

  /** One after the other: an earlier answer must not undo a later one. */
  function next(): Promise<void> {
    running = running.then(tell);
    return running;
  }

  await next();
  return {
    refresh: next,
    tellAll() {
      told.clear();
      return next();
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

async function tellOf(
  agent: AgentId,
  absences: readonly ScheduledAbsence[],
  before: readonly ScheduledAbsence[] | undefined,
  { ledger, events }: SchedulesOptions,
): Promise<void> {
  const isKnown = before !== undefined;
  if (isKnown && JSON.stringify(absences) === JSON.stringify(before)) return;
  await ledger.setSchedule({ agent, absences });
  if (isKnown || absences.length > 0) events.emit({ type: 'agent.schedule_changed', agent, absences });
}
