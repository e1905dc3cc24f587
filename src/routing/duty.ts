/**
 * Who works when, by the clock of the site: scheduled breaks, hours of duty, and queues whose duty goes round.
 *
 * An agent on a break, or off duty, takes nothing. For one queue alone, an agent is off duty outside the hours of their
 * membership, and while another group of the rotation has its turn.
 */
import type { AgentConfig, DutyRotation, QueueConfig, RoutingConfig } from '../config/routing-config.js';
import type { AgentId, HoursId } from '../kernel/ids.js';
import type { ScheduledAbsence } from './availability.js';
import { isOpen, nextChange, wallClock } from './hours.js';

export interface AgentSchedule {
  /** What holds now; a break goes before the rest. */
  readonly absences: readonly ScheduledAbsence[];
  /** When to look again, in ms since the epoch; absent: it stays so. */
  readonly nextChangeMs?: number;
}

type DutyConfig = Pick<RoutingConfig, 'agents' | 'queues' | 'hours' | 'site'>;

/** One rule by which an agent is absent at some times; all times in ms since the epoch. */
interface Rule {
  isAbsent(atMs: number): boolean;
  /** When `isAbsent` may next answer something else; `undefined` when it never does. */
  next(atMs: number): number | undefined;
  /** `untilMs` is the end of this very absence. */
  why(untilMs: number | undefined, atMs: number): string;
  readonly kind: ScheduledAbsence['kind'];
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Clocks change on quarter hours. */
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
/** Changes looked ahead for the end of an absence; beyond them it has none, until somebody looks again. */
const CHANGES_AHEAD = 64;

/** Agents whose schedule says anything at all, ever. */
export function scheduledAgents(config: DutyConfig): readonly AgentId[] {
  return [...config.agents.keys()].filter((agent) => {
    const { own, byQueue } = rulesOf(agent, config);
    return own.length + byQueue.length > 0;
  });
}

export function scheduleOf(agent: AgentId, config: DutyConfig, atMs: number): AgentSchedule {
  const { own, byQueue } = rulesOf(agent, config);
  const absences: ScheduledAbsence[] = [];
  const stands = (rule: Rule, among: readonly Rule[]): Omit<ScheduledAbsence, 'queue'> | undefined => {
    if (!rule.isAbsent(atMs)) return undefined;
    // Nobody is to be called in the moment in which one absence follows on another: it ends with the last of them.
    const untilMs = endOf(among, atMs);
    const why = rule.why(endOf([rule], atMs), atMs);
    return { kind: rule.kind, why, ...(untilMs === undefined ? {} : { untilMs }) };
  };
  for (const rule of own) {
    const absence = stands(rule, own);
    if (absence !== undefined) absences.push(absence);
  }
  for (const { queue, rules } of byQueue) {
    const absence = rules.map((rule) => stands(rule, [...own, ...rules])).find((found) => found !== undefined);
    if (absence !== undefined) absences.push({ ...absence, queue: queue.id });
  }
  const nextChangeMs = earliest([...own, ...byQueue.flatMap(({ rules }) => rules)], atMs);
  return { absences, ...(nextChangeMs === undefined ? {} : { nextChangeMs }) };
}

function rulesOf(id: AgentId, { agents, queues, hours, site }: DutyConfig) {
  const agent = agents.get(id);
  const zone = site.timeZone;
  const open = (name: HoursId) => hoursRule(hours.get(name), zone);
  const byQueue = [...queues.values()].flatMap((queue) => {
    const rules = queueRules(id, queue, open, zone);
    return rules.length === 0 ? [] : [{ queue, rules }];
  });
  return { own: agent === undefined ? [] : ownRules(agent, open, zone), byQueue };
}

type Opening = ReturnType<typeof hoursRule>;

function hoursRule(weekly: Parameters<typeof isOpen>[0] | undefined, zone: string) {
  return {
    isOpen: (atMs: number) => weekly !== undefined && isOpen(weekly, zone, atMs),
    next: (atMs: number) => (weekly === undefined ? undefined : nextChange(weekly, zone, atMs)),
  };
}

function ownRules(agent: AgentConfig, open: (name: HoursId) => Opening, zone: string): Rule[] {
  const breaks = (agent.breaks ?? []).map(({ hours, reason }): Rule => {
    const { isOpen: isAbsent, next } = open(hours);
    const why: Rule['why'] = (untilMs, atMs) => `on a scheduled break${until(untilMs, atMs, zone)} (${reason})`;
    return { kind: 'break', isAbsent, next, why };
  });
  return agent.duty === undefined ? breaks : [...breaks, offDuty(agent.duty.map(open), zone)];
}

function queueRules(id: AgentId, queue: QueueConfig, open: (name: HoursId) => Opening, zone: string): Rule[] {
  const member = queue.members.find(({ agent }) => agent === id);
  if (member === undefined) return [];
  const rules: Rule[] = member.hours === undefined ? [] : [offDuty([open(member.hours)], zone)];
  const { duty } = queue;
  if (duty?.groups.some((group) => group.includes(id)) === true) rules.push(notOnTurn(id, duty, zone));
  return rules;
}

/** Off duty while none of the hours is open. */
function offDuty(openings: readonly Opening[], zone: string): Rule {
  return {
    kind: 'off-duty',
    isAbsent: (atMs) => !openings.some(({ isOpen: opens }) => opens(atMs)),
    next: (atMs) => least(openings.map(({ next }) => next(atMs))),
    why: (untilMs, atMs) => `off duty${until(untilMs, atMs, zone)}`,
  };
}

function notOnTurn(id: AgentId, rotation: DutyRotation, zone: string): Rule {
  return {
    kind: 'off-duty',
    isAbsent: (atMs) => groupAt(rotation, zone, atMs)?.includes(id) === false,
    next: (atMs) => turnStart(rotation, zone, turnAt(rotation, zone, atMs) + 1),
    why: (untilMs, atMs) => `not on turn${until(untilMs, atMs, zone)}`,
  };
}

function groupAt(rotation: DutyRotation, zone: string, atMs: number): readonly AgentId[] | undefined {
  const { groups } = rotation;
  const turn = turnAt(rotation, zone, atMs) % groups.length;
  return groups[turn < 0 ? turn + groups.length : turn];
}

/** Number of the turn, 0 for the one that began on the start day; negative before. */
function turnAt(rotation: DutyRotation, zone: string, atMs: number): number {
  const { day, minute } = wallClock(zone, atMs);
  const dutyDay = minute < rotation.handoverMinute ? day - 1 : day;
  const turn = Math.floor((dutyDay - dayNumber(rotation.startDay)) / rotation.everyDays);
  // An hour that the clocks go through twice must not hand back what has been handed over.
  return turnStart(rotation, zone, turn + 1) <= atMs ? turn + 1 : turn;
}

/** Where the clocks leave the hour of the handover out, it is when they have changed; where it comes twice, the first. */
function turnStart({ startDay, handoverMinute, everyDays }: DutyRotation, zone: string, turn: number): number {
  const day = dayNumber(startDay) + turn * everyDays;
  const asIfUtc = day * DAY_MS + handoverMinute * MINUTE_MS;
  const offsets = [asIfUtc - DAY_MS, asIfUtc + DAY_MS].map((near) => wallClock(zone, near).offsetMinutes * MINUTE_MS);
  const latestMs = asIfUtc - Math.min(...offsets);
  for (let at = asIfUtc - Math.max(...offsets); at < latestMs; at = at - (at % QUARTER_HOUR_MS) + QUARTER_HOUR_MS) {
    const there = wallClock(zone, at);
    if (there.day > day || (there.day === day && there.minute >= handoverMinute)) return at;
  }
  return latestMs;
}

function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00Z`) / DAY_MS;
}

/** When none of the rules holds any more; `undefined` when that cannot be foreseen. */
function endOf(rules: readonly Rule[], atMs: number): number | undefined {
  let at: number | undefined = atMs;
  for (let changes = 0; changes < CHANGES_AHEAD && at !== undefined; changes += 1) {
    const moment: number = at;
    if (!rules.some((rule) => rule.isAbsent(moment))) return moment;
    at = earliest(rules, moment);
  }
  return undefined;
}

function earliest(rules: readonly Rule[], atMs: number): number | undefined {
  return least(rules.map((rule) => rule.next(atMs)));
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** ` until 14:00`, ` until Mon 08:00`, ` until 2026-02-02 08:00`; nothing when there is no end. */
function until(untilMs: number | undefined, atMs: number, zone: string): string {
  if (untilMs === undefined) return '';
  const [then, now] = [wallClock(zone, untilMs), wallClock(zone, atMs)];
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = `${two(Math.floor(then.minute / 60))}:${two(then.minute % 60)}`;
  if (then.day === now.day) return ` until ${time}`;
  const isThisWeek = then.day - now.day < 7;
  const date = isThisWeek ? (WEEKDAYS[then.weekday] ?? '') : new Date(then.day * DAY_MS).toISOString().slice(0, 10);
  return ` until ${date} ${time}`;
}
