/** A chat's life and its races, step by step. */
import { expect, it } from 'vitest';
import { departmentRules } from '../../test/chat/chat-site.js';
import { agentId, conversationId, queueId, workId, type AgentId } from '../kernel/ids.js';
import type { AssignResult } from '../ledger/ledger.js';
import { newConversation, step } from './conversation.js';
import type { UntimedInput, ConversationCommand, ConversationState, Route } from './conversation-types.js';

const ana = agentId('ana');
const ben = agentId('ben');
const boss = agentId('boss');
const rules = departmentRules();
const one = workId('c/1');
const two = workId('c/2');
const open: Route = { kind: 'open', department: rules, priority: 0, tags: [] };
const forAna: Route = { ...open, person: { agent: ana, why: 'dedicated', waitMs: 10_000 } };
const by = { agent: ana, isSupervisor: false };

/** Plays the inputs one second after the other; answers the last state and the commands of the last input. */
function play(...inputs: readonly UntimedInput[]) {
  let state: ConversationState = newConversation({ id: conversationId('c'), atMs: 0 });
  let commands: readonly ConversationCommand[] = [];
  inputs.forEach((input, index) => {
    ({ state, commands } = step(state, { ...input, atMs: index * 1000 }));
  });
  return { state, phase: state.phase, commands, types: commands.map(nameOf) };
}

/** Timers are tried by the properties; here they would only be in the way. */
function nameOf(command: ConversationCommand): string {
  switch (command.type) {
    case 'say':
      return `say ${command.message}`;
    case 'emit':
      return command.event.type;
    case 'set-timer':
    case 'clear-timer':
      return `${command.type} ${command.timer.name}`;
    case 'withdraw':
      return `withdraw ${command.agent} ${command.why}`;
    case 'refuse':
      return `refuse ${command.refusal.what} ${command.refusal.why}`;
    default:
      return command.type;
  }
}

const offered = (...agents: AgentId[]): UntimedInput => ({ type: 'offered', work: one, attempt: 1, agents });
const begun = [{ type: 'started' }, { type: 'routed', route: open }] as const satisfies UntimedInput[];
const yes = (agent: AgentId, work = one): UntimedInput => ({ type: 'accepted', work, agent });
const won = (agent: AgentId, work = one): UntimedInput => ({
  type: 'accept-decided',
  work,
  agent,
  attempt: 1,
  result: { type: 'won', losers: [] },
});
const talking = [...begun, offered(ana), yes(ana), won(ana)];
const assigned: UntimedInput = { type: 'asked', work: two, result: { type: 'assigned', attempt: 1 } };
const toBen: UntimedInput = { type: 'transfer', by, to: { kind: 'agent', agent: ben }, note: 'speaks Dutch' };
const full = { type: 'refused', why: { type: 'no-room', load: 100, weight: 25, total: 100 } } as const;
const away = { type: 'refused', why: { type: 'presence', presence: { state: 'offline' } } } as const;

it('greets, lines up, offers and joins', () => {
  expect(play(...begun).types).toEqual(['chat.opened', 'say welcome', 'set-timer line', 'line-up']);
  expect(play(...begun, offered(ana)).types).toEqual(['chat.offered', 'set-timer offer', 'offer']);
  expect(play(...begun, offered(ana), yes(ana)).types).toEqual(['clear-timer offer', 'accept']);
  expect(play(...talking).phase).toMatchObject({ name: 'talking', agent: ana, work: one });
  expect(play(...talking).types).toContain('say agentJoined');
});

it('says that it is closed out of hours, and asks for nobody', () => {
  const { phase, types } = play(
    { type: 'started' },
    { type: 'routed', route: { kind: 'out-of-hours', department: rules } },
  );
  expect(phase.name).toBe('closed');
  expect(types).toContain('say outOfHours');
  expect(types).not.toContain('line-up');
});

it('lets one of two who accept at once have it, and tells the other', () => {
  const { phase, types } = play(...begun, offered(ana, ben), yes(ana), yes(ben), won(ben));
  expect(phase).toMatchObject({ name: 'talking', agent: ben });
  expect(types).toContain('withdraw ana taken');
});

it('changes nothing when the loser hears of it after the winner', () => {
  const lost: UntimedInput = {
    type: 'accept-decided',
    work: one,
    agent: ana,
    attempt: 1,
    result: { type: 'lost', to: ben },
  };
  const { phase, types } = play(...begun, offered(ana, ben), yes(ana), yes(ben), won(ben), lost);
  expect(phase).toMatchObject({ name: 'talking', agent: ben });
  expect(types).toEqual([]);
});

it('waits in line again when the last offer came to nothing, and heeds no late answer to it', () => {
  const timedOut: UntimedInput = { type: 'timer', timer: { name: 'offer', agent: ana } };
  const again = play(...begun, offered(ana), timedOut);
  expect(again.phase).toMatchObject({ name: 'waiting', work: one });
  expect(again.commands).toContainEqual({ type: 'decline', work: one, agent: ana, attempt: 1, cause: 'no-answer' });
  expect(play(...begun, offered(ana), timedOut, yes(ana)).types).toEqual(['withdraw ana over']);
});

it('lets nobody decline what they are just accepting', () => {
  const no: UntimedInput = { type: 'declined', work: one, agent: ana };
  expect(play(...begun, offered(ana), yes(ana), no).types).toEqual([]);
});

it('gives up an acceptance that is being decided when the visitor closes', () => {
  const closed = play(...begun, offered(ana), yes(ana), { type: 'close', by: { kind: 'visitor' } });
  expect(closed.types).toContain('give-up');
  expect(closed.types).toContain('withdraw ana visitor-left');
  expect(play(...begun, offered(ana), yes(ana), { type: 'close', by: { kind: 'visitor' } }, won(ana)).types).toEqual(
    [],
  );
});

it('tells once that all are busy, with the place, and later places without words', () => {
  const placed = (place: number): UntimedInput => ({ type: 'placed', work: one, place });
  const first = play(...begun, placed(3));
  expect(first.commands).toContainEqual({ type: 'say', message: 'atCapacity', place: 3 });
  const next = play(...begun, placed(3), placed(2));
  expect([next.types, next.phase]).toMatchObject([[], { place: 2 }]);
});

it.each([
  ['offers to a dedicated agent who has room', { type: 'assigned', attempt: 1 }, 'offered', undefined],
  ['waits in the line of one who is full', full, 'waiting', queueId('@ana')],
  ['goes to the department when that one is not there', away, 'waiting', rules.queue],
] as const)('%s', (_, result, name, queue) => {
  const { phase } = play({ type: 'started' }, { type: 'routed', route: forAna }, { type: 'asked', work: one, result });
  expect(phase.name).toBe(name);
  if (phase.name === 'waiting') expect(phase.line?.queue).toBe(queue);
});

it.each([
  ['the time to wait is over', { type: 'timer', timer: { name: 'line' } }],
  ['the agent goes', { type: 'agent-absent', agent: ana }],
] as const satisfies [string, UntimedInput][])('moves from a person to the department when %s', (_, input) => {
  const started: UntimedInput[] = [
    { type: 'started' },
    { type: 'routed', route: forAna },
    { type: 'asked', work: one, result: full },
  ];
  expect(play(...started, input).commands).toContainEqual({ type: 'move', work: two, queue: rules.queue });
  const moved: UntimedInput = { type: 'moved', work: two, result: { type: 'enqueued', position: 1, enqueuedAt: 0 } };
  expect(play(...started, input, moved).phase).toMatchObject({ name: 'waiting', line: { queue: rules.queue } });
});

it('frees the room of a silent visitor, and takes it again without an offer when they write', () => {
  const silent: UntimedInput[] = [
    ...talking,
    { type: 'agent-wrote', agent: ana },
    { type: 'timer', timer: { name: 'inactive' } },
  ];
  expect(play(...silent).types).toContain('release');
  expect(play(...silent).phase).toMatchObject({ name: 'inactive', agent: ana });
  const back: UntimedInput[] = [...silent, { type: 'visitor-wrote' }];
  expect(play(...back).commands).toContainEqual({ type: 'ask-person', work: two, agent: ana, as: 'active' });
  const again = play(...back, assigned);
  expect([again.phase.name, again.types.includes('say agentJoined')]).toEqual(['talking', false]);
  expect(play(...back, { type: 'asked', work: two, result: full }).phase).toMatchObject({
    line: { agent: ana, isOwn: true },
  });
  expect(play(...back, { type: 'asked', work: two, result: away }).phase).toMatchObject({
    line: { kind: 'department' },
  });
});

it('keeps the chat with its agent until the colleague accepts', () => {
  const asked: UntimedInput[] = [...talking, toBen, assigned];
  expect(play(...talking, toBen).types).toEqual(['note', 'ask-person']);
  expect(play(...asked).phase).toMatchObject({ name: 'talking', agent: ana, transfer: { to: ben } });
  const taken = play(...asked, yes(ben, two), won(ben, two));
  expect(taken.phase).toEqual({ name: 'talking', work: two, agent: ben, sinceMs: expect.any(Number) as number });
  expect(taken.commands).toContainEqual({ type: 'release', work: one, wrapUpMs: 0, talkMs: 4000 });
  const declined = play(...asked, { type: 'declined', work: two, agent: ben });
  expect([declined.phase.name, declined.types.includes('refuse transfer declined')]).toEqual(['talking', true]);
});

it('gives both works back when the visitor closes in the middle of a transfer', () => {
  const { commands } = play(...talking, toBen, assigned, yes(ben, two), { type: 'close', by: { kind: 'visitor' } });
  expect(commands).toContainEqual({ type: 'give-up', work: two });
  expect(commands).toContainEqual(expect.objectContaining({ type: 'release', work: one }));
});

it('lets the agent go at once with a transfer to a department, at the old age', () => {
  const sales = departmentRules({ queue: queueId('sales') });
  const { commands } = play(...talking, { type: 'transfer', by, to: { kind: 'department', rules: sales } });
  expect(commands).toContainEqual(expect.objectContaining({ type: 'release', work: one }));
  expect(commands).toContainEqual({ type: 'line-up', work: two, queue: sales.queue, enqueuedAt: 0, priority: 0 });
});

it('goes back in line when its agent goes offline', () => {
  const { phase, types } = play(...talking, { type: 'agent-absent', agent: ana });
  expect(phase).toMatchObject({ name: 'waiting', work: two });
  expect(types).toEqual(expect.arrayContaining(['release', 'say agentLeft', 'chat.unassigned', 'line-up']));
});

it('frees the room at once at the close, and is routed anew when the visitor writes again', () => {
  const closing: UntimedInput[] = [...talking, { type: 'close', by: { kind: 'agent', ...by } }];
  expect(play(...closing).commands).toContainEqual({ type: 'release', work: one, wrapUpMs: 0, talkMs: 1000 });
  expect(play(...closing, { type: 'visitor-wrote' }).types).toEqual([
    'clear-timer lost',
    'clear-timer forget',
    'chat.reopened',
    'find-route',
  ]);
  const reopened = play(...closing, { type: 'visitor-wrote' }, { type: 'routed', route: forAna });
  expect(reopened.types).toEqual(['ask-person']);
});

it.each([
  ['close', { type: 'close', by: { kind: 'agent', agent: ben, isSupervisor: false } }],
  ['transfer', { ...toBen, by: { agent: ben, isSupervisor: false } }],
  ['give-back', { type: 'give-back', by: { agent: ben, isSupervisor: false } }],
] as const satisfies [string, UntimedInput][])('lets nobody %s a chat of somebody else', (what, input) => {
  expect(play(...talking, input).types).toEqual([`refuse ${what} not-yours`]);
});

it('stays closed when the agent who would reopen it is not there', () => {
  const closing: UntimedInput[] = [...talking, { type: 'close', by: { kind: 'agent', ...by } }];
  const refused = play(...closing, { type: 'reopen', agent: ana }, { type: 'asked', work: two, result: away });
  expect([refused.phase.name, refused.types]).toEqual(['closed', ['set-timer forget', 'refuse reopen not-there']]);
});

const byBoss = { agent: boss, isSupervisor: true };
const take: UntimedInput = { type: 'take', by: byBoss };
const answered = (result: AssignResult): UntimedInput => ({ type: 'asked', work: two, result });

it.each<[string, readonly UntimedInput[], readonly string[]]>([
  ['out of the line', begun, ['clear-timer line', 'give-up', 'ask-person']],
  [
    'out of the offers of others',
    [...begun, offered(ana, ben), yes(ana)],
    [
      ...['clear-timer offer', 'withdraw ana taken', 'clear-timer offer', 'withdraw ben taken'],
      ...['chat.offer_ended', 'chat.offer_ended', 'clear-timer line', 'give-up', 'ask-person'],
    ],
  ],
  ['from the agent who has it', talking, ['ask-person']],
])('lets a supervisor take a chat %s', (_, before, commands) => {
  expect(play(...before, take).types).toEqual(commands);
  const taken = play(...before, take, answered({ type: 'assigned', attempt: 1 }));
  expect(taken.phase).toMatchObject({ name: 'talking', agent: boss, work: two });
  expect(taken.types).toContain('say agentJoined');
  expect(taken.types.includes('release')).toBe(before === talking);
});

it('leaves a chat where it was when the supervisor who takes it has no room, or is not there', () => {
  const back = play(...begun, take, answered(full));
  expect(back.types.slice(0, 1)).toEqual(['refuse take no-room']);
  expect(back.phase).toMatchObject({ name: 'waiting', line: { untilMs: 1_000 + rules.maxWaitMs } });
  const kept = play(...talking, take, answered(away));
  expect(kept.phase).toMatchObject({ name: 'talking', agent: ana, work: one });
  expect(kept.types).toContain('refuse take not-there');
});

it('calls a transfer off that is under way when a supervisor takes the chat', () => {
  const { state, types } = play(...talking, toBen, assigned, take);
  expect(types).toContain('withdraw ben taken-back');
  expect(state.phase).toMatchObject({ name: 'talking', agent: ana, transfer: { name: 'taking', to: boss } });
});

it('lets nobody take a chat who is no supervisor, nor one that is theirs, silent or over', () => {
  const refused = 'refuse take not-now';
  expect(play(...talking, { type: 'take', by: { agent: ben, isSupervisor: false } }).types).toEqual([
    'refuse take not-yours',
  ]);
  expect(play(...talking, { type: 'take', by: { agent: ana, isSupervisor: true } }).types).toEqual([refused]);
  expect(play(...talking, { type: 'timer', timer: { name: 'inactive' } }, take).types).toEqual([refused]);
  expect(play(...begun, { type: 'close', by: { kind: 'visitor' } }, take).types).toEqual([refused]);
});
