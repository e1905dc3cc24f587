/** Who gets the chats of a department with room for four each, strategy by strategy: hand-worked. */
import { expect, it } from 'vitest';
import { agentIds, buildChatSite, openChat, type ChatSite } from '../../test/chat/chat-site.js';
import { settled } from '../../test/support/manual-clock.js';
import type { Strategy } from '../config/staffing.js';
import { workId } from '../kernel/ids.js';
import { ownerOf } from './conversations.js';

/** Opens a chat, and lets the first who is offered it accept. */
async function openOne(site: ChatSite): Promise<string> {
  const { state } = openChat(site);
  await settled();
  const [offer] = site.desk.offers;
  if (offer === undefined) return 'nobody';
  site.conversations.find(offer.work)?.deliver({ ...offer, type: 'accepted' });
  await settled();
  await site.clock.turn(1000);
  return ownerOf(site.conversations.get(state.id)!.state) ?? 'nobody';
}

async function openMany(site: ChatSite, count: number): Promise<string> {
  const owners: string[] = [];
  for (let opened = 0; opened < count; opened += 1) owners.push(await openOne(site));
  return owners.join(' ');
}

/** Three agents with priorities 10, 11 and 12, who have been idle for equally long, in the order ana, ben, eva. */
const cases: readonly (readonly [Strategy, string])[] = [
  // One after the other, whatever they have; who is full is passed over.
  [{ kind: 'round-robin' }, 'ana ben eva ana ben eva ana ben eva ana ben eva nobody'],
  // The highest until full, then the next.
  [{ kind: 'priority' }, 'ana ana ana ana ben ben ben ben eva eva eva eva nobody'],
  [{ kind: 'linear' }, 'ana ana ana ana ben ben ben ben eva eva eva eva nobody'],
  // One is filled before the next begins.
  [{ kind: 'maximum-utilisation' }, 'ana ana ana ana ben ben ben ben eva eva eva eva nobody'],
  // Never more than one apart.
  [{ kind: 'average-utilisation' }, 'ana ben eva ana ben eva ana ben eva ana ben eva nobody'],
  // Counts what each has taken so far.
  [{ kind: 'fewest-calls' }, 'ana ben eva ana ben eva ana ben eva ana ben eva nobody'],
];

it.each(cases)(
  '$kind gives twelve chats as worked out by hand, and the thirteenth to nobody',
  async (strategy, owners) => {
    const site = await buildChatSite({ strategy });
    expect(await openMany(site, 13)).toBe(owners);
    await site.stop();
  },
);

it('random gives every agent the same share', async () => {
  let turn = 0;
  // Evenly spread over [0, 1), so that the shares are exact.
  const site = await buildChatSite({ strategy: { kind: 'random' }, random: () => ((turn += 7) % 12) / 12 });
  const owners = (await openMany(site, 12)).split(' ');
  expect(agentIds.map((agent) => owners.filter((owner) => owner === agent).length)).toEqual([4, 4, 4]);
  await site.stop();
});

it('ring-to-all tells everybody who has room, and each who comes in meanwhile', async () => {
  const site = await buildChatSite({ strategy: { kind: 'ring-to-all' } });
  const [ana, ben, eva] = agentIds as [never, never, never];
  await site.ledger.setPresence({ agent: eva, presence: { state: 'away', reason: 'lunch' } });
  const call = { work: workId('call'), channel: 'voice', agent: ben, as: 'active', offerTtlMs: 1 } as const;
  await site.ledger.assign({ ...call, ignorePresence: true });
  openChat(site);
  await settled();
  expect(site.desk.offers.map(({ agent }) => agent)).toEqual([ana]);
  await site.ledger.setPresence({ agent: eva, presence: { state: 'available' } });
  await settled();
  await site.ledger.release({ work: workId('call'), wrapUpMs: 0, talkMs: 0 });
  await settled();
  expect(site.desk.offers.map(({ agent }) => agent)).toEqual([ana, eva, ben]);
  await site.stop();
});

it('lets a call take the room of chats, and gives it back', async () => {
  const site = await buildChatSite({ strategy: { kind: 'priority' } });
  const [ana] = agentIds as [never];
  expect(await openOne(site)).toBe('ana');
  // Chats are interruptible: the call is offered in spite of one, and no chat goes beside the call.
  const call = { work: workId('call'), channel: 'voice', agent: ana, as: 'active', offerTtlMs: 1 } as const;
  expect(await site.ledger.assign({ ...call, ignorePresence: true })).toMatchObject({ type: 'assigned' });
  expect(await openOne(site)).toBe('ben');
  await site.ledger.release({ work: workId('call'), wrapUpMs: 0, talkMs: 0 });
  expect(await openOne(site)).toBe('ana');
  await site.stop();
});

it('skips who let a chat pass, and asks them again when their pause is over', async () => {
  const site = await buildChatSite({ strategy: { kind: 'priority' } });
  openChat(site);
  await settled();
  const [first] = site.desk.offers;
  site.conversations.find(first!.work)?.deliver({ ...first!, type: 'declined' });
  await settled();
  expect([first?.agent, site.desk.offers.map(({ agent }) => agent)]).toEqual(['ana', ['ben']]);
  const [second] = site.desk.offers;
  site.conversations.find(second!.work)?.deliver({ ...second!, type: 'accepted' });
  await settled();
  expect(await openOne(site)).toBe('ben');
  await site.clock.turn(2_000);
  expect(await openOne(site)).toBe('ana');
  await site.stop();
});

it('tells those in line where they stand, and serves them when a chat is closed', async () => {
  const site = await buildChatSite({ strategy: { kind: 'priority' } });
  expect((await openMany(site, 14)).endsWith('eva nobody nobody')).toBe(true);
  await site.clock.turn(1_000);
  expect(site.said.filter((message) => message.startsWith('atCapacity'))).toEqual(['atCapacity 1', 'atCapacity 2']);
  const [taken] = [...site.conversations.all()];
  taken?.deliver({ type: 'close', by: { kind: 'visitor' } });
  await settled();
  expect(site.desk.offers.map(({ agent }) => agent)).toEqual(['ana']);
  await site.stop();
});

it.each([
  ['average-utilisation', 'ben'],
  ['maximum-utilisation', 'ana'],
] as const)('%s goes by the chats that run now, not by those that were', async (kind, next) => {
  const site = await buildChatSite({ strategy: { kind } });
  for (const agent of kind === 'average-utilisation'
    ? ['ana', 'ben', 'eva', 'ana', 'ben', 'eva']
    : ['ana', 'ana', 'ana', 'ana', 'ben']) {
    expect(await openOne(site)).toBe(agent);
  }
  // One chat of Ben's ends in the even case, one of Ana's in the other.
  const ended = [...site.conversations.all()].find(({ state }) => ownerOf(state) === next);
  ended?.deliver({ type: 'close', by: { kind: 'visitor' } });
  await settled();
  expect(await openOne(site)).toBe(next);
  await site.stop();
});
