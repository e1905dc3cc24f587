import { readdirSync, readFileSync } from 'node:fs';

/** Jiffies a second as /proc shows them; the kernel's USER_HZ is 100 on every Linux that Node runs on. */
const userHz = 100;

/** Processor time that a process has used so far, all its threads together. Milliseconds, in steps of 10. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / userHz;
}

export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
}

/** The pid of a running child of this process, by the name of its program. */
export function childNamed(name: string): number | undefined {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .find((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [, program] = /\((.*)\)/.exec(stat) ?? [];
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
        return parent === process.pid && program === name;
      } catch {
        return false;
      }
    });
}
