/** Where the server writes what an operator may want to know; pino's shape, so that its loggers fit. */
export interface SipLog {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export const silentLog: SipLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };
