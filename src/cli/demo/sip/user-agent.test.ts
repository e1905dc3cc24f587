import { expect, it, onTestFinished } from 'vitest';

import type { CallEvent } from './dialog.js';
import type { IncomingCall } from './incoming-call.js';
import { createUserAgent, type UserAgent } from './user-agent.js';

/** Events of one call, to be waited for by their type. */
function createEar() {
  const heard: CallEvent[] = [];
  const waiting = new Map<string, (event: CallEvent) => void>();
  return {
    heard,
    listen(event: CallEvent): void {
      heard.push(event);
      waiting.get(event.type)?.(event);
    },
    until: (type: CallEvent['type']) =>
      new Promise<CallEvent>((resolve) => {
        const known = heard.find((event) => event.type === type);
        if (known === undefined) waiting.set(type, resolve);
        else resolve(known);
      }),
  };
}

async function agent(
  user: string,
  port: number,
  onCall?: (call: IncomingCall) => (event: CallEvent) => void,
): Promise<UserAgent> {
  const server = { host: '127.0.0.1', port };
  const made = await createUserAgent({
    host: '127.0.0.1',
    server,
    domain: 'test.invalid',
    user,
    ...(onCall && { onCall }),
  });
  onTestFinished(() => made.close());
  return made;
}

/** A caller and a callee that talk to each other without a server. */
async function pair(onCall: (call: IncomingCall) => void) {
  const callee = createEar();
  const caller = createEar();
  const bob = await agent('bob', 5060, (call) => {
    queueMicrotask(() => onCall(call));
    return callee.listen;
  });
  const ana = await agent('ana', bob.local.port);
  return { ana, bob, caller, callee, uri: `sip:bob@127.0.0.1:${bob.local.port}` };
}

it('calls, rings, is answered and hangs up', async () => {
  const { ana, bob, caller, callee, uri } = await pair((call) => {
    call.ring();
    call.answer();
  });
  const call = ana.call(uri, caller.listen);
  await Promise.all([caller.until('answered'), callee.until('answered')]);
  call.hangUp();
  await callee.until('ended');
  expect(caller.heard).toEqual([{ type: 'ringing', status: 180 }, { type: 'answered' }, { type: 'ended', by: 'us' }]);
  expect(callee.heard).toEqual([{ type: 'answered' }, { type: 'ended', by: 'peer' }]);
  expect([ana.openCalls(), bob.openCalls()]).toEqual([0, 0]);
});

it('lets the callee hang up, also when it would before the ACK is there', async () => {
  const { ana, caller, callee, uri } = await pair((call) => {
    call.answer();
    call.hangUp();
  });
  ana.call(uri, caller.listen);
  expect(await caller.until('ended')).toEqual({ type: 'ended', by: 'peer' });
  expect(callee.heard).toEqual([{ type: 'answered' }, { type: 'ended', by: 'us' }]);
});

it('cancels a call that rings', async () => {
  const { ana, bob, caller, callee, uri } = await pair((call) => call.ring());
  const call = ana.call(uri, caller.listen);
  await caller.until('ringing');
  call.hangUp();
  expect(await caller.until('failed')).toEqual({ type: 'failed', status: 487 });
  expect(callee.heard).toEqual([{ type: 'cancelled' }]);
  expect([ana.openCalls(), bob.openCalls()]).toEqual([0, 0]);
});

it('cancels only after a provisional response, and hangs up what was answered meanwhile', async () => {
  const { ana, caller, callee, uri } = await pair((call) => call.answer());
  ana.call(uri, caller.listen).hangUp();
  await callee.until('ended');
  expect(caller.heard).toEqual([{ type: 'answered' }, { type: 'ended', by: 'us' }]);
});

it.each([486, 603, 404])('hears that the callee answers %i', async (status) => {
  const { ana, bob, caller, uri } = await pair((call) => call.reject(status));
  ana.call(uri, caller.listen);
  expect(await caller.until('failed')).toEqual({ type: 'failed', status });
  expect(bob.openCalls()).toBe(0);
});
