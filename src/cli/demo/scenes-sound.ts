/** What callers hear: music and their place while they wait, music on hold, ringing while they are put through. */
import type { Scene } from './scene.js';
import { habit, pause, phoneOf, place, seenBy, setPresence, transfer, whenFree } from './stage.js';

/** A packet holds 20 ms of sound; some are on their way, and some get lost in a busy machine. */
const PACKETS_PER_S = 50;
const FEW_LOST = 0.6;

const music: Scene = {
  title: 'Music, and a place in line',
  story: 'Hugo has the front desk alone, and is on a call. Two callers hear music, and that they are number 1 and 2.',
  async play(stage, expect) {
    const others = ['ana', 'ben', 'greta'];
    await setPresence(stage, others, { presence: 'away', reason: 'training' });
    await whenFree(stage, ['hugo']);
    const busy = place(stage, { to: '208', by: phoneOf(stage, 'greta'), talkMs: 900 });
    await busy.answered;
    const callers = [place(stage, { to: '1007', talkMs: 200 })];
    await callers[0]?.answered;
    callers.push(place(stage, { to: '1007', talkMs: 200 }));
    await callers[1]?.answered;
    const before = callers.map((caller) => caller.heard());
    await pause(400);
    const heard = callers.map((caller, index) => caller.heard() - (before[index] ?? 0));
    expect(
      `both hear sound (${heard.join(' and ')} packets in 0.4 s)`,
      heard.every((packets) => packets >= 0.4 * PACKETS_PER_S * FEW_LOST),
    );
    const records = await Promise.all(callers.map((caller) => caller.over));
    await busy.over;
    await setPresence(stage, others, { presence: 'available' });
    expect('they are number 1 and 2', records.map(({ placeInLine }) => placeInLine).join() === '1,2');
    expect(
      'Hugo has both',
      records.every(({ acceptedBy }) => acceptedBy?.agent === 'hugo'),
    );
  },
};

const holdAndTransfer: Scene = {
  title: 'Hold and transfer',
  story: 'Greta puts her caller on hold, who hears music; then she sends the call on to Hugo.',
  async play(stage, expect) {
    await whenFree(stage, ['greta', 'hugo', 'ana', 'ben']);
    habit(stage, 'greta', { kind: 'answers', afterMs: 200 });
    const caller = place(stage, { to: '1007', talkMs: 2_600 });
    const { from } = caller;
    await stage.book.when(from, ({ acceptedBy }) => acceptedBy?.agent === 'greta');
    await pause(150);
    const hers = seenBy(stage, 'greta', from)?.call;
    expect('Greta hears her caller', (hers?.heard() ?? 0) > 0);
    hers?.hold(true);
    const held = await stage.book.when(from, ({ isOnHold }) => isOnHold);
    const before = caller.heard();
    await pause(400);
    const packets = caller.heard() - before;
    expect(`the caller hears music (${packets} packets in 0.4 s)`, packets >= 0.4 * PACKETS_PER_S * FEW_LOST * 0.7);
    hers?.hold(false);
    await stage.book.when(from, ({ isOnHold }) => !isOnHold);
    await transfer(stage, held, '208');
    await stage.book.when(from, ({ acceptedBy }) => acceptedBy?.agent === 'hugo');
    await pause(300);
    expect('Hugo hears the caller', (seenBy(stage, 'hugo', from)?.call.heard() ?? 0) > 0);
    const record = await caller.over;
    expect('it was sent on to 208', record.transfers.join() === '208');
    expect("Greta's phone is free", seenBy(stage, 'greta', from)?.outcome === 'ended');
  },
};

export const soundScenes: readonly Scene[] = [music, holdAndTransfer];
