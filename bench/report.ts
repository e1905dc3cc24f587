import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import type { RingAllResult, SubjectResult, WaitingResult } from './trials.js';

export interface BenchResult {
  readonly startedAt: string;
  readonly machine: string;
  readonly load: readonly SubjectResult[];
  readonly waiting: readonly WaitingResult[];
  readonly ringAll: readonly RingAllResult[];
}

export const machine = () => `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`;

/** @returns the file */
export function saveResult(result: BenchResult, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${result.startedAt.replace(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}

export function tablesOf(result: BenchResult): string {
  const delays = result.load.flatMap(({ server, subject, rates }) =>
    rates.map((rate) => {
      const bare = result.load
        .find((other) => other.server === server && other.subject === 'bare B2BUA')
        ?.rates.find((other) => other.rate === rate.rate);
      return [
        server,
        subject,
        `${rate.rate}/s`,
        rate.failed ? 'FAILED' : 'all well',
        number(rate.p50Ms),
        number(rate.p99Ms),
        `${number(rate.thereP50Ms)} + ${number(rate.backP50Ms)}`,
        subject === 'switchboard' && bare ? number(rate.p50Ms / bare.p50Ms, 2) : '',
        number(rate.subjectCpuMsPerCall, 2),
        rate.serverCpuMsPerCall === undefined ? '(in it)' : number(rate.serverCpuMsPerCall, 2),
      ];
    }),
  );
  const highest = result.load.map(({ server, subject, highestRate }) => [server, subject, `${highestRate} calls/s`]);
  const ringAll = result.ringAll.map((each) => [each.server, `${each.phones}`, number(each.p50Ms), number(each.maxMs)]);
  const waiting = result.waiting.map((each) => [
    each.server,
    `${each.calls}`,
    number(each.heapKbPerCall),
    number(each.residentKbPerCall),
    each.serverResidentKbPerCall === undefined ? '(in it)' : number(each.serverResidentKbPerCall),
  ]);
  return [
    table(
      [
        'server',
        'subject',
        'rate',
        'calls',
        'p50 ms',
        'p99 ms',
        'there + back',
        'x bare',
        'CPU ms/call',
        'server CPU ms/call',
      ],
      delays,
    ),
    table(['server', 'subject', 'highest rate without a failure'], highest),
    table(['server', 'phones', 'all told, p50 ms', 'worst ms'], ringAll),
    table(['server', 'waiting calls', 'heap KB/call', 'resident KB/call', 'server resident KB/call'], waiting),
  ].join('\n\n');
}

function number(value: number, digits = 1): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
