import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EslClient } from '../../../test/contract/media/esl-client.js';
import { createEmbeddedMedia } from './server.js';
import { startEmbeddedMedia } from './start-in-worker.js';

const isBuilt = existsSync(new URL('../../../dist/embedded/media/worker.js', import.meta.url));

describe('the embedded media server', () => {
  it('says which port is taken, and leaves nothing behind', async () => {
    const first = await createEmbeddedMedia({ password: 'x' });
    try {
      await expect(createEmbeddedMedia({ password: 'x', sipPort: first.sip.port })).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
      const port = first.esl.port;
      await expect(createEmbeddedMedia({ password: 'x', esl: { port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    } finally {
      await first.stop();
    }
    const again = await createEmbeddedMedia({ password: 'x', sipPort: first.sip.port, esl: { port: first.esl.port } });
    expect(again.count()).toBe(0);
    await again.stop();
  });
});

// Without a build there is no worker to start; the end-to-end tests build first.
describe.runIf(isBuilt)('the embedded media server in a worker', () => {
  it('starts, answers and ends', async () => {
    const server = await startEmbeddedMedia({ password: 'x' });
    const client = await EslClient.signedIn({ ...server.esl, password: server.password });
    expect(await client.api('show channels count')).toBe('\n0 total.\n');
    await server.stop();
    await client.closed;
  });

  it('says why it cannot start', async () => {
    const first = await startEmbeddedMedia({ password: 'x' });
    const { port } = first.esl;
    await expect(startEmbeddedMedia({ password: 'x', esl: { port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.stop();
  });
});
