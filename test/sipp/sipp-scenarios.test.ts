/** The test equipment itself: every caller calls a phone directly, with no switchboard in between. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startBaresip } from './baresip.js';
import { callerScenario, type CallerHabit } from './caller-scenarios.js';
import { phoneArguments, phoneScenario, type PhoneHabit } from './phone-scenarios.js';
import { startSipp, type SippRun } from './sipp-process.js';
import { byCall, storyOf } from './wire-trace.js';

const runs: SippRun[] = [];

afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.stop()));
});

async function call(caller: CallerHabit['does'], phone: PhoneHabit, more: Partial<CallerHabit> = {}) {
  const callee = await startSipp({ scenario: phoneScenario(phone), extraArguments: phoneArguments(phone) });
  runs.push(callee);
  const run = await startSipp({
    scenario: callerScenario({ domain: 'example.test', does: caller, ...more }),
    target: { host: '127.0.0.1', port: callee.port },
    rows: [['ana']],
    calls: 1,
    timeoutSeconds: 60,
  });
  runs.push(run);
  const exit = await run.exited;
  const story = storyOf([...byCall(run.messages()).values()][0] ?? []);
  return { exit, story: story.join(' '), phoneErrors: callee.errors(), messages: run.messages() };
}

const answers: PhoneHabit = { then: { does: 'answer', afterMs: 40 } };

describe('SIPp as caller and phone', () => {
  it.each<[string, CallerHabit['does'], PhoneHabit, string]>([
    ['talk and BYE', { what: 'talk', forMs: 30 }, answers, '>INVITE <180 INVITE <200 INVITE >ACK >BYE <200 BYE'],
    ['BYE right after ACK', { what: 'talk', forMs: 0 }, answers, '>INVITE <180 INVITE <200 INVITE >ACK >BYE <200 BYE'],
    [
      'an answer at once',
      { what: 'talk', forMs: 30 },
      { rings: false, then: { does: 'answer', afterMs: 0 } },
      '>INVITE <200 INVITE >ACK >BYE <200 BYE',
    ],
    [
      'a phone that hangs up',
      { what: 'listen' },
      { ...answers, afterAnswer: { does: 'hang-up', afterMs: 30 } },
      '>INVITE <180 INVITE <200 INVITE >ACK <BYE >200 BYE',
    ],
    [
      'busy',
      { what: 'be-refused', status: 486 },
      { then: { does: 'refuse', status: 486, afterMs: 10 } },
      '>INVITE <180 INVITE <486 INVITE >ACK',
    ],
    [
      'declined at once',
      { what: 'be-refused', status: 603 },
      { rings: false, then: { does: 'refuse', status: 603, afterMs: 0 } },
      '>INVITE <603 INVITE >ACK',
    ],
    [
      'CANCEL while ringing',
      { what: 'cancel', after: 180, ms: 20 },
      { then: { does: 'nothing' } },
      '>INVITE <180 INVITE >CANCEL <200 CANCEL <487 INVITE >ACK',
    ],
    [
      'a 200 that crosses the CANCEL',
      { what: 'cancel', after: 180, ms: 20 },
      { then: { does: 'nothing' }, onCancel: 'answers' },
      '>INVITE <180 INVITE >CANCEL <200 CANCEL <200 INVITE >ACK >BYE <200 BYE',
    ],
    [
      'hold by re-INVITE',
      { what: 'hold', by: 'INVITE', everyMs: 20 },
      answers,
      '>INVITE <180 INVITE <200 INVITE >ACK >INVITE <200 INVITE >ACK >INVITE <200 INVITE >ACK >BYE <200 BYE',
    ],
    [
      'hold by UPDATE',
      { what: 'hold', by: 'UPDATE', everyMs: 20 },
      answers,
      '>INVITE <180 INVITE <200 INVITE >ACK >UPDATE <200 UPDATE >UPDATE <200 UPDATE >BYE <200 BYE',
    ],
    [
      'a phone that holds by re-INVITE',
      { what: 'be-held', forMs: 300 },
      { ...answers, afterAnswer: { does: 'hold', by: 'INVITE', afterMs: 30 } },
      '>INVITE <180 INVITE <200 INVITE >ACK <INVITE >200 INVITE <ACK <INVITE >200 INVITE <ACK >BYE <200 BYE',
    ],
    [
      'a phone that holds by UPDATE',
      { what: 'be-held', forMs: 300 },
      { ...answers, afterAnswer: { does: 'hold', by: 'UPDATE', afterMs: 30 } },
      '>INVITE <180 INVITE <200 INVITE >ACK <UPDATE >200 UPDATE <UPDATE >200 UPDATE >BYE <200 BYE',
    ],
  ])('%s', async (_what, caller, phone, story) => {
    const result = await call(caller, phone);
    expect(result).toMatchObject({ exit: { code: 0, errors: '' }, story, phoneErrors: '' });
  });
});

describe('baresip', () => {
  it('calls a SIPp phone, talks and hangs up', async () => {
    const callee = await startSipp({ scenario: phoneScenario(answers) });
    runs.push(callee);
    const baresip = await startBaresip({
      registrar: { host: '127.0.0.1', port: callee.port, domain: 'example.test' },
      account: { username: 'ana', password: 'secret' },
      answers: 'by-itself',
    });
    try {
      baresip.dial('sip:bob@example.test');
      await baresip.next('CALL_ESTABLISHED');
      baresip.hangUp();
      await vi.waitFor(() => {
        const stories = [...byCall(callee.messages()).values()].map((messages) => storyOf(messages).join(' '));
        expect(stories).toContain('<INVITE >180 INVITE >200 INVITE <ACK <BYE >200 BYE');
      }, 30_000);
    } finally {
      await baresip.stop();
    }
  });
});
