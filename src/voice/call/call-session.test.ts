import { expect, it } from 'vitest';
import { routesTo } from '../../../test/support/routes-to.js';
import { agentId, legId, queueId, workId } from '../../kernel/ids.js';
import { newCall, step } from './call.js';
import type { UntimedInput } from './call-messages.js';
import type { LegEvent } from '../signalling.js';

const sdp = (port: number, direction = 'sendrecv'): string =>
  `v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio ${String(port)} RTP/AVP 0\r\na=${direction}\r\n`;
const [caller, agent] = [legId('c/0'), legId('c/1')];

/** A call in which Ana has answered, on a site with media servers. */
function talking() {
  const keys = { record: '*1', conference: '*3', listen: '4', whisper: '5', barge: '6' };
  let state = newCall({
    call: workId('c'),
    arrivedMs: 0,
    caller: { leg: caller, from: 'rosa', sdpOffer: sdp(4000) },
    destination: {
      kind: 'queue',
      rules: {
        queue: queueId('support'),
        strategy: { kind: 'linear' },
        ringTimeoutMs: 1_000,
        maxWaitMs: 1_000,
        wrapUpMs: 0,
        overflow: { kind: 'reject' },
      },
    },
    routes: routesTo(),
    house: { music: 'default', language: 'en', keys },
  });
  const give = (input: UntimedInput) => {
    const next = step(state, { ...input, atMs: 0 });
    state = next.state;
    return next.commands;
  };
  const leg = (id: typeof caller, event: LegEvent) => give({ type: 'leg', leg: id, event });
  const target = { device: 'phone', route: { kind: 'contact', uri: 'sip:ana@127.0.0.1' } } as never;
  give({ type: 'started' });
  give({
    type: 'offered',
    attempt: 1,
    offers: [{ agent: agentId('ana'), plan: { steps: [{ targets: [target], forMs: 1_000, keep: false }] } }],
  });
  leg(agent, { type: 'answered', sdp: sdp(5000) });
  give({ type: 'accept-decided', leg: agent, agent: agentId('ana'), result: { type: 'won', losers: [] } });
  return { leg, state: () => state };
}

it('has the session and who is on hold as before when a hold is cancelled before it was answered', () => {
  const call = talking();
  call.leg(agent, { type: 'request', token: 7, method: 'INVITE', sdp: sdp(5000, 'sendonly') });
  expect(call.state().phase).toMatchObject({ name: 'talking', onHoldBy: agent });
  const commands = call.leg(agent, { type: 'request-cancelled', token: 7 });
  expect(call.state().phase).not.toHaveProperty('onHoldBy');
  expect(call.state().sound.parties.get(agent)).toMatchObject({ sdp: sdp(5000) });
  expect(commands.filter(({ type }) => type === 'respond')).toEqual([]);
  expect(commands).toContainEqual(
    expect.objectContaining({ type: 'emit', event: { type: 'call.resumed', call: 'c' } }),
  );
  expect([...call.state().sound.places.keys()]).toEqual([]);
});

it('takes no note of a CANCEL for what was answered already', () => {
  const call = talking();
  const before = call.state();
  expect(call.leg(agent, { type: 'request-cancelled', token: 9 })).toEqual([]);
  expect(call.state()).toEqual(before);
});
