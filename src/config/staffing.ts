/** Who is there when, and who of them gets the work: hours, members and strategies, of queues and departments alike. */
import type { AgentId, HoursId } from '../kernel/ids.js';

/** Open intervals by weekday, 0 is Sunday; minutes from midnight, `from` < `to` <= 1440. An interval over midnight is split. */
export interface WeeklyHours {
  readonly days: readonly (readonly OpenInterval[])[];
}

export interface OpenInterval {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** What work is, as far as limits go. */
export type Channel = 'voice' | 'chat' | 'ticket';

export interface QueueMember {
  readonly agent: AgentId;
  /** On duty for this queue within these hours only. */
  readonly hours?: HoursId;
  /** 1 the highest, 100 the lowest. */
  readonly priority: number;
}

export type Strategy =
  | { readonly kind: Exclude<StrategyKind, 'widening'> }
  | {
      readonly kind: 'widening';
      /** Rings so many agents at first, longest idle first. */
      readonly start: number;
      /** Adds so many each time. */
      readonly add: number;
      readonly everyMs: number;
    };

export type StrategyKind =
  | 'ring-to-all'
  | 'random'
  | 'priority'
  | 'round-robin'
  | 'longest-idle'
  | 'fewest-calls'
  | 'least-talk-time'
  | 'maximum-utilisation'
  | 'average-utilisation'
  | 'linear'
  | 'widening';
