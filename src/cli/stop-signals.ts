/** SIGINT and SIGTERM: the first asks for a graceful stop, the second for an end right now. */
export interface StopSignals {
  readonly first: Promise<NodeJS.Signals>;
  readonly second: Promise<NodeJS.Signals>;
  /** Gives the signals their usual effect back. */
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function catchStopSignals(): StopSignals {
  const resolvers: ((signal: NodeJS.Signals) => void)[] = [];
  const next = (): Promise<NodeJS.Signals> => new Promise((resolve) => resolvers.push(resolve));
  const signals = { first: next(), second: next() };
  const onSignal = (signal: NodeJS.Signals): void => resolvers.shift()?.(signal);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    ...signals,
    release() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
