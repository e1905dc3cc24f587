import { expect, it } from 'vitest';

import { loadConfig } from '../../config/load-config.js';
import type { RoutingConfig } from '../../config/routing-config.js';
import type { EventBody, SwitchboardEvent } from '../../kernel/events.js';
import { agentId, deviceId, queueId, workId } from '../../kernel/ids.js';
import type { Decision } from '../../routing/decision.js';
import { createPalette, width } from './ansi.js';
import { createLiveModel } from './live-model.js';
import { drawLive } from './live-view.js';
import { createNames } from './words.js';

const call = workId('c1');
const decision: Decision = {
  strategy: 'priority',
  candidates: [
    { agent: agentId('dan'), key: 1 },
    { agent: agentId('eva'), key: 10 },
  ],
  chosen: [agentId('dan')],
  passedOver: [{ agent: agentId('ana'), why: 'away: lunch' }],
};
const ringing: readonly EventBody[] = [
  { type: 'agent.presence_changed', agent: agentId('ana'), presence: 'away', reason: 'lunch' },
  { type: 'agent.presence_changed', agent: agentId('dan'), presence: 'available' },
  { type: 'call.arrived', call, direction: 'inbound', from: '+34655', to: '1001' },
  { type: 'call.queued', call, queue: queueId('sales'), position: 1 },
  { type: 'call.offered', call, queue: queueId('sales'), attempt: 1, agents: [agentId('dan')], decision },
];
const answered: readonly EventBody[] = [
  { type: 'call.accepted', call, agent: agentId('dan'), device: deviceId('softphone'), waitedMs: 400 },
  { type: 'call.connected', call, agent: agentId('dan') },
];
const ended: readonly EventBody[] = [
  { type: 'call.ended', call, agent: agentId('dan'), by: 'caller', outcome: 'answered', waitedMs: 400, talkedMs: 2000 },
];

async function exampleSite(): Promise<RoutingConfig> {
  const result = await loadConfig('config', {});
  if (!result.ok) throw new Error('the example site is broken');
  return result.config;
}

async function draw(events: readonly EventBody[], size = { columns: 100, rows: 40 }, coloured = false) {
  const config = await exampleSite();
  const model = createLiveModel(config);
  events.forEach((body, index) => {
    const event: SwitchboardEvent = { ...body, seq: index + 1, atMs: 1000, configVersion: 'v' };
    model.apply(event);
  });
  const view = {
    config,
    model,
    names: createNames(config),
    callerNames: new Map([['+34655', 'Rosa']]),
    palette: createPalette(coloured),
    addresses: ['SIP udp:127.0.0.1:5060'],
  };
  return drawLive(view, { title: 'Priority', story: 'Dan first.' }, size, 2000);
}

it.each([
  [
    'who rings, and why',
    ringing,
    ['rings: Rosa', 'Rosa → Sales priority', '◌ rings Dan', 'Dan: priority 1, before Eva (10); not Ana away: lunch'],
  ],
  [
    'who talks',
    [...ringing, ...answered],
    ['talks with Rosa 1.0 s', '● talks with Dan (softphone) 1.0 s', '1 talking'],
  ],
  ['what became of it', [...ringing, ...answered, ...ended], ['✔ Dan (softphone) waited 0.4 s, talked 2.0 s', '1×']],
])('shows %s', async (_name, events, parts) => {
  const picture = (await draw(events)).join('\n');
  for (const part of parts) expect(picture).toContain(part);
});

it.each([
  { columns: 80, rows: 24 },
  { columns: 61, rows: 30 },
  { columns: 200, rows: 60 },
])('stays within the terminal, also in colour: $columns x $rows', async (size) => {
  const lines = await draw([...ringing, ...answered], size, true);
  expect(lines.length).toBeLessThanOrEqual(size.rows);
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(size.columns);
});
