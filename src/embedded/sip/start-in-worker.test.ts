import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ControlApp } from '../../../test/support/control-app.js';
import { startEmbeddedSipServer } from './start-in-worker.js';

const isBuilt = existsSync(new URL('../../../dist/embedded/sip/worker.js', import.meta.url));

// Without a build there is no worker to start; the end-to-end tests build first.
describe.runIf(isBuilt)('embedded SIP server in a worker', () => {
  const control = { host: '127.0.0.1', port: 0, secret: 's' };

  it('starts, counts and ends', async () => {
    const server = await startEmbeddedSipServer({
      listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }],
      control,
    });
    const app = await ControlApp.signedIn({ ...server.control, secret: 's' }, 'invite');
    expect(await server.counts()).toEqual({ transactions: 0, dialogs: 0, timers: 0, sockets: 1 });
    await app.close();
    await server.close();
  });

  it('says why it cannot start', async () => {
    const first = await startEmbeddedSipServer({ listen: [], control });
    const taken = { ...control, port: first.control.port };
    await expect(startEmbeddedSipServer({ listen: [], control: taken })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
  });
});
