/** Calls and chats of one agent, under one limit. */
import { openAgentPage, openVisitorPage } from './chat-pages.js';
import type { Scene } from './scene.js';
import { phoneOf, place, whenFree } from './stage.js';

const shared: Scene = {
  title: 'A call and chats share a limit',
  story: 'Ana chats with a visitor, and a colleague calls her all the same. The next visitor waits until she hangs up.',
  async play(stage, expect) {
    await whenFree(stage, ['ana', 'greta']);
    const ana = await openAgentPage(stage, 'ana');
    const rosa = await openVisitorPage(stage);
    const taken = await rosa.until(({ type, phase }) => type === 'state' && phase === 'talking');
    expect('Ana has the first chat', String(taken.agent).startsWith('Ana'));
    const call = place(stage, { to: '201', by: phoneOf(stage, 'greta'), talkMs: 2_000 });
    await call.answered;
    expect('a call may come in spite of a chat', true);
    const omar = await openVisitorPage(stage);
    const waits = await omar.until(({ type, place: at }) => type === 'state' && at !== undefined);
    expect('the second visitor waits, as number 1', waits.phase === 'waiting' && waits.place === 1);
    const record = await call.over;
    const joined = await omar.until(({ type, phase }) => type === 'state' && phase === 'talking');
    const hungUpAtMs = record.ended?.atMs ?? Number.POSITIVE_INFINITY;
    expect('Ana has the second chat when she has hung up, not before', joined.atMs >= hungUpAtMs - 50);
    for (const visitor of [rosa, omar]) {
      visitor.say({ type: 'close' });
      await visitor.until(({ type, phase }) => type === 'state' && phase === 'closed');
      visitor.close();
    }
    ana.close();
  },
};

export const chatScenes: readonly Scene[] = [shared];
