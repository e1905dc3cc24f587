import type { WorkId } from '../kernel/ids.js';
import type { Ledger } from './ledger.js';

/** Takes work out of the ledger, whatever has become of it. An acceptance may have been decided just before: its room is given back. */
export async function giveUp(work: WorkId, ledger: Pick<Ledger, 'abandon' | 'release'>): Promise<void> {
  const result = await ledger.abandon(work);
  if (result.type === 'active') await ledger.release({ work, wrapUpMs: 0, talkMs: 0 });
}
