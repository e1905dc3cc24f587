import { expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.js';
import { createEventStream } from '../kernel/event-stream.js';
import type { EventBody } from '../kernel/events.js';
import { agentId, workId } from '../kernel/ids.js';
import { createDecisionHistory } from './decision-history.js';
import { shareDecisions } from './shared-decisions.js';

const call = workId('c1');
const ana = agentId('ana');
const offered = (attempt: number): EventBody => ({ type: 'call.offered', call, attempt, agents: [ana] });
const ended: EventBody = { type: 'call.ended', call, by: 'caller', outcome: 'answered', waitedMs: 0, talkedMs: 0 };

function controller(kept: Map<string, string>) {
  const clock = createManualClock();
  let writes = 0;
  const events = createEventStream({
    clock,
    configVersion: () => 'v1',
    onListenerError: (error) => expect.fail(String(error)),
  });
  const history = createDecisionHistory(events, { calls: 10, decisions: 10 });
  const archive = {
    keep(name: string, text: string) {
      writes += 1;
      kept.set(name, text);
    },
    find: async (name: string) => kept.get(name),
  };
  const shared = shareDecisions({ history, archive, events, clock });
  return { clock, shared, emit: (body: EventBody) => events.emit(body), writes: () => writes };
}

it('tells other controllers what was decided, a second after it began', async () => {
  const kept = new Map<string, string>();
  const [here, there] = [controller(kept), controller(kept)];
  here.emit(offered(1));
  here.emit({ type: 'call.offer_ended', call, agent: ana, attempt: 1, outcome: 'busy' });
  expect(await there.shared.of(call)).toBeUndefined();
  await here.clock.turn(1_000);
  expect(here.writes()).toBe(1);
  expect(await there.shared.of(call)).toEqual(await here.shared.of(call));
  expect(await there.shared.of(call)).toMatchObject({ call, decisions: [{ attempt: 1, outcomes: { ana: 'busy' } }] });
  expect(await there.shared.of(workId('c2'))).toBeUndefined();
});

it('tells at once when the call ends, and when it stops itself, what it has not told yet', async () => {
  const kept = new Map<string, string>();
  const here = controller(kept);
  here.emit(offered(1));
  here.emit(ended);
  expect(here.writes()).toBe(1);
  await here.clock.turn(5_000);
  expect(here.writes()).toBe(1);
  here.emit(offered(2));
  here.shared.close();
  expect(kept.get(call)).toContain('"attempt":2');
  expect(here.clock.pending()).toBe(0);
});
