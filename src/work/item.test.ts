/** The life of an item and its races, step by step. */
import { describe, expect, it } from 'vitest';
import { agentId, itemId, queueId, type AgentId } from '../kernel/ids.js';
import { newItem, step } from './item.js';
import type { Answer, ItemAct, ItemCommand, ItemState, LineRules, UntimedInput } from './item-types.js';

const ana = agentId('ana');
const ben = agentId('ben');

const last: LineRules = {
  queue: queueId('last'),
  channel: 'ticket',
  strategy: 'longest-idle',
  offerTimeoutMs: 20_000,
  maxWaitMs: 60_000,
  wrapUpMs: 0,
};
const line: LineRules = { ...last, queue: queueId('first'), wrapUpMs: 5_000, overflow: last };

/** Plays the inputs one second after the other; gives the last state and the commands of the last input. */
function play(rules: LineRules, ...inputs: readonly UntimedInput[]) {
  let state: ItemState = newItem({ id: itemId('i'), line: rules, priority: 3, sinceMs: -5_000, atMs: 0 });
  let commands: readonly ItemCommand[] = [];
  inputs.forEach((input, index) => {
    ({ state, commands } = step(state, { ...input, atMs: index * 1000 }));
  });
  return { state, phase: state.phase, commands, words: commands.map(wordsOf) };
}

function wordsOf(command: ItemCommand): string {
  switch (command.type) {
    case 'emit': {
      const { event } = command;
      if (event.type === 'work.offer_ended') return `${event.type} ${event.agent} ${event.outcome}`;
      return event.type === 'work.ended' ? `${event.type} ${event.why}` : event.type;
    }
    case 'set-timer':
    case 'clear-timer': {
      const about = command.timer.name === 'offer' ? ` ${command.timer.agent}` : '';
      return `${command.type} ${command.timer.name}${about}`;
    }
    case 'answer':
      return `answer ${command.ask} ${saying(command.answer)}`;
    case 'release':
      return `release ${command.wrapUpMs}`;
    case 'move':
      return `move ${command.queue}`;
    case 'line-up':
      return `line-up ${command.rules.queue}`;
    case 'accept':
      return `accept ${command.agent}`;
    case 'decline':
      return `decline ${command.agent} ${command.cause}`;
    default:
      return command.type;
  }
}

const saying = (answer: Answer): string => (answer.type === 'done' ? 'done' : answer.why);

const queued: UntimedInput = { type: 'lined-up', ask: 1, result: { type: 'enqueued', position: 1, enqueuedAt: 0 } };
const begun = [{ type: 'started', ask: 1 }, queued] as const;
const offered = (...agents: AgentId[]): UntimedInput => ({ type: 'offered', attempt: 1, agents });
const yes = (agent: AgentId, ask: number): UntimedInput => ({ type: 'accept', agent, ask });
const no = (agent: AgentId, ask: number): UntimedInput => ({ type: 'decline', agent, cause: 'declined', ask });
const decided = (agent: AgentId, type: 'won' | 'expired' | 'gone'): UntimedInput => {
  return { type: 'accept-decided', agent, attempt: 1, result: type === 'won' ? { type, losers: [] } : { type } };
};
const timedOut = (agent: AgentId) => ({ type: 'timer', timer: { name: 'offer', agent } }) as const;
const lineIsOver: UntimedInput = { type: 'timer', timer: { name: 'line' } };
const withdraw: UntimedInput = { type: 'withdraw', ask: 9 };
const close: UntimedInput = { type: 'close', ask: 9 };
const active = [...begun, offered(ana), yes(ana, 2), decided(ana, 'won')] as const;

describe('an item', () => {
  it('lines up at its own age, and answers when it stands in line', () => {
    expect(play(line, { type: 'started', ask: 1 }).commands).toContainEqual(
      expect.objectContaining({ type: 'line-up', enqueuedAt: -5_000, priority: 3 }),
    );
    expect(play(line, ...begun).words).toEqual(['work.queued', 'answer 1 done']);
  });

  it('is offered, accepted and closed with the wrap-up of its queue', () => {
    expect(play(line, ...begun, offered(ana, ben)).words).toEqual([
      'work.offered',
      'set-timer offer ana',
      'set-timer offer ben',
    ]);
    expect(play(line, ...begun, offered(ana), yes(ana, 2)).words).toEqual(['clear-timer offer ana', 'accept ana']);
    expect(play(line, ...active).phase).toMatchObject({ name: 'active', agent: ana });
    expect(play(line, ...active).words).toEqual(['clear-timer line', 'work.accepted', 'answer 2 done']);
    expect(play(line, ...active, close).words).toEqual([
      'clear-timer line',
      'release 5000',
      'work.ended closed',
      'answer 9 done',
    ]);
  });

  it('lets one of two who accept at once have it, and answers both', () => {
    const race = [...begun, offered(ana, ben), yes(ana, 2), yes(ben, 3), yes(ben, 4), decided(ben, 'won')];
    const { phase, words } = play(line, ...race);
    expect(phase).toMatchObject({ name: 'active', agent: ben });
    expect(words).toEqual([
      'clear-timer offer ana',
      'work.offer_ended ana taken-elsewhere',
      'answer 2 taken',
      'clear-timer line',
      'work.accepted',
      'answer 3 done',
      'answer 4 done',
    ]);
    expect(play(line, ...race, yes(ana, 5)).words).toEqual(['answer 5 taken']);
    expect(play(line, ...race, yes(ben, 5)).words).toEqual(['answer 5 done']);
  });

  it.each([
    ['declined', no(ana, 2), ['decline ana declined', 'work.offer_ended ana declined', 'answer 2 done']],
    ['timed out', timedOut(ana), ['decline ana no-answer', 'work.offer_ended ana no-answer']],
    [
      'gone with its agent',
      { type: 'agent-absent', agent: ana } as const,
      ['decline ana unreachable', 'work.offer_ended ana unreachable'],
    ],
    [
      'taken back by the ledger',
      { type: 'offer-expired', agent: ana, attempt: 1 } as const,
      ['work.offer_ended ana no-answer'],
    ],
  ])('waits again when the last offer is %s, and heeds no late answer to it', (_, input, words) => {
    const again = play(line, ...begun, offered(ana), input);
    expect(again.phase).toMatchObject({ name: 'waiting', untilMs: 60_000 });
    expect(again.words.filter((word) => !word.includes('timer'))).toEqual(words);
    expect(play(line, ...begun, offered(ana), input, yes(ana, 7)).words).toEqual(['answer 7 not-offered']);
  });

  it('stays offered to the others when one lets it pass', () => {
    expect(play(line, ...begun, offered(ana, ben), timedOut(ana)).phase).toMatchObject({
      name: 'offered',
      offers: new Map([[ben, expect.objectContaining({ state: 'standing' })]]),
    });
  });

  it.each([
    ['accepted while it only waits', [], yes(ana, 2), 'not-offered'],
    ['accepted by whom it is not offered to', [offered(ben)], yes(ana, 2), 'not-offered'],
    ['declined while it is being accepted', [offered(ana), yes(ana, 8)], no(ana, 2), 'being-accepted'],
    ['declined by whom it is not offered to', [offered(ben)], no(ana, 2), 'done'],
    ['closed before anybody has it', [offered(ana)], { type: 'close', ask: 2 } as const, 'not-active'],
    [
      'closed in the name of another',
      [offered(ana), yes(ana, 8), decided(ana, 'won')],
      { type: 'close', agent: ben, ask: 2 } as const,
      'taken',
    ],
    ['declined by the one who has it', [offered(ana), yes(ana, 8), decided(ana, 'won')], no(ana, 2), 'not-offered'],
  ])('answers what comes at the wrong time: %s', (_, before, input, answer) => {
    expect(play(line, ...begun, ...before, input).words).toEqual([`answer 2 ${answer}`]);
  });

  it('gives up an acceptance that is being decided when it is taken back', () => {
    const taken = [...begun, offered(ana), yes(ana, 2), withdraw];
    expect(play(line, ...taken).words).toEqual([
      'clear-timer line',
      'give-up',
      'clear-timer offer ana',
      'work.offer_ended ana taken-back',
      'answer 2 over',
      'work.ended withdrawn',
      'answer 9 done',
    ]);
    expect(play(line, ...taken, decided(ana, 'won')).words).toEqual([]);
  });

  it('answers who has accepted what the ledger took back meanwhile', () => {
    const expired = play(line, ...begun, offered(ana), yes(ana, 2), decided(ana, 'expired'));
    expect(expired.words).toContain('answer 2 not-offered');
    expect(expired.phase.name).toBe('waiting');
  });

  it('begins anew, at its age, when the ledger knows nothing of it any more', () => {
    const { words, phase } = play(line, ...begun, offered(ana), yes(ana, 2), decided(ana, 'gone'));
    expect(words).toContain('line-up first');
    expect(words).toContain('answer 2 not-offered');
    expect(phase.name).toBe('waiting');
  });

  it('heeds no offer of an attempt that is over, and those of a newer one', () => {
    const older = { type: 'offered', attempt: 0, agents: [ben] } as const;
    const newer = { type: 'offered', attempt: 2, agents: [ben] } as const;
    expect(play(line, ...begun, offered(ana), older).words).toEqual([]);
    expect(play(line, ...begun, offered(ana), newer).phase).toMatchObject({
      attempt: 2,
      offers: new Map([[ben, expect.anything()]]),
    });
  });

  it('goes to who pulls it out of the line', () => {
    const pulled: UntimedInput = { type: 'taken', agent: ben };
    expect(play(line, ...begun, pulled).words).toEqual(['clear-timer line', 'work.accepted']);
    expect(play(line, ...begun, pulled).phase).toMatchObject({ name: 'active', agent: ben });
    expect(play(line, ...begun, offered(ana), pulled).words).toContain('work.offer_ended ana taken-elsewhere');
    expect(play(line, ...active, pulled).words).toEqual([]);
  });

  it('takes offers back without blame that the other system was not told of, and keeps its time in line', () => {
    const untold: UntimedInput = { ...timedOut(ana), isUntold: true };
    const { words, phase } = play(line, ...begun, offered(ana, ben), untold);
    expect(words.filter((word) => !word.includes('timer'))).toEqual([
      'give-up',
      'work.offer_ended ana taken-back',
      'work.offer_ended ben taken-back',
      'line-up first',
    ]);
    expect(phase).toEqual({ name: 'waiting', untilMs: 60_000 });
    expect(play(line, ...begun, offered(ana, ben), yes(ben, 2), untold).words).toContain('decline ana no-answer');
  });

  it('asks for more agents only where all are asked', () => {
    const more: UntimedInput = { type: 'more-agents-free' };
    expect(play(line, ...begun, offered(ana), more).words).toEqual([]);
    expect(play({ ...line, strategy: 'ring-to-all' }, ...begun, offered(ana), more).words).toEqual(['extend']);
  });
});

describe('an item that nobody takes', () => {
  const late = (...inputs: readonly UntimedInput[]) => play({ ...line, maxWaitMs: 2_000 }, ...begun, ...inputs);
  const moved = (type: 'full' | 'unknown-queue' | 'not-waiting'): UntimedInput => ({ type: 'moved', result: { type } });

  it('goes to the next queue, with a new time, and ends after the last', () => {
    const to = late(lineIsOver);
    expect(to.words).toEqual(['work.overflowed', 'move last']);
    const there = late(lineIsOver, { type: 'moved', result: { type: 'enqueued', position: 2, enqueuedAt: 0 } });
    expect(there.words).toEqual(['set-timer line', 'work.queued']);
    expect(there.state.line.queue).toBe('last');
    const end = play({ ...last, maxWaitMs: 2_000 }, ...begun, lineIsOver);
    expect(end.words).toEqual(['work.overflowed', 'clear-timer line', 'give-up', 'work.ended nobody-free']);
  });

  it('does not leave its line while it is offered, and does at once when that is over', () => {
    expect(late(offered(ana), lineIsOver).words).toEqual([]);
    expect(late(offered(ana), lineIsOver, timedOut(ana)).words).toContain('move last');
  });

  it('tries again later when it was being offered at that moment', () => {
    const { words, phase } = late(lineIsOver, moved('not-waiting'));
    expect([words, phase.name]).toEqual([['set-timer line'], 'waiting']);
  });

  it.each(['full', 'unknown-queue'] as const)('ends when the last queue is %s', (type) => {
    expect(late(lineIsOver, moved(type)).words).toContain('work.ended nobody-free');
  });

  it('begins in the next queue when the first is full, and answers then', () => {
    const full: UntimedInput = { type: 'lined-up', ask: 1, result: { type: 'full' } };
    const { words } = play(line, { type: 'started', ask: 1 }, full);
    expect(words).toEqual(['work.overflowed', 'set-timer line', 'line-up last']);
    const ended = play(last, { type: 'started', ask: 1 }, full);
    expect(ended.words.slice(-2)).toEqual(['work.ended nobody-free', 'answer 1 done']);
  });
});

describe('an item that has ended', () => {
  const closed = [...active, close] as const;
  const gone = [...begun, withdraw] as const;
  const acts: readonly (readonly [string, ItemAct, readonly UntimedInput[], string])[] = [
    ['closed once more', { type: 'close' }, closed, 'done'],
    ['taken back after its close', { type: 'withdraw' }, closed, 'done'],
    ['taken back once more', { type: 'withdraw' }, gone, 'done'],
    ['closed after it was taken back', { type: 'close' }, gone, 'over'],
    ['accepted', { type: 'accept', agent: ana }, gone, 'over'],
    ['declined', { type: 'decline', agent: ana, cause: 'busy' }, gone, 'over'],
  ];
  it.each(acts)('is %s', (_, act, before, answer) => {
    expect(play(line, ...before, { ...act, ask: 3 }).words).toEqual([`answer 3 ${answer}`]);
  });

  it('heeds nothing else', () => {
    for (const input of [offered(ana), timedOut(ana), lineIsOver, { type: 'failed' }, { type: 'stop' }] as const) {
      expect(play(line, ...gone, input).words).toEqual([]);
    }
  });
});

it.each([
  ['waits', [], ['clear-timer line', 'give-up', 'work.ended stopping']],
  [
    'is worked on',
    [offered(ana), yes(ana, 2), decided(ana, 'won')],
    ['clear-timer line', 'release 0', 'work.ended stopping'],
  ],
])('gives everything back when the controller stops while it %s', (_, inputs, words) => {
  expect(play(line, ...begun, ...inputs, { type: 'stop' }).words).toEqual(words);
});
