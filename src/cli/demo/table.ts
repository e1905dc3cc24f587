/** The table at the end of the programme. */
import type { RoutingConfig } from '../../config/routing-config.js';
import { cut, fit, type Palette, width } from './ansi.js';
import type { CallRecord } from './call-book.js';
import { type Names, seconds } from './words.js';

const COLUMNS = ['call', 'queue', 'strategy', 'rang', 'answered by', 'waited', 'talked'] as const;
const WIDEST = 50;

export function callTable(
  records: readonly CallRecord[],
  view: {
    readonly config: RoutingConfig;
    readonly names: Names;
    readonly callerNames: ReadonlyMap<string, string>;
    readonly palette: Palette;
  },
): readonly string[] {
  const rows = records.map((record, index) => rowOf(record, index + 1, view));
  const widths = COLUMNS.map((title, column) =>
    Math.min(WIDEST, Math.max(width(title), ...rows.map((row) => width(row[column] ?? '')))),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => fit(cut(cell, widths[column] ?? 0), widths[column] ?? 0)).join('  ');
  const { palette } = view;
  return [palette.bold(line(COLUMNS)), palette.dim(widths.map((one) => '─'.repeat(one)).join('  ')), ...rows.map(line)];
}

function rowOf(
  record: CallRecord,
  number: number,
  { config, names, callerNames }: Pick<Parameters<typeof callTable>[1], 'config' | 'names' | 'callerNames'>,
): readonly string[] {
  const caller = `${String(number).padStart(2)} ${callerNames.get(record.from) ?? record.from}`;
  const queue = record.queue === undefined ? undefined : config.queues.get(record.queue);
  const { ended, acceptedBy } = record;
  const outcome = ended?.outcome ?? 'running';
  const device = acceptedBy?.device === undefined ? '' : ` (${acceptedBy.device})`;
  return [
    caller,
    queue?.name ?? `${record.direction} ${record.to}`,
    queue?.strategy.kind ?? '-',
    rangOf(record, names),
    acceptedBy === undefined
      ? outcome === 'answered'
        ? record.to
        : outcome
      : `${names.agent(acceptedBy.agent)}${device}`,
    seconds(ended?.waitedMs ?? 0),
    ended === undefined || ended.talkedMs === 0 ? '-' : seconds(ended.talkedMs),
  ];
}

/** Agents in the order in which they were rung; devices, where one agent has several. */
function rangOf({ rung }: CallRecord, names: Names): string {
  const devices = new Map<string, string[]>();
  for (const { agent, device } of rung) {
    const name = names.agent(agent);
    devices.set(name, [...(devices.get(name) ?? []), device]);
  }
  if (devices.size === 0) return '-';
  return [...devices].map(([name, list]) => (list.length === 1 ? name : `${name} (${list.join(', ')})`)).join(', ');
}
