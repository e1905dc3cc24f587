/** The picture: who is there, who waits, and how each call finds its agent. Lines of text, and nothing but. */
import type { RoutingConfig } from '../../config/routing-config.js';
import type { AgentId, QueueId } from '../../kernel/ids.js';
import { cut, fit, type Palette, width } from './ansi.js';
import type { LiveAgent, LiveCall, LiveModel } from './live-model.js';
import { type Names, seconds, whyOf } from './words.js';

export interface LiveView {
  readonly config: RoutingConfig;
  readonly model: LiveModel;
  readonly names: Names;
  readonly callerNames: ReadonlyMap<string, string>;
  readonly palette: Palette;
  /** Under the title: URLs and the token. */
  readonly addresses: readonly string[];
}

/** What is being played. */
export interface Playing {
  readonly title: string;
  readonly story: string;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const SPINNER = Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏');
const MIN_COLUMNS = 60;

/** As many lines as there are rows at most, none wider than the terminal. */
export function drawLive(view: LiveView, playing: Playing, size: Size, nowMs: number): readonly string[] {
  const columns = Math.max(MIN_COLUMNS, size.columns);
  const { palette } = view;
  const rule = palette.dim('─'.repeat(columns));
  const left = agentLines(view, nowMs);
  const right = queueLines(view);
  const half = Math.floor((columns - 2) / 2);
  const panels = Array.from(
    { length: Math.max(left.length, right.length) },
    (_, index) => `${fit(left[index] ?? '', half)}  ${cut(right[index] ?? '', columns - half - 2)}`,
  );
  const head = [
    ` ${palette.bold(palette.cyan('☎ SWITCHBOARD'))}  ${palette.bold(view.config.site.name)}`,
    ...view.addresses.map((line) => palette.dim(` ${line}`)),
    rule,
    ` ${palette.bold(palette.magenta(playing.title))}`,
    ...wrap(playing.story, columns - 2, 2).map((line) => ` ${line}`),
    rule,
    ...panels,
    rule,
  ];
  const room = Math.max(0, size.rows - head.length - 2);
  const body = callLines(view, nowMs, columns).slice(0, room);
  const foot = palette.dim(' Ctrl-C ends the demo');
  return [...head, ...body, ...Array.from({ length: room - body.length }, () => ''), rule, foot].map((line) =>
    cut(line, columns),
  );
}

function agentLines({ config, model, callerNames, palette }: LiveView, nowMs: number): string[] {
  const lines = [palette.dim(' AGENTS')];
  for (const [id, agent] of config.agents) {
    const live = model.agents.get(id);
    if (live === undefined) continue;
    const call = model.calls.findLast(
      (one) => one.ended === undefined && (one.agent === id || one.ringing.includes(id)),
    );
    const [sign, state] = agentState(live, call, id, { palette, nowMs, callerNames });
    const calls = live.calls === 0 ? '' : palette.dim(` ${live.calls}×`);
    lines.push(` ${sign} ${fit(agent.name, 15)} ${state}${calls}`);
  }
  return lines;
}

function agentState(
  live: LiveAgent,
  call: LiveCall | undefined,
  id: AgentId,
  { palette, nowMs, callerNames }: Pick<LiveView, 'palette' | 'callerNames'> & { readonly nowMs: number },
): readonly [sign: string, state: string] {
  if (call?.agent === id && call.talkingSinceMs !== undefined) {
    const other = call.direction === 'outbound' ? call.to : (callerNames.get(call.from) ?? call.from);
    return [palette.green('●'), palette.green(`talks with ${other} ${seconds(nowMs - call.talkingSinceMs)}`)];
  }
  if (call !== undefined) {
    const spin = SPINNER[Math.floor(nowMs / 80) % SPINNER.length] ?? '';
    return [palette.yellow(spin), palette.yellow(`rings: ${callerNames.get(call.from) ?? call.from}`)];
  }
  if (live.wrapUpUntilMs > nowMs) return [palette.magenta('◐'), palette.magenta('writes notes')];
  if (live.presence === 'available') return [palette.cyan('○'), `free ${palette.dim([...live.devices].join(' '))}`];
  const reason = live.reason === undefined ? '' : `: ${live.reason}`;
  return [palette.dim('·'), palette.dim(`${live.presence}${reason}`)];
}

function queueLines({ config, model, palette }: LiveView): string[] {
  const lines = [palette.dim('QUEUES')];
  for (const [id, queue] of config.queues) {
    const running = model.calls.filter((call) => call.queue === id && call.ended === undefined);
    const talking = running.filter(({ talkingSinceMs }) => talkingSinceMs !== undefined).length;
    const waiting = running.length - talking;
    const counts = [
      ...(waiting > 0 ? [palette.yellow(`${waiting} waiting`)] : []),
      ...(talking > 0 ? [palette.green(`${talking} talking`)] : []),
    ].join(' ');
    const number = numberOf(config, id);
    lines.push(`${palette.dim(number)} ${fit(queue.name, 13)} ${fit(queue.strategy.kind, 15)} ${counts}`);
  }
  return lines;
}

function numberOf(config: RoutingConfig, queue: QueueId): string {
  return fit(config.entryPoints.find(({ to }) => to.kind === 'queue' && to.queue === queue)?.number ?? '', 4);
}

/** Two or three lines a call, the newest on top. */
function callLines(view: LiveView, nowMs: number, columns: number): string[] {
  return view.model.calls.toReversed().flatMap((call) => {
    const lines = [` ${callHead(view, call, nowMs)}`];
    if (call.why !== undefined) {
      const why = whyOf(call.why.decision, call.why.atMs, view.names);
      const shown = wrap(`${view.names.agents(call.why.decision.chosen)}: ${why}`, columns - 10, 2);
      lines.push(...shown.map((line, index) => view.palette.dim(`      ${index === 0 ? '└ ' : '  '}${line}`)));
    }
    return lines;
  });
}

function callHead({ names, callerNames, palette, config }: LiveView, call: LiveCall, nowMs: number): string {
  const caller = callerNames.get(call.from) ?? call.from;
  const queue = call.queue === undefined ? undefined : config.queues.get(call.queue);
  const to = queue === undefined ? call.to : `${queue.name} ${palette.dim(queue.strategy.kind)}`;
  const head = `${palette.dim(String(call.number).padStart(3))} ${palette.bold(caller)} → ${to}  `;
  return head + callState(call, nowMs, names, palette);
}

function callState(call: LiveCall, nowMs: number, names: Names, palette: Palette): string {
  const agent = call.agent === undefined ? '' : names.agent(call.agent);
  const device = call.device === undefined ? '' : ` (${call.device})`;
  if (call.ended !== undefined) {
    const { outcome, talkedMs } = call.ended;
    const waited = `waited ${seconds(call.waitedMs ?? 0)}`;
    if (outcome === 'answered') {
      return `${palette.green('✔')} ${agent}${device} ${palette.dim(`${waited}, talked ${seconds(talkedMs)}`)}`;
    }
    return `${palette.red('✘')} ${outcome} ${palette.dim(waited)}`;
  }
  if (call.talkingSinceMs !== undefined && call.isOnHold === true) {
    return palette.magenta(`‖ is on hold with ${agent || call.to}${device}`);
  }
  if (call.talkingSinceMs !== undefined) {
    return palette.green(`● talks with ${agent || call.to}${device} ${seconds(nowMs - call.talkingSinceMs)}`);
  }
  const since = seconds(nowMs - call.arrivedAtMs);
  if (call.ringing.length > 0) return palette.yellow(`◌ rings ${names.agents(call.ringing)} ${since}`);
  return palette.yellow(`… waits ${since}`);
}

/** Words in lines of so many columns; the last line is cut where there would be more. */
function wrap(text: string, columns: number, maxLines: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columns && lines.length < maxLines - 1) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, cut(line, columns)];
}
