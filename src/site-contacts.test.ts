import { expect, it } from 'vitest';
import { createManualClock } from '../test/support/manual-clock.js';
import { agentId, type AgentId } from './kernel/ids.js';
import type { ContactChange, StoredContact } from './ledger/redis.js';
import { createSiteContacts } from './site-contacts.js';

const ana = agentId('ana');
const uri = 'sip:ana@192.0.2.1:5060';
const START_MS = 1_700_000_000_000;

function setup(node = 'here') {
  const clock = createManualClock(START_MS);
  const told: ContactChange[] = [];
  const reachable: [AgentId, boolean][] = [];
  const stored: { entries: StoredContact[]; answer: { isChanged: boolean; left: number } } = {
    entries: [],
    answer: { isChanged: true, left: 1 },
  };
  const contacts = createSiteContacts({
    ledger: {
      async setContact(change) {
        told.push(change);
        return stored.answer;
      },
      listContacts: async () => stored.entries,
    },
    node,
    clock,
    onReachable: (agent, isReachable) => reachable.push([agent, isReachable]),
    onError: (error) => expect.fail(String(error)),
  });
  return { contacts, clock, told, reachable, stored };
}

const entry = (over: Partial<StoredContact> = {}): StoredContact => ({
  agent: ana,
  account: 'ana',
  uri,
  node: 'there',
  contact: { expiresAtMs: START_MS + 60_000 },
  ...over,
});

it('knows the phones that others tell of, by the way they are reached, until they expire', async () => {
  const { contacts, clock } = setup();
  contacts.heard(entry({ contact: { expiresAtMs: START_MS + 60_000, proxy: 'sip:198.51.100.1:5062' } }));
  expect(contacts.of('ana')).toEqual([{ uri, proxy: 'sip:198.51.100.1:5062' }]);
  expect(contacts.of('ben')).toEqual([]);
  await clock.turn(59_999);
  expect(contacts.of('ana')).toHaveLength(1);
  await clock.turn(1);
  expect(contacts.of('ana'), 'its controller may have died').toEqual([]);
});

it('forgets for a controller that did not live to see a phone expire, and tells the ledger in its name', async () => {
  const { contacts, clock, told, reachable, stored } = setup();
  contacts.heard(entry());
  stored.answer = { isChanged: true, left: 0 };
  await clock.turn(60_000);
  expect(told, 'clocks may differ').toEqual([]);
  await clock.turn(30_000);
  expect(told).toEqual([{ agent: ana, account: 'ana', uri, of: 'there' }]);
  expect(reachable).toEqual([[ana, false]]);
  await clock.turn(120_000);
  expect(told).toHaveLength(1);
});

it.each([
  ['the first phone comes', true, { isChanged: true, left: 1 }, [[ana, true]]],
  ['another phone comes', true, { isChanged: true, left: 2 }, []],
  ['a phone registers again', true, { isChanged: false, left: 1 }, []],
  ['the last phone goes', false, { isChanged: true, left: 0 }, [[ana, false]]],
  ['one of two goes', false, { isChanged: true, left: 1 }, []],
  ['a phone goes that has come to another controller since', false, { isChanged: false, left: 1 }, []],
])('says who can be reached when %s', async (_, comes, answer, expected) => {
  const { contacts, clock, reachable, stored } = setup();
  stored.answer = answer;
  if (comes) contacts.stored(ana, 'ana', { uri, expiresAtMs: START_MS + 60_000 });
  else contacts.forgotten(ana, 'ana', uri);
  await clock.turn(0);
  expect(reachable).toEqual(expected);
});

it("takes a phone that moves here for its own, and one that moves away for the other one's", async () => {
  const { contacts, clock } = setup();
  contacts.heard(entry());
  contacts.stored(ana, 'ana', { uri, expiresAtMs: START_MS + 60_000 });
  expect(contacts.of('ana'), 'the registrar here knows it').toEqual([]);
  contacts.heard(entry());
  expect(contacts.of('ana')).toHaveLength(1);
  const gone = entry();
  contacts.heard({ agent: gone.agent, account: gone.account, uri: gone.uri, node: gone.node });
  expect(contacts.of('ana')).toEqual([]);
  await clock.turn(0);
});

it('reads after a pause what others know, and tells again what is known here', async () => {
  const { contacts, told, stored, clock } = setup();
  contacts.stored(ana, 'ana', { uri, expiresAtMs: START_MS + 60_000 });
  contacts.heard(entry({ account: 'gone', uri: 'sip:gone@192.0.2.9' }));
  await clock.turn(0);
  told.length = 0;
  const before = entry({ node: 'here', account: 'earlier', uri: 'sip:earlier@192.0.2.3' });
  stored.entries = [entry({ node: 'here' }), entry({ account: 'ben', uri: 'sip:ben@192.0.2.2' }), before];
  await contacts.restore();
  expect(contacts.of('gone')).toEqual([]);
  expect(contacts.of('ben')).toEqual([{ uri: 'sip:ben@192.0.2.2' }]);
  expect(contacts.of('ana'), 'its own').toEqual([]);
  expect(contacts.of('earlier'), 'of an earlier run under this name').toHaveLength(1);
  expect(told).toMatchObject([{ account: 'ana', uri, contact: { expiresAtMs: START_MS + 60_000 } }]);
});

it('looks for expired phones no more when it has stopped', () => {
  const { contacts, clock } = setup();
  contacts.stop();
  expect(clock.pending()).toBe(0);
});
