import { describe, expect, it } from 'vitest';
import { availableSipServers } from '../support/sip-servers.js';
import { TORTURE_MESSAGES } from './torture-messages.js';
import { World } from './world.js';

const METHODS = ['invite', 'options', 'register', 'message'];

describe.each(availableSipServers())('tortuous messages on $name', (server) => {
  const world = new World(server);

  it.each(TORTURE_MESSAGES)('survives $name: $what', async ({ bytes, outcome }) => {
    const app = await world.app(...METHODS);
    const peer = await world.udp();
    peer.sendBytes(bytes);
    const probe = peer.request('OPTIONS', world.uri(), { 'Call-ID': 'probe' });
    peer.send(probe);
    const isProbe = (each: { get(name: string): string | undefined }): boolean => each.get('call-id') === 'probe';
    await expect.poll(() => app.waitingCount(isProbe)).toBe(1);
    const answers = peer.inbox.flatMap((each) => (each.kind === 'response' && each.status > 100 ? [each.status] : []));
    const delivered = app.waitingCount((each) => !isProbe(each));
    const seen = delivered > 0 ? 'deliver' : (answers[0] ?? 'drop');
    // Where the two differ on what is no call (a date, a stray blank), either is right by the RFC; neither may fall over.
    if (server.isEmbedded) expect(seen).toBe(outcome);
  });
});
