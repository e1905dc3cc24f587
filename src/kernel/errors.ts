/**
 * Thrown for bugs and broken infrastructure only; what may be expected is a value.
 * Every code is listed in docs/errors.md (a test compares the two).
 */
export const errorCodes = {
  CONFIG_INVALID: 'the configuration has errors; each is listed with file, line and column',
  CONFIG_UNREADABLE: 'a configuration file or folder could not be read',
  SIP_SERVER_UNREACHABLE: 'the SIP server did not answer on its control port',
  SIP_SERVER_REFUSED: 'the SIP server refused the control connection (wrong secret)',
  LISTEN_FAILED: 'a listening port could not be opened',
  LEDGER_UNAVAILABLE: 'the ledger store cannot be reached',
  LEDGER_SCHEMA: 'the ledger store has records of another version of Switchboard',
  TRANSCRIPTS_UNAVAILABLE: 'the store of chat transcripts cannot be opened',
  BUG: 'something that the code rules out has happened',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export class SwitchboardError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SwitchboardError';
    this.code = code;
  }
}
