import { beforeEach, describe, expect, it } from 'vitest';
import {
  inboundRequest,
  signed,
  type InboundRequest,
  type RequestWords,
} from '../../../test/support/inbound-request.js';
import { createManualClock, type ManualClock } from '../../../test/support/manual-clock.js';
import { sampleSite } from '../../../test/support/sample-site.js';
import { createEventStream } from '../../kernel/event-stream.js';
import { createAccounts } from './accounts.js';
import { createDigestAuth } from './digest-auth.js';
import { createDoorkeeper } from './doorkeeper.js';
import { createRegistrar, type Registrar } from './registrar.js';
import { createSourceGuard } from './source-guard.js';

describe('the registrar', () => {
  let clock: ManualClock;
  let registrar: Registrar;
  let notes: string[];
  let isThere: boolean;
  let probed: string[];
  let cseq: number;

  beforeEach(() => {
    clock = createManualClock();
    notes = [];
    probed = [];
    isThere = true;
    cseq = 0;
    const config = sampleSite();
    const accounts = createAccounts(() => config);
    const events = createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined });
    events.subscribe((event) => {
      if ('contacts' in event)
        notes.push(`${event.type.replace('agent.device_', '')} ${event.device} ${event.contacts}`);
    });
    const auth = createDigestAuth({
      realm: () => config.sip.domain,
      algorithms: () => config.sip.digestAlgorithms,
      passwordOf: (username) => accounts.passwordOf(username),
      clock,
    });
    const { protection, registrar: settings } = config.sip;
    const guard = createSourceGuard({ clock, events, protection: () => protection, isExempt: () => false });
    registrar = createRegistrar({
      settings: () => settings,
      accounts,
      doorkeeper: createDoorkeeper({ auth, guard }),
      clock,
      events,
      probe: ({ uri, proxy }) => {
        probed.push(proxy ?? uri);
        return Promise.resolve(isThere);
      },
      onReachable: (agent, isReachable) => void notes.push(`${agent} ${isReachable ? 'is there' : 'has gone'}`),
    });
  });

  /** Registers as a phone would, challenge and all; the answer to the signed request. */
  function register(words: RequestWords = {}, username = 'ana'): InboundRequest {
    const to = `<sip:${username}@example.test>`;
    const common = { method: 'REGISTER', uri: 'sip:example.test', from: `${to};tag=1`, to, ...words };
    const first = inboundRequest(common);
    registrar.onRegister(first);
    const authorization = signed(first.answers[0]!, first, { username, password: `${username}-secret` });
    cseq += 1;
    const headers = { cseq: `${cseq} REGISTER`, ...words.headers, authorization };
    const request = inboundRequest({ ...common, headers });
    registrar.onRegister(request);
    return request;
  }

  const home = '<sip:ana@192.0.2.1:5060>';
  const answerOf = (request: InboundRequest) => request.answers[0];
  const uris = (username = 'ana') => registrar.contactsOf(username).map(({ uri }) => uri);

  it('keeps several contacts, freshest first, and tells of all of them', () => {
    register({ contact: home });
    register({ contact: '<sip:ana@192.0.2.1:6060>;expires=120' });
    expect(uris()).toEqual(['sip:ana@192.0.2.1:6060', 'sip:ana@192.0.2.1:5060']);
    const refresh = register({ contact: home });
    expect(uris()).toEqual(['sip:ana@192.0.2.1:5060', 'sip:ana@192.0.2.1:6060']);
    expect(answerOf(refresh)).toEqual({
      status: 200,
      headers: { Contact: '<sip:ana@192.0.2.1:5060>;expires=600, <sip:ana@192.0.2.1:6060>;expires=120' },
    });
    expect(notes).toEqual(['registered ana 1', 'ana is there', 'registered ana 2']);
  });

  it.each([
    ['its parameter before the header field', { contact: `${home};expires=120`, headers: { expires: '240' } }, 120],
    ['the header field', { contact: home, headers: { expires: '240' } }, 240],
    ['the default', { contact: home }, 600],
    ['the default for nonsense', { contact: `${home};expires=soon` }, 600],
    ['the most that we allow', { contact: home, headers: { expires: '9999999999' } }, 3600],
  ])('takes the time of a contact from %s', async (_, words, seconds) => {
    expect(answerOf(register(words))?.headers.Contact).toBe(`<sip:ana@192.0.2.1:5060>;expires=${seconds}`);
    await clock.turn(seconds * 1000 - 1);
    expect(uris()).toHaveLength(1);
    await clock.turn(1);
    expect(uris()).toEqual([]);
    expect(notes.slice(-2)).toEqual(['unregistered ana 0', 'ana has gone']);
  });

  it.each([
    ['a time that is too short', { contact: `${home};expires=59` }, 423, { 'Min-Expires': '60' }],
    ['a star with a time', { contact: '*', headers: { expires: '60' } }, 400, {}],
    ['a star without a time', { contact: '*' }, 400, {}],
    ['more contacts than allowed', { contact: [1, 2, 3, 4].map((port) => `<sip:a@h:${port}>`).join(',') }, 403, {}],
    ['a contact that is no host', { contact: '<tel:+34600>' }, 400, {}],
    ['a CSeq that cannot be read', { contact: home, headers: { cseq: 'REGISTER' } }, 400, {}],
    ['another account', { contact: home, to: '<sip:bob@example.test>' }, 403, {}],
  ])('refuses %s and changes nothing', (_, words, status, headers) => {
    register({ contact: '<sip:ana@192.0.2.1:7070>' });
    expect(answerOf(register(words))).toEqual({ status, headers });
    expect(uris()).toEqual(['sip:ana@192.0.2.1:7070']);
  });

  it('refuses a carrier that registers', () => {
    expect(answerOf(register({ contact: home }, 'carrier'))?.status).toBe(403);
  });

  it('answers a query without changing anything', () => {
    register({ contact: home });
    expect(answerOf(register())).toEqual({ status: 200, headers: { Contact: '<sip:ana@192.0.2.1:5060>;expires=600' } });
    expect(notes).toHaveLength(2);
  });

  it('takes back one contact, and all', () => {
    register({ contact: home });
    register({ contact: '<sip:ana@192.0.2.1:6060>' });
    register({ contact: `${home};expires=0` });
    expect(uris()).toEqual(['sip:ana@192.0.2.1:6060']);
    register({ contact: home });
    expect(answerOf(register({ contact: '*', headers: { expires: '0' } }))).toEqual({ status: 200, headers: {} });
    expect(uris()).toEqual([]);
    expect(notes.at(-1)).toBe('ana has gone');
    expect(clock.pending()).toBe(0);
  });

  it('does not let an old request undo a newer one', () => {
    register({ contact: home, headers: { cseq: '7 REGISTER' } });
    const late = register({ contact: `${home};expires=0`, headers: { cseq: '6 REGISTER' } });
    expect(answerOf(late)?.status).toBe(500);
    const star = { contact: '*', headers: { cseq: '7 REGISTER', expires: '0' } };
    expect(answerOf(register(star))?.status).toBe(500);
    expect(uris()).toHaveLength(1);
    expect(answerOf(register({ ...star, callId: 'rebooted' }))?.status).toBe(200);
  });

  it('makes room for a new contact by the stalest', () => {
    for (const port of [1, 2, 3, 4]) register({ contact: `<sip:ana@192.0.2.1:${port}>` });
    expect(uris()).toEqual(['sip:ana@192.0.2.1:4', 'sip:ana@192.0.2.1:3', 'sip:ana@192.0.2.1:2']);
  });

  it('replaces the same phone under its old address', () => {
    const instance = ';+sip.instance="<urn:uuid:1>"';
    register({ contact: `<sip:ana@192.0.2.1:1>${instance}` });
    register({ contact: `<sip:ana@192.0.2.1:2>${instance}` });
    expect(uris()).toEqual(['sip:ana@192.0.2.1:2']);
    expect(notes.filter((note) => note.startsWith('ana'))).toEqual(['ana is there']);
  });

  it('counts an agent as there while any device is', () => {
    register({ contact: home });
    register({ contact: '<sip:desk@192.0.2.1>' }, 'ana-desk');
    register({ contact: '*', headers: { expires: '0' } });
    expect(notes.at(-1)).toBe('unregistered ana 0');
    register({ contact: '*', headers: { expires: '0' } }, 'ana-desk');
    expect(notes.at(-1)).toBe('ana has gone');
  });

  it('forgets the contacts of an account that it is told to drop, and says so', () => {
    register({ contact: home });
    register({ contact: '<sip:desk@192.0.2.1>' }, 'ana-desk');
    registrar.drop('ana');
    expect(registrar.contactsOf('ana')).toEqual([]);
    expect(registrar.contactsOf('ana-desk')).toHaveLength(1);
    expect(notes.at(-1)).toBe('unregistered ana 0');
    registrar.drop('ana-desk');
    expect(notes.at(-1)).toBe('ana has gone');
    registrar.drop('nobody');
  });

  it('knows whose an account is', () => {
    expect(registrar.ownerOf('ana-desk')).toMatchObject({ agent: 'ana', device: { id: 'ana-desk' } });
    expect(registrar.ownerOf('carrier')).toBeUndefined();
  });

  describe('behind a NAT', () => {
    const natted = { contact: '<sip:ana@10.0.0.7:5060>', source: { address: '192.0.2.1', port: 40_000 } };

    it.each([
      ['is where it registered from', natted, 'sip:192.0.2.1:40000;transport=udp'],
      [
        'on TCP keeps to its flow',
        { ...natted, source: { ...natted.source, transport: 'tcp' as const } },
        'sip:192.0.2.1:40000;transport=tcp',
      ],
      ['on IPv6 too', { ...natted, source: { address: '2001:db8::1', port: 4 } }, 'sip:[2001:db8::1]:4;transport=udp'],
      ['is not, whose address is the one it names', { contact: home }, undefined],
      ['is not, on IPv6', { contact: '<sip:a@[2001:DB8::1]>', source: { address: '2001:db8::1' } }, undefined],
    ])('a phone %s', (_, words, proxy) => {
      register(words);
      expect(registrar.contactsOf('ana')[0]?.proxy).toBe(proxy);
    });

    it('a phone is asked whether it is there, and dropped after three times', async () => {
      register(natted);
      await clock.turn(60_000);
      expect(probed).toEqual(Array(2).fill('sip:192.0.2.1:40000;transport=udp'));
      isThere = false;
      await clock.turn(60_000);
      isThere = true;
      await clock.turn(30_000);
      isThere = false;
      await clock.turn(60_000);
      expect(uris()).toHaveLength(1);
      await clock.turn(30_000);
      expect(uris()).toEqual([]);
      expect(notes.at(-1)).toBe('ana has gone');
      expect(clock.pending()).toBe(0);
    });

    it('a phone that registers again begins anew', async () => {
      register(natted);
      isThere = false;
      await clock.turn(80_000);
      register(natted);
      await clock.turn(80_000);
      expect(uris()).toHaveLength(1);
    });
  });

  it('leaves nothing behind when it stops', () => {
    register({ contact: '<sip:ana@10.0.0.7:5060>' });
    registrar.stop();
    expect(clock.pending()).toBe(0);
    expect(uris()).toEqual([]);
  });

  it.each([
    ['a wrong password', 'ana', 'falsch'],
    ['an unknown account', 'mallory', 'x'],
  ])('answers %s with the same 403, late', async (_, username, password) => {
    const to = `<sip:${username}@example.test>`;
    const words = { method: 'REGISTER', uri: 'sip:example.test', to, contact: home };
    const first = inboundRequest(words);
    registrar.onRegister(first);
    const authorization = signed(first.answers[0]!, first, { username, password });
    const request = inboundRequest({ ...words, headers: { authorization } });
    registrar.onRegister(request);
    expect(request.answers).toEqual([]);
    await clock.turn(1_000);
    expect(request.answers).toEqual([{ status: 403, headers: {} }]);
  });
});
