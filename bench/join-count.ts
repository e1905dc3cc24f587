/** How joins on the media server went, by what the product logs of them. */
import type { LogFn, Logger } from 'pino';
import type { Joins } from './child.js';

const warn = 40;

export interface JoinCount {
  /** A hook of pino: counts, and lets through what is worth a warning. */
  readonly logMethod: (this: Logger, args: Parameters<LogFn>, method: LogFn, level: number) => void;
  /** Since the last time. */
  readonly take: () => Joins;
}

export function createJoinCount(): JoinCount {
  let tookMs: number[] = [];
  let refused = 0;
  return {
    logMethod(args, method, level) {
      const [fields, message] = args as unknown as [Readonly<Record<string, unknown>>, string];
      if (message === 'joined') tookMs.push(Number(fields.tookMs));
      if (level < warn) return;
      if (fields.command === 'uuid_bridge') refused += 1;
      method.apply(this, args);
    },
    take() {
      const joins = { tookMs, refused };
      tookMs = [];
      refused = 0;
      return joins;
    },
  };
}
