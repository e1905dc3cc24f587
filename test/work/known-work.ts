/** One piece of work of another system in each phase, which nothing changes. */
import { agentId, itemId, queueId } from '../../src/kernel/ids.js';
import type { HttpWork } from '../../src/http/server.js';
import type { ItemView } from '../../src/work/work-desk.js';

const ana = agentId('ana');
const common = { node: 'one', queue: queueId('tickets'), channel: 'ticket', priority: 0, sinceMs: 1_000 } as const;

const items: readonly ItemView[] = [
  { ...common, id: itemId('4711'), phase: { name: 'waiting', untilMs: 61_000 }, position: 1 },
  {
    ...{ ...common, id: itemId('4712') },
    phase: { name: 'offered', untilMs: 61_000, attempt: 1, offers: [{ agent: ana, untilMs: 31_000 }] },
  },
  { ...common, id: itemId('4713'), phase: { name: 'active', agent: ana, sinceMs: 2_000 } },
  { ...common, id: itemId('4714'), phase: { name: 'ended', atMs: 3_000, why: 'closed', agent: ana } },
];

export const knownWork: HttpWork = {
  desk: {
    submit: (wanted) => Promise.resolve({ type: 'known', item: { ...items[0]!, ...wanted } }),
    act: () => Promise.resolve({ type: 'done', item: items[0]! }),
    pull: () => Promise.resolve({ type: 'pulled', item: items[2]! }),
    find: (id) => Promise.resolve(items.find((item) => item.id === id)),
    list: () => Promise.resolve(items),
  },
  isUp: () => true,
  setReachable: () => Promise.resolve(),
};
