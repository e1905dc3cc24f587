/** Another configuration while chats run. */
import { expect, it } from 'vitest';
import { chatConfig, chatRouting, chatStaff, department } from '../../test/chat/chat-config.js';
import { agentIds, sales, support } from '../../test/chat/chat-site.js';
import { openAgentPage, openVisitorPage } from '../../test/chat/scripted-pages.js';
import { BACK_OFF, BLENDED } from '../../test/ledger/ledger-site.js';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock } from '../../test/support/manual-clock.js';
import type { ChatConfig } from '../config/chat-config.js';
import { createEventStream } from '../kernel/event-stream.js';
import { agentId } from '../kernel/ids.js';
import { createMemoryLedger } from '../ledger/memory.js';
import { createChatCenter } from './chat-center.js';
import { chatLinesOf } from './chat-routes.js';
import { createChatTokens } from './chat-token.js';
import { createMemoryTranscripts } from './memory-transcripts.js';

const ana = agentId('ana');

/** @returns with `reload`, as a running site does it */
async function buildSite() {
  const clock = createManualClock();
  const ledger = createMemoryLedger({ clock, random: () => 0 });
  let chat = chatConfig();
  const configure = (maxChats: number, agents: readonly (typeof ana)[]): Promise<void> => {
    const capacity = {
      ...BLENDED,
      channels: { ...BLENDED.channels, chat: { ...BLENDED.channels.chat, max: maxChats } },
    };
    return ledger.configure({
      agents: new Map(agents.map((id) => [id, { capacity }])),
      queues: chatLinesOf(chat, agents),
      ...{ backOff: BACK_OFF, missesUntilAway: 0 },
    });
  };
  await configure(4, agentIds);
  const center = createChatCenter({
    ...{ ledger, clock, log: silentLog, store: createMemoryTranscripts(), tokens: createChatTokens('secret') },
    events: createEventStream({
      clock,
      configVersion: () => 'v',
      onListenerError: (error) => expect.fail(String(error)),
    }),
    ...{ routing: () => ({ ...chatRouting(), chat }), staff: chatStaff },
  });
  await ledger.setPresence({ agent: ana, presence: { state: 'available' } });
  const page = await openAgentPage(center, 'ana');
  return {
    ...{ clock, ledger, center, page },
    talk: async () => {
      const visitor = await openVisitorPage(center, {}, `192.0.2.${Math.random()}`);
      await page.accept();
      return visitor;
    },
    async reload(over: Partial<ChatConfig>, { maxChats = 4, agents = agentIds } = {}) {
      chat = chatConfig(over);
      await configure(maxChats, agents);
      center.reloaded();
      await clock.turn(0);
    },
    held: async () => (await ledger.snapshot()).agents.find(({ agent }) => agent === ana)?.holds.length,
  };
}

const phaseOf = ({ of }: Awaited<ReturnType<typeof openVisitorPage>>): unknown => of('state').at(-1)?.phase;

it('cuts no chat when there is less room, and gives no more until there is some', async () => {
  const { talk, reload, held, center, page } = await buildSite();
  const [one, two] = [await talk(), await talk()];
  await reload({}, { maxChats: 1 });
  expect([phaseOf(one), phaseOf(two), await held()]).toEqual(['talking', 'talking', 2]);
  const three = await openVisitorPage(center, {}, '192.0.2.9');
  expect(page.of('offer')).toHaveLength(2);
  await one.send({ type: 'close' });
  expect(page.of('offer'), 'still as many as it may be').toHaveLength(2);
  await two.send({ type: 'close' });
  expect(page.of('offer')).toHaveLength(3);
  await page.accept();
  expect(phaseOf(three)).toBe('talking');
});

it('says the next words as they are worded now', async () => {
  const { talk, reload, page, center } = await buildSite();
  const visitor = await talk();
  await reload({ texts: { en: { closed: 'Bye now.', welcome: 'Good morning.' } } });
  await page.send({ type: 'close', chat: visitor.chat });
  expect(visitor.said().at(-1)).toMatch(/Bye now\.$/);
  const next = await openVisitorPage(center, {}, '192.0.2.9');
  expect(next.said()).toEqual(['1 site Good morning.']);
});

it('sends who waits in a line that is no more where the rules say now, and leaves who talks', async () => {
  const { talk, reload, page, center, clock } = await buildSite();
  const talking = await talk();
  await page.send({ type: 'presence', to: { state: 'away', reason: 'lunch' } });
  const waiting = await openVisitorPage(center, {}, '192.0.2.9');
  expect(phaseOf(waiting)).toBe('waiting');
  await reload({
    departments: new Map([[sales, department(sales, 'Sales', { maxWaitMs: 600_000 })]]),
    defaultDepartment: sales,
  });
  await clock.turn(120_000);
  expect([phaseOf(talking), phaseOf(waiting)]).toEqual(['talking', 'waiting']);
  await page.send({ type: 'presence', to: { state: 'available' } });
  await page.accept();
  expect([phaseOf(talking), phaseOf(waiting)]).toEqual(['talking', 'talking']);
  expect(center.list().find(({ chat }) => chat === waiting.chat)).toMatchObject({ department: sales });
  expect(waiting.said().filter((entry) => entry.includes('Welcome'))).toHaveLength(1);
  expect(center.list().find(({ chat }) => chat === talking.chat)).toMatchObject({ department: support });
});

it('reaches an agent who was taken out and put back, with the page open all the time', async () => {
  const { reload, page, center } = await buildSite();
  await reload({}, { agents: agentIds.filter((id) => id !== ana) });
  await reload({});
  await page.send({ type: 'presence', to: { state: 'available' } });
  await openVisitorPage(center, {}, '192.0.2.9');
  expect(page.of('offer')).toHaveLength(1);
});
