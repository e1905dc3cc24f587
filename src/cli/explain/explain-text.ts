/** Decisions as tables for people: each agent on a line, with a verdict and why. */
import { seconds } from '../demo/words.js';
import type { CallDecisions, Decision, QueueExplanation } from './answers.js';

type Row = readonly [agent: string, verdict: string, why: string];

export function queueText({ queue, at, configVersion, waiting, decision }: QueueExplanation): readonly string[] {
  const { strategy, chosen } = decision;
  const verb = strategy === 'random' && chosen.length > 1 ? 'may ring' : 'would ring';
  const first = waiting === 0 ? '' : `, after the ${waiting} waiting`;
  const sentence =
    chosen.length === 0 ? `nobody is free; a call would wait${first}` : `a call ${verb} ${list(chosen)}${first}`;
  return [
    `${queue} (${strategy}), ${clockTime(at)}, configuration ${configVersion}: ${sentence}`,
    ...table(rowsOf(decision, at, () => verb)),
  ];
}

export function callText({ call, forgotten, decisions }: CallDecisions): readonly string[] {
  const earlier = forgotten === 0 ? [] : [`(${forgotten} earlier decisions have been forgotten)`];
  return [`call ${call}`, ...earlier, ...decisions.flatMap((record) => ['', ...recordText(record)])];
}

function recordText({ at, queue, attempt, agents, decision, outcomes }: CallDecisions['decisions'][number]): string[] {
  const where = queue === undefined ? '' : ` ${queue}${decision === undefined ? '' : ` (${decision.strategy})`}`;
  const sentence = agents.length === 0 ? 'nobody is free' : `attempt ${attempt ?? 1} rings ${list(agents)}`;
  const verdict = (agent: string): string => outcomes[agent] ?? 'rings';
  const rows =
    decision === undefined ? agents.map((agent): Row => [agent, verdict(agent), '']) : rowsOf(decision, at, verdict);
  return [`${clockTime(at)}${where}: ${sentence}`, ...table(rows)];
}

/** Who is chosen first, then who would be next, then why not the others. */
function rowsOf(
  { strategy, candidates, chosen, passedOver }: Decision,
  at: string,
  verdict: (agent: string) => string,
): Row[] {
  const keys = new Map(candidates.map(({ agent, key }) => [agent, key]));
  const why = (agent: string): string => keyInWords(strategy, keys.get(agent) ?? 0, Date.parse(at));
  const others = candidates.filter(({ agent }) => !chosen.includes(agent));
  return [
    ...chosen.map((agent): Row => [agent, verdict(agent), why(agent)]),
    ...others.map(({ agent }): Row => [agent, 'free, not chosen', why(agent)]),
    ...passedOver.map((passed): Row => [passed.agent, 'no', passed.why]),
  ];
}

/** What the strategy looked at; see `routing/strategies.ts`. */
function keyInWords(strategy: string, key: number, atMs: number): string {
  switch (strategy) {
    case 'ring-to-all':
    case 'longest-idle':
    case 'widening':
      return `idle for ${seconds(Math.max(0, atMs - key))}`;
    case 'priority':
      return `priority ${key}`;
    case 'round-robin':
      return key === 0 ? 'has had no turn yet' : `had turn ${key}`;
    case 'fewest-calls':
      return `${key} ${key === 1 ? 'call' : 'calls'} so far`;
    case 'least-talk-time':
      return `talked ${seconds(key)} so far`;
    case 'maximum-utilisation':
    case 'average-utilisation':
      return `${Math.abs(key)} running`;
    case 'linear':
      return `place ${key + 1} of the list`;
    case 'random':
      return 'by chance';
    default:
      return String(key);
  }
}

function table(rows: readonly Row[]): string[] {
  const widthOf = (column: 0 | 1): number => Math.max(0, ...rows.map((row) => row[column].length));
  const [agents, verdicts] = [widthOf(0), widthOf(1)];
  return rows.map(([agent, verdict, why]) =>
    `  ${agent.padEnd(agents)}  ${verdict.padEnd(verdicts)}  ${why}`.trimEnd(),
  );
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** `2026-01-31 12:00:00Z` */
function clockTime(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)}Z`;
}
