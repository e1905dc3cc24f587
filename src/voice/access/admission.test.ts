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
import { createAdmission, type Admission, type AdmissionResult } from './admission.js';
import { createDigestAuth } from './digest-auth.js';
import { createDoorkeeper } from './doorkeeper.js';
import { createSourceGuard } from './source-guard.js';

const carrierAddress = { address: '203.0.113.9' };

describe('admission', () => {
  let clock: ManualClock;
  let admission: Admission;

  beforeEach(() => {
    clock = createManualClock();
    const config = sampleSite();
    const accounts = createAccounts(() => config);
    const events = createEventStream({ clock, configVersion: () => 'v', onListenerError: () => undefined });
    const auth = createDigestAuth({
      realm: () => config.sip.domain,
      algorithms: () => config.sip.digestAlgorithms,
      passwordOf: (username) => accounts.passwordOf(username),
      clock,
    });
    const { protection } = config.sip;
    const guard = createSourceGuard({ clock, events, protection: () => protection, isExempt: () => false });
    admission = createAdmission({ config: () => config, accounts, doorkeeper: createDoorkeeper({ auth, guard }) });
  });

  /** Calls, and answers the challenge as a phone would. */
  function call(username: string, words: RequestWords, password = `${username}-secret`) {
    const first = inboundRequest({ from: `<sip:${username}@example.test>;tag=1`, ...words });
    const challenged = admission.admit(first);
    if (first.answers.length === 0) return { request: first, result: challenged };
    const authorization = signed(first.answers[0]!, first, { username, password });
    const request = inboundRequest({
      from: `<sip:${username}@example.test>;tag=1`,
      ...words,
      headers: { ...words.headers, authorization },
    });
    return { request, result: admission.admit(request) };
  }

  const dial = (user: string): RequestWords => ({ uri: `sip:${user}@example.test` });
  const statuses = (request: InboundRequest) => request.answers.map(({ status }) => status);
  const whatOf = (result: AdmissionResult) =>
    result.type === 'admitted' ? `${result.caller.type}: ${describeDialled(result.dialled)}` : result.type;

  it.each([
    ['900', 'agent: entry-point 900'],
    ['901', 'agent: entry-point 901'],
    ['*1', 'agent: star-code available'],
    ['*2', 'agent: star-code away'],
    ['12', 'agent: colleague bob'],
    ['bob', 'agent: colleague bob'],
    ['ana-desk', 'agent: colleague ana'],
    ['+34 600-111-222', 'agent: number +34600111222'],
    ['900100200', 'agent: number 900100200'],
    ['+34600;npdi', 'agent: number +34600'],
  ])('lets an agent dial %s', (user, expected) => {
    expect(whatOf(call('ana', dial(encodeURIComponent(user))).result)).toBe(expected);
  });

  it.each([
    ['ana', '+1900555', 403],
    ['ana', 'nobody', 404],
    ['ana', '*9', 404],
    ['ana', '', 404],
    ['bob', '+34600111222', 404],
  ])('refuses %s who dials %s with %i', (username, user, status) => {
    const { request, result } = call(username, user === '' ? { uri: 'sip:example.test' } : dial(user));
    expect(result).toMatchObject({ type: 'refused', status });
    expect(statuses(request)).toEqual([status]);
  });

  it('knows the agent by the proof, not by From', () => {
    const { result } = call('ana', { ...dial('12'), from: '<sip:bob@example.test>;tag=1' });
    expect(result).toMatchObject({ caller: { type: 'agent', agent: 'ana', username: 'ana' } });
  });

  it.each([
    ['900', 'trunk: entry-point 900'],
    ['901', 'trunk: entry-point 901'],
  ])('lets a carrier reach %s from its address', (user, expected) => {
    expect(whatOf(admission.admit(inboundRequest({ ...dial(user), source: carrierAddress })))).toBe(expected);
  });

  it('lets a carrier in that signs', () => {
    const { result } = call('carrier', { ...dial('901'), from: '<sip:+34600@carrier.test>;tag=1' });
    expect(result).toMatchObject({ type: 'admitted', caller: { type: 'trunk', trunk: { id: 'roaming' } } });
  });

  it.each(['12', 'bob', '*1', '+34600111222'])('never lets a carrier dial %s', (user) => {
    const request = inboundRequest({ ...dial(user), source: carrierAddress });
    expect(admission.admit(request)).toMatchObject({ type: 'refused', status: 404 });
    expect(statuses(request)).toEqual([404]);
  });

  it('knows a phone of ours that shares the address of a carrier', () => {
    const { request, result } = call('ana', { ...dial('12'), source: carrierAddress });
    expect(whatOf(result)).toBe('agent: colleague bob');
    expect(statuses(request)).toEqual([]);
  });

  it('lets anybody dial a public entry point', () => {
    expect(whatOf(admission.admit(inboundRequest(dial('900'))))).toBe('anonymous: entry-point 900');
  });

  it.each(['901', '12', '*1', '+34600111222', 'nobody'])('asks strangers who dial %s who they are', (user) => {
    const request = inboundRequest(dial(user));
    expect(admission.admit(request)).toEqual({ type: 'turned-away' });
    expect(statuses(request)).toEqual([401]);
  });

  it('asks who calls in the name of a phone of ours, wherever they dial', () => {
    const request = inboundRequest({ ...dial('900'), from: '<sip:ana@example.test>;tag=1' });
    expect(admission.admit(request)).toEqual({ type: 'turned-away' });
    expect(statuses(request)).toEqual([401]);
  });

  it.each([
    ['a wrong password', 'ana', 'falsch'],
    ['an unknown account', 'mallory', 'ana-secret'],
  ])('answers %s with the same 403, late', async (_, username, password) => {
    const { request, result } = call(username, dial('901'), password);
    expect(result).toEqual({ type: 'turned-away' });
    await clock.turn(999);
    expect(statuses(request)).toEqual([]);
    await clock.turn(1);
    expect(statuses(request)).toEqual([403]);
  });
});

function describeDialled(dialled: Extract<AdmissionResult, { type: 'admitted' }>['dialled']): string {
  switch (dialled.type) {
    case 'entry-point':
      return `entry-point ${dialled.entryPoint.number}`;
    case 'star-code':
      return `star-code ${dialled.sets}`;
    case 'supervise':
      return `supervise ${dialled.agent}`;
    case 'colleague':
      return `colleague ${dialled.agent}`;
    case 'number':
      return `number ${dialled.number}`;
  }
}
