/** Being in charge, as the store has it for all controllers of a site. */
import type { WorkId } from '../../kernel/ids.js';
import { NotInCharge, type Charges, type Taken } from '../charges.js';
import type { Operations } from './operations.js';
import type { Run } from './turns.js';

/** Does nothing with work that belongs to what another controller is in charge of by now. @throws NotInCharge */
export function inCharge(run: Run, chargeOf: (work: WorkId) => string | undefined): Run {
  return async (script, request) => {
    const { work } = request as { work?: WorkId };
    const charge = work === undefined ? undefined : chargeOf(work);
    const result = await run(script, charge === undefined ? request : { ...request, charge });
    const refused = (result as { type?: string } | undefined)?.type === 'not-in-charge';
    if (refused) throw new NotInCharge(`another controller is in charge of ${String(charge)}`);
    return result;
  };
}

export function chargesIn(run: Run, operations: Operations, node: string, isSure: () => boolean): Charges {
  const taken = (owner: string, isNew: boolean): Taken =>
    owner === node ? { type: 'ours', isNew } : { type: 'elsewhere', node: owner };
  return {
    isSure,
    async take(id) {
      const { owner = node, isNew } = await run(operations.charge, { id, act: 'take' });
      return taken(owner, isNew);
    },
    async find(id) {
      const { owner } = await run(operations.charge, { id, act: 'find' });
      return owner === undefined ? undefined : taken(owner, false);
    },
    keep: async (id, state) => (await run(operations.charge, { id, act: 'keep', state: state() })).owner === node,
    async drop(id) {
      await run(operations.charge, { id, act: 'drop' });
    },
  };
}
