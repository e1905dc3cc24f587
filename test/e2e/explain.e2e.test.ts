/** Why a call waited and to whom it went then, asked of a running site as `switchboard explain` does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExplain, type ExplainOptions } from '../../src/cli/explain/explain.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { agents, siteYaml } from './site.js';

const yaml = siteYaml({
  agents: agents('ana', 'ben'),
  queues: { support: { members: ['ana', 'ben'], strategy: 'linear', wrap_up: '0s' } },
  entry_points: { 'to-support': { queue: 'support', public: true } },
});

describe.each(availableSipServers())('explanations on $name', (server) => {
  let site: RunningSite;

  beforeAll(async () => {
    site = await startSite({ server, yaml });
    await site.phones(['ana'], { then: { does: 'answer', afterMs: 0 } });
    await site.eventually('agent.presence_changed', (event) => event.presence === 'available');
  });

  afterAll(() => site.stop());

  async function explain(about: ExplainOptions['about']): Promise<string[]> {
    const { host, port, token } = site.switchboard.http;
    const lines: string[] = [];
    const terminal = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) };
    expect(await runExplain({ about, url: `http://${host}:${port}`, token }, terminal), lines.join('\n')).toBe(0);
    return lines.map((line) => line.replace(/\d{4}-.*Z/, 'THEN').replace(/configuration \w+/, 'configuration V'));
  }

  it('tells of a call that waited, once for each reason, and of one that would come now', async () => {
    expect(await explain({ queue: 'support' })).toEqual([
      'support (linear), THEN, configuration V: a call would ring ana',
      '  ana  would ring  place 1 of the list',
      '  ben  no          offline',
    ]);
    const callers = await site.startCallers({ what: 'listen' }, ['to-support', 'to-support']);
    const { call } = await site.eventually('call.waiting');
    expect((await explain({ queue: 'support' }))[0]).toMatch(/nobody is free; a call would wait, after the 1 waiting/);
    site.hangUp(call);
    await site.eventually('call.connected', (event) => event.call === call);
    site.hangUp();
    expect((await callers.done()).code).toBe(0);
    const lines = await explain({ call });
    expect(lines.slice(-3)).toEqual([
      'THEN support (linear): attempt 1 rings ana',
      '  ana  accepted  place 1 of the list',
      '  ben  no        offline',
    ]);
    const waits = site.events.flatMap((event) =>
      event.type === 'call.waiting' ? [JSON.stringify(event.decision)] : [],
    );
    expect(waits.length).toBeGreaterThan(0);
    expect(new Set(waits).size, 'said again only for other reasons').toBe(waits.length);
    await site.nothingLeft();
  });
});
