/** Whether this version and the store mean the same by what stands there (`scripts/lib/records.lua` has the number). */
import { SwitchboardError } from '../../kernel/errors.js';

export interface SchemaReply {
  readonly stored: number;
  readonly own: number;
}

/** @throws SwitchboardError LEDGER_SCHEMA */
export function requireSameSchema({ stored, own }: SchemaReply): void {
  if (stored === own) return;
  throw new SwitchboardError(
    'LEDGER_SCHEMA',
    `the store has records of schema ${stored}, this version reads and writes schema ${own} only`,
  );
}
