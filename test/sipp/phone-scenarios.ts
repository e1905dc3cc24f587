/**
 * What a phone does with a call, as a SIPp scenario. One SIPp process plays any number of phones of one habit: which
 * phone a call is for stands in the Request-URI.
 */
import { label, goTo, noBody, pause, references, scenario, sdp, send, statusLine, via, waitFor } from './scenario.js';

export interface PhoneHabit {
  /** Names the SDP that it answers with, in the origin line. */
  readonly name?: string;
  /** A carrier's: challenges each INVITE with 407 first. What comes back is for the test to check in the trace. */
  readonly challenges?: { readonly realm: string; readonly algorithm: 'MD5' | 'SHA-256' };
  /** 180 before anything else; default true. */
  readonly rings?: boolean;
  readonly then:
    | { readonly does: 'answer'; readonly afterMs: number }
    | { readonly does: 'refuse'; readonly status: number; readonly afterMs: number }
    | { readonly does: 'nothing' };
  /**
   * `ends`: 200 to the CANCEL and 487 to the INVITE. `ignores`: nothing, for good (with `then: nothing`
   * only). `answers`: 200 to the CANCEL and, as if it had crossed, 200 to the INVITE.
   */
  readonly onCancel?: 'ends' | 'ignores' | 'answers';
  /** Default: waits for BYE, letting re-INVITE and UPDATE pass. */
  readonly afterAnswer?:
    | { readonly does: 'hang-up'; readonly afterMs: number }
    | { readonly does: 'hold'; readonly afterMs: number; readonly by: 'INVITE' | 'UPDATE' }
    /** Presses a key, told by INFO (application/dtmf-relay), then waits for BYE. */
    | { readonly does: 'press'; readonly afterMs: number; readonly digit: string }
    /** Forgets the call without a word, as when its cable is pulled. */
    | { readonly does: 'vanish' };
}

export function phoneScenario(habit: PhoneHabit): string {
  const name = habit.name ?? 'phone';
  if (habit.then.does === 'nothing' && habit.onCancel === 'ignores') return deafPhone(habit);
  return scenario(
    `phone ${name}`,
    ...challenge(habit),
    receiveInvite,
    habit.rings === false ? '' : response(180, noBody),
    ...beforeFinal(habit),
    ...cancelled(habit),
    ...answered(habit, name),
    ...refused(habit),
    label('end'),
    references('from', 'to', 'cseq'),
  );
}

/** SIPp's arguments for a phone of that habit. */
export function phoneArguments(habit: PhoneHabit): string[] {
  // Only who is deaf for good: this flag also drops what comes in the tick after a message was sent.
  return habit.onCancel === 'ignores' && habit.then.does === 'nothing' ? ['-pause_msg_ign'] : [];
}

/** Rings, or not even that, and never says anything again; needs {@link phoneArguments}. */
function deafPhone(habit: PhoneHabit): string {
  return scenario(
    'deaf phone',
    receiveInvite,
    habit.rings === false ? '' : response(180, noBody),
    pause(90_000),
    references('from', 'cseq'),
  );
}

function challenge({ challenges }: PhoneHabit): string[] {
  if (!challenges) return [];
  const { realm, algorithm } = challenges;
  const header = `Proxy-Authenticate: Digest realm="${realm}", nonce="n[pid]x[call_number]", algorithm=${algorithm}, qop="auth"`;
  return ['<recv request="INVITE"/>', response(407, [header, ...noBody], 'retrans="500"'), '<recv request="ACK"/>'];
}

const receiveInvite = `<recv request="INVITE" rrs="true"><action>
  <ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>
  <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>
</action></recv>`;

function response(status: number, tail: readonly string[], attributes = ''): string {
  return send(
    [
      statusLine(status),
      '[last_Via:]',
      '[last_Record-Route:]',
      '[last_From:]',
      '[last_To:];tag=[pid]p[call_number]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      contact,
      allow,
      ...tail,
    ],
    attributes,
  );
}

const contact = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>';
const allow = 'Allow: INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS';

/** A final response to the INVITE when the message last received was the CANCEL. */
function inviteResponse(status: number, tail: readonly string[], attributes = 'retrans="500"'): string {
  return send(
    [
      statusLine(status),
      '[last_Via:]',
      '[last_Record-Route:]',
      '[last_From:]',
      '[last_To:];tag=[pid]p[call_number]',
      '[last_Call-ID:]',
      'CSeq: [$cseq] INVITE',
      contact,
      allow,
      ...tail,
    ],
    attributes,
  );
}

function inDialogResponse(tail: readonly string[], attributes = ''): string {
  return send(
    [
      'SIP/2.0 200 OK',
      '[last_Via:]',
      '[last_From:]',
      '[last_To:]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      contact,
      allow,
      ...tail,
    ],
    attributes,
  );
}

function beforeFinal(habit: PhoneHabit): string[] {
  const afterMs = habit.then.does === 'nothing' ? undefined : habit.then.afterMs;
  const next = habit.then.does === 'refuse' ? 'refused' : 'answered';
  if (afterMs === 0) return [goTo(next)];
  const limit = afterMs === undefined ? undefined : { ms: afterMs, then: next };
  const cancel = { request: 'CANCEL', next: 'cancelled' };
  // Global for a CANCEL in the very tick in which the answer is due: SIPp would forget the call.
  return [waitFor([{ ...cancel, isGlobal: true }, cancel], limit)];
}

function cancelled(habit: PhoneHabit): string[] {
  if (habit.onCancel === 'answers') {
    // In this order, since SIPp takes an ACK between two of its own messages for a fault.
    const crossing = inviteResponse(200, sdp(habit.name ?? 'phone'), 'retrans="500" next="wait-ack"');
    return [label('cancelled'), response(200, noBody), crossing];
  }
  return [
    label('cancelled'),
    response(200, noBody),
    inviteResponse(487, noBody),
    waitFor([{ request: 'ACK', next: 'end' }]),
  ];
}

function refused(habit: PhoneHabit): string[] {
  if (habit.then.does !== 'refuse') return [];
  // The CANCEL of a race lost by the caller gets its 200 and changes nothing (RFC 3261 §9.2).
  return [
    label('refused'),
    response(habit.then.status, noBody, 'retrans="500"'),
    label('refused-ack'),
    waitFor([
      { request: 'CANCEL', next: 'refused-cancel' },
      { request: 'ACK', next: 'end' },
    ]),
    label('refused-cancel'),
    response(200, noBody, 'next="refused-ack"'),
  ];
}

function answered(habit: PhoneHabit, name: string): string[] {
  return [
    label('answered'),
    response(200, sdp(name), 'retrans="500"'),
    label('wait-ack'),
    waitFor([
      { request: 'CANCEL', next: 'late-cancel' },
      { request: 'ACK', actions: '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>' },
    ]),
    ...talk(habit, name),
    label('late-cancel'),
    response(200, noBody, 'next="wait-ack"'),
  ];
}

function talk(habit: PhoneHabit, name: string): string[] {
  const after = habit.afterAnswer;
  if (after?.does === 'vanish') return [goTo('end')];
  const byePeer = [inDialogResponse(noBody, 'next="end"')];
  const served = [
    label('reinvited'),
    inDialogResponse(sdp(name), 'retrans="500"'),
    waitFor([{ request: 'ACK', next: 'talk' }]),
    label('updated'),
    inDialogResponse(sdp(name), 'next="talk"'),
    label('informed'),
    inDialogResponse(noBody, 'next="talk"'),
  ];
  if (after?.does === 'hang-up') {
    const hangUp = [label('hang-up'), ownRequest('BYE', 102, noBody), waitFor([{ response: 200, next: 'end' }])];
    return [...untilBye(after.afterMs), ...byePeer, ...hangUp, ...served];
  }
  if (after?.does === 'press') {
    const info = [
      'Content-Type: application/dtmf-relay',
      'Content-Length: [len]',
      '',
      `Signal=${after.digit}`,
      'Duration=160',
    ];
    const press = [label('press'), ownRequest('INFO', 100, info), waitFor([{ response: 200 }])];
    return [
      ...untilBye(after.afterMs, 'press'),
      ...byePeer,
      ...served,
      ...press,
      '<recv request="BYE"/>',
      inDialogResponse(noBody),
    ];
  }
  return [...(after ? holds(name, after) : []), ...untilBye(undefined), ...byePeer, ...served];
}

function untilBye(limitMs: number | undefined, then = 'hang-up'): string[] {
  const expected = [
    { request: 'INVITE', next: 'reinvited' },
    { request: 'UPDATE', next: 'updated' },
    { request: 'INFO', next: 'informed' },
    { request: 'OPTIONS', next: 'informed' },
    { request: 'BYE' },
  ];
  return [label('talk'), waitFor(expected, limitMs === undefined ? undefined : { ms: limitMs, then })];
}

function holds(name: string, after: { afterMs: number; by: 'INVITE' | 'UPDATE' }): string[] {
  const change = (cseq: number, direction: 'sendonly' | 'sendrecv') => [
    pause(after.afterMs),
    ownRequest(after.by, cseq, sdp(name, direction)),
    waitFor([{ response: 100 }, { response: 200 }]),
    after.by === 'INVITE' ? ownAck(cseq) : '',
  ];
  return [...change(100, 'sendonly'), ...change(101, 'sendrecv')];
}

function ownRequest(method: string, cseq: number, tail: readonly string[]): string {
  return send(
    [
      `${method} [next_url] SIP/2.0`,
      via,
      '[routes]',
      'From:[$to]',
      'To:[$from]',
      '[last_Call-ID:]',
      `CSeq: ${cseq} ${method}`,
      contact,
      'Max-Forwards: 70',
      ...tail,
    ],
    'retrans="500"',
  );
}

function ownAck(cseq: number): string {
  return send([
    'ACK [next_url] SIP/2.0',
    via,
    '[routes]',
    'From:[$to]',
    'To:[$from]',
    '[last_Call-ID:]',
    `CSeq: ${cseq} ACK`,
    'Max-Forwards: 70',
    ...noBody,
  ]);
}
