import { describe, expect, it } from 'vitest';
import type { Capacity, Channel } from '../config/routing-config.js';
import { queueId } from '../kernel/ids.js';
import {
  absenceOf,
  lackOfRoom,
  samePresence,
  unavailability,
  type AgentState,
  type Load,
  type Presence,
  type Unavailability,
} from './availability.js';
import { presenceInWords, whyNot } from './why-not.js';

const NOW = 1_700_000_000_000;
const SALES = queueId('sales');

/** A call fills a person; chats and tickets give way to it. */
const capacity: Capacity = {
  total: 100,
  channels: {
    voice: { weight: 100, max: 1, interruptible: false },
    chat: { weight: 25, max: 4, interruptible: true },
    ticket: { weight: 10, max: 5, interruptible: true },
  },
};

function holding(holds: Partial<Record<Channel, number>>, of: Capacity = capacity): Load {
  const counts = { voice: 0, chat: 0, ticket: 0, ...holds };
  let all = 0;
  let firm = 0;
  for (const channel of ['voice', 'chat', 'ticket'] as const) {
    const weight = counts[channel] * of.channels[channel].weight;
    all += weight;
    if (!of.channels[channel].interruptible) firm += weight;
  }
  return { counts, all, firm };
}

function agent(over: Partial<AgentState> = {}): AgentState {
  return {
    presence: { state: 'available' },
    absences: [],
    channelsOff: new Set(),
    reachable: new Set(['voice', 'chat', 'ticket']),
    backOff: undefined,
    capacity,
    load: holding({}),
    ...over,
  };
}

describe('room', () => {
  it.each<[string, Partial<Record<Channel, number>>, Channel, Unavailability['type'] | undefined]>([
    ['a call when free', {}, 'voice', undefined],
    ['no second call', { voice: 1 }, 'voice', 'at-channel-limit'],
    ['no chat on a call', { voice: 1 }, 'chat', 'no-room'],
    ['a call in spite of two chats', { chat: 2 }, 'voice', undefined],
    ['a call in spite of chats and tickets that fill the total', { chat: 3, ticket: 2 }, 'voice', undefined],
    ['no further chat on a call and two chats', { voice: 1, chat: 2 }, 'chat', 'no-room'],
    ['a fourth chat', { chat: 3 }, 'chat', undefined],
    ['no fifth chat', { chat: 4 }, 'chat', 'at-channel-limit'],
    ['no fourth chat beside tickets that leave no room', { chat: 3, ticket: 3 }, 'chat', 'no-room'],
    ['a ticket that just fills the total', { chat: 2, ticket: 4 }, 'ticket', undefined],
    ['no ticket that passes the total', { chat: 3, ticket: 2 }, 'ticket', 'no-room'],
    ['no ticket over a total that is full', { chat: 4 }, 'ticket', 'no-room'],
  ])('%s', (_, holds, channel, expected) => {
    expect(lackOfRoom(capacity, holding(holds), channel)?.type).toBe(expected);
  });

  it('counts chats that are not interruptible against a call', () => {
    const strict: Capacity = {
      ...capacity,
      channels: { ...capacity.channels, chat: { weight: 25, max: 4, interruptible: false } },
    };
    expect(lackOfRoom(strict, holding({ chat: 1 }, strict), 'voice')).toEqual({
      type: 'no-room',
      load: 25,
      weight: 100,
      total: 100,
    });
  });

  it('gives nothing above a limit that shrank below what is held', () => {
    const smaller: Capacity = { ...capacity, total: 50 };
    expect(lackOfRoom(smaller, holding({ chat: 3 }), 'chat')?.type).toBe('no-room');
  });

  it('gives nothing of a channel whose max is 0', () => {
    const noCalls: Capacity = {
      ...capacity,
      channels: { ...capacity.channels, voice: { weight: 0, max: 0, interruptible: false } },
    };
    expect(lackOfRoom(noCalls, holding({}), 'voice')).toEqual({
      type: 'at-channel-limit',
      channel: 'voice',
      holds: 0,
      max: 0,
    });
  });
});

describe('availability', () => {
  it.each<[string, Partial<AgentState>, Unavailability | undefined]>([
    ['free', {}, undefined],
    [
      'away, whatever else',
      { presence: { state: 'away', reason: 'lunch' }, reachable: new Set(), load: holding({ voice: 1 }) },
      { type: 'presence', presence: { state: 'away', reason: 'lunch' } },
    ],
    ['offline', { presence: { state: 'offline' } }, { type: 'presence', presence: { state: 'offline' } }],
    [
      'on a break',
      { presence: { state: 'break', untilMs: NOW + 1 } },
      { type: 'presence', presence: { state: 'break', untilMs: NOW + 1 } },
    ],
    ['back from a break at its last moment', { presence: { state: 'break', untilMs: NOW } }, undefined],
    [
      'on a scheduled break, before what else there is',
      { absences: [{ kind: 'break', why: 'lunch', untilMs: NOW + 1 }], reachable: new Set() },
      { type: 'scheduled', kind: 'break', why: 'lunch', untilMs: NOW + 1 },
    ],
    [
      'off duty without an end',
      { absences: [{ kind: 'off-duty', why: 'night' }] },
      { type: 'scheduled', kind: 'off-duty', why: 'night' },
    ],
    [
      'back from a scheduled break at its last moment',
      { absences: [{ kind: 'break', why: '', untilMs: NOW }] },
      undefined,
    ],
    ['off duty for a queue that does not ask', { absences: [{ kind: 'off-duty', why: '', queue: SALES }] }, undefined],
    [
      'channel off before unreachable',
      { channelsOff: new Set(['voice']), reachable: new Set() },
      { type: 'channel-off', channel: 'voice' },
    ],
    ['another channel off', { channelsOff: new Set(['chat']) }, undefined],
    ['unreachable', { reachable: new Set(['chat']) }, { type: 'unreachable', channel: 'voice' }],
    [
      'backing off before room',
      { backOff: { cause: 'busy', untilMs: NOW + 1 }, load: holding({ voice: 1 }) },
      { type: 'backing-off', cause: 'busy', untilMs: NOW + 1 },
    ],
    ['a back-off that is over', { backOff: { cause: 'busy', untilMs: NOW } }, undefined],
    ['on a call', { load: holding({ voice: 1 }) }, { type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 }],
  ])('%s', (_, over, expected) => {
    expect(unavailability(agent(over), 'voice', NOW)).toEqual(expected);
  });

  it('knows who is off duty for the queue that asks', () => {
    const elsewhere = agent({ absences: [{ kind: 'off-duty', why: 'elsewhere', queue: SALES }] });
    expect(unavailability(elsewhere, 'voice', NOW, SALES)).toEqual({
      type: 'scheduled',
      kind: 'off-duty',
      why: 'elsewhere',
    });
    expect(unavailability(elsewhere, 'voice', NOW, queueId('support'))).toBeUndefined();
  });

  it('knows who is there in spite of being busy or backing off', () => {
    const busy = agent({ load: holding({ voice: 1 }), backOff: { cause: 'busy', untilMs: NOW + 1 } });
    expect(absenceOf(busy, 'voice', NOW)).toBeUndefined();
    expect(absenceOf(agent({ reachable: new Set() }), 'voice', NOW)?.type).toBe('unreachable');
  });
});

describe('presence', () => {
  it.each<[Presence, Presence, boolean]>([
    [{ state: 'available' }, { state: 'available' }, true],
    [{ state: 'available' }, { state: 'offline' }, false],
    [{ state: 'away', reason: 'lunch' }, { state: 'away', reason: 'lunch' }, true],
    [{ state: 'away', reason: 'lunch' }, { state: 'away', reason: 'school' }, false],
    [{ state: 'break', untilMs: 1 }, { state: 'break', untilMs: 1 }, true],
    [{ state: 'break', untilMs: 1 }, { state: 'break', untilMs: 2 }, false],
    [{ state: 'break', untilMs: 1 }, { state: 'away', reason: '' }, false],
  ])('%j is the same as %j: %s', (a, b, same) => {
    expect(samePresence(a, b)).toBe(same);
    expect(samePresence(b, a)).toBe(same);
  });
});

describe('why not, in words', () => {
  it.each<[Unavailability, ('offered' | 'active' | 'wrap-up')[], string]>([
    [{ type: 'unknown-agent' }, [], 'not in the configuration'],
    [{ type: 'presence', presence: { state: 'away', reason: 'lunch' } }, [], 'away: lunch'],
    [{ type: 'presence', presence: { state: 'offline' } }, [], 'offline'],
    [
      { type: 'scheduled', kind: 'break', why: 'on a scheduled break until 14:00' },
      [],
      'on a scheduled break until 14:00',
    ],
    [{ type: 'channel-off', channel: 'chat' }, [], 'takes no chats now'],
    [{ type: 'unreachable', channel: 'voice' }, [], 'no phone registered'],
    [{ type: 'unreachable', channel: 'chat' }, [], 'not connected for chats'],
    [{ type: 'backing-off', cause: 'busy', untilMs: NOW }, [], 'paused after an offer that came to nothing (busy)'],
    [{ type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 }, ['active'], 'on a call'],
    [{ type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 }, ['offered'], 'being offered another call'],
    [{ type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 }, ['wrap-up'], 'wrapping up a call'],
    [{ type: 'at-channel-limit', channel: 'voice', holds: 1, max: 1 }, [], 'has a call'],
    [{ type: 'at-channel-limit', channel: 'voice', holds: 0, max: 0 }, [], 'takes no calls'],
    [{ type: 'at-channel-limit', channel: 'chat', holds: 4, max: 4 }, ['active'], 'has 4 of 4 chats'],
    [{ type: 'no-room', load: 100, weight: 25, total: 100 }, [], 'no room: load 100 and weight 25 of 100'],
  ])('%j: %s %s', (reason, holds, words) => {
    expect(whyNot(reason, holds)).toBe(words);
  });

  it('says until when a break lasts', () => {
    expect(presenceInWords({ state: 'break', untilMs: NOW })).toBe('on a break until 2023-11-14T22:13:20.000Z');
  });
});
