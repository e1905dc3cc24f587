/** What a caller does, as a SIPp scenario. `[field0]` of each row is the number to dial. */
import {
  type Expected,
  goTo,
  label,
  noBody,
  pause,
  references,
  scenario,
  sdp,
  send,
  via,
  waitFor,
} from './scenario.js';

export interface CallerHabit {
  /** Names the SDP that it offers, in the origin line; also its From user unless `from` is given. */
  readonly name?: string;
  readonly from?: string;
  readonly domain: string;
  /** Default `early`: SDP in the INVITE. `late`: SDP in the ACK. */
  readonly offer?: 'early' | 'late';
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly headers?: readonly string[];
  readonly does:
    /** Talks, then hangs up; 0 ms is BYE right behind the ACK. */
    | { readonly what: 'talk'; readonly forMs: number }
    /** Talks until the other side hangs up. */
    | { readonly what: 'listen' }
    /** Expects to be refused with this status. */
    | { readonly what: 'be-refused'; readonly status: number }
    /** CANCEL, so long after the first 100 or 180; takes a 200 that crosses it and hangs up then. */
    | { readonly what: 'cancel'; readonly after: 100 | 180; readonly ms: number }
    /** Puts the other side on hold by re-INVITE or UPDATE, takes it back, then hangs up. */
    | { readonly what: 'hold'; readonly by: 'INVITE' | 'UPDATE'; readonly everyMs: number }
    /** Talks, lets the other side hold and resume, hangs up after so long. */
    | { readonly what: 'be-held'; readonly forMs: number }
    /** Takes the 200 and never says ACK; hangs up never. */
    | { readonly what: 'never-ack' }
    /** Acknowledges and forgets the call without a word. */
    | { readonly what: 'vanish' };
}

/** SIPp's arguments for a caller of that habit. */
export function callerArguments({ does }: CallerHabit): string[] {
  if (does.what === 'never-ack') return ['-pause_msg_ign'];
  // What comes in the tick between a wait and the CANCEL is no fault of anybody.
  return does.what === 'cancel' ? ['-default_behaviors', 'all,-abortunexp'] : [];
}

export function callerScenario(habit: CallerHabit): string {
  const { does } = habit;
  const cseq = habit.credentials ? 2 : 1;
  const opening = habit.credentials ? [...challenged(habit), invite(habit, 2)] : [invite(habit, 1)];
  switch (does.what) {
    case 'be-refused':
      return scenario(
        'refused caller',
        ...opening,
        waitFor([...provisional, { response: does.status }]),
        ackRefusal(habit, cseq),
      );
    case 'cancel':
      return scenario('caller who gives up', ...opening, ...givesUp(habit, does, cseq));
    case 'never-ack':
      return scenario(
        'caller who never acknowledges',
        ...opening,
        waitFor([...provisional, { response: 200 }]),
        pause(90_000),
      );
    default:
      return scenario(
        'caller',
        ...opening,
        waitFor([...provisional, accepted]),
        inDialog('ACK', cseq, habit, habit.offer === 'late' ? sdp(habit.name ?? 'caller') : noBody),
        ...talks(habit, does, cseq),
        label('end'),
      );
  }
}

const provisional: readonly Expected[] = [{ response: 100 }, { response: 180 }, { response: 183 }];

const toAction = '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="remote"/>';
const contactAction =
  '<ereg regexp="&lt;([^&gt;]*)&gt;" search_in="hdr" header="Contact:" check_it="false" assign_to="contact,target"/>';
const byeAction = '<ereg regexp="BYE" search_in="hdr" header="CSeq:" check_it="false" assign_to="is_bye"/>';

const accepted: Expected = {
  response: 200,
  attributes: 'rrs="true"',
  actions: toAction,
};

const contact = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>';

function from(habit: CallerHabit): string {
  return `From: <sip:${habit.from ?? habit.name ?? 'caller'}@${habit.domain}>;tag=[pid]c[call_number]`;
}

function invite(habit: CallerHabit, cseq: number): string {
  const { credentials } = habit;
  const signed = credentials && cseq > 1;
  return send(
    [
      `INVITE sip:[field0]@${habit.domain} SIP/2.0`,
      via,
      from(habit),
      `To: <sip:[field0]@${habit.domain}>`,
      'Call-ID: [call_id]',
      `CSeq: ${cseq} INVITE`,
      contact,
      'Max-Forwards: 70',
      'Allow: INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS',
      ...(habit.headers ?? []),
      ...(signed ? [`[authentication username=${credentials.username} password=${credentials.password}]`] : []),
      ...(habit.offer === 'late' ? noBody : sdp(habit.name ?? 'caller')),
    ],
    'retrans="500"',
  );
}

function challenged(habit: CallerHabit): string[] {
  const again = { next: 'authenticate', attributes: 'auth="true"' };
  return [
    invite(habit, 1),
    waitFor([{ response: 100 }, { response: 401, ...again }, { response: 407, ...again }]),
    label('authenticate'),
    ackRefusal(habit, 1),
  ];
}

/** ACK to a refusal is hop by hop and reuses the INVITE's branch (RFC 3261 §17.1.1.3). */
function ackRefusal(habit: CallerHabit, cseq: number, attributes = ''): string {
  return send([...sameTransaction('ACK', cseq, habit), '[last_To:]', ...noBody], attributes);
}

/** ACK and CANCEL of an INVITE: its branch, which the response last received shows, and its CSeq number. */
function sameTransaction(method: 'ACK' | 'CANCEL', cseq: number, habit: CallerHabit): string[] {
  return [
    `${method} sip:[field0]@${habit.domain} SIP/2.0`,
    '[last_Via:]',
    from(habit),
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    'Max-Forwards: 70',
  ];
}

function inDialog(
  method: string,
  cseq: number,
  habit: CallerHabit,
  tail: readonly string[],
  target = '[next_url]',
): string {
  return send(
    [
      `${method} ${target} SIP/2.0`,
      via,
      '[routes]',
      from(habit),
      'To:[$remote]',
      'Call-ID: [call_id]',
      `CSeq: ${cseq} ${method}`,
      contact,
      'Max-Forwards: 70',
      ...tail,
    ],
    method === 'ACK' ? '' : 'retrans="500"',
  );
}

function givesUp(habit: CallerHabit, does: { after: 100 | 180; ms: number }, cseq: number): string[] {
  const first = does.after === 100 ? [{ response: 100 }] : [{ response: 100 }, { response: 180 }];
  // No rrs: the 200 may be that to the CANCEL, which has no Contact for SIPp to keep.
  const answered = { response: 200, actions: `${toAction}${contactAction}`, next: 'answered' };
  const later = does.ms > 0 ? [waitFor([...provisional, answered], { ms: does.ms, then: 'give-up' })] : [];
  return [
    waitFor(first),
    ...later,
    label('give-up'),
    send([...sameTransaction('CANCEL', cseq, habit), `To: <sip:[field0]@${habit.domain}>`, ...noBody], 'retrans="500"'),
    waitFor([
      ...provisional,
      // The 200 to the CANCEL, or to the INVITE when the two crossed: the CSeq tells which.
      {
        response: 200,
        next: 'answered',
        attributes: 'test="crossed"',
        actions: `<ereg regexp="INVITE" search_in="hdr" header="CSeq:" check_it="false" assign_to="crossed"/>${toAction}${contactAction}`,
      },
      { response: 487 },
    ]),
    ackRefusal(habit, cseq, 'next="end"'),
    label('answered'),
    inDialog('ACK', cseq, habit, noBody, '[$target]'),
    inDialog('BYE', cseq + 1, habit, noBody, '[$target]'),
    // Late answers to INVITE and CANCEL are 200 too.
    label('bye-sent'),
    waitFor([
      { response: 200, next: 'end', attributes: 'test="is_bye"', actions: byeAction },
      { response: 487, next: 'bye-sent' },
    ]),
    label('end'),
    references('contact'),
  ];
}

function talks(habit: CallerHabit, does: CallerHabit['does'], cseq: number): string[] {
  const bye = [inDialog('BYE', cseq + 3, habit, noBody), waitFor([{ response: 200, next: 'end' }])];
  const byePeer = [respond(noBody, 'next="end"')];
  switch (does.what) {
    case 'vanish':
      return [goTo('end')];
    case 'hold':
      return [...holds(habit, does, cseq), ...bye];
    case 'listen':
      return [...untilBye(undefined), ...byePeer, ...serves(habit)];
    case 'talk':
    case 'be-held':
      if (does.forMs === 0) return bye;
      return [...untilBye(does.forMs), ...byePeer, label('hang-up'), ...bye, ...serves(habit)];
    default:
      throw new Error(`${does.what} is no way to talk`);
  }
}

function untilBye(limitMs: number | undefined): string[] {
  const expected = [
    { request: 'INVITE', next: 'reinvited' },
    { request: 'UPDATE', next: 'updated' },
    { request: 'OPTIONS', next: 'asked' },
    { request: 'BYE' },
  ];
  return [label('talk'), waitFor(expected, limitMs === undefined ? undefined : { ms: limitMs, then: 'hang-up' })];
}

function serves(habit: CallerHabit): string[] {
  const answer = sdp(habit.name ?? 'caller');
  return [
    label('reinvited'),
    respond(answer, 'retrans="500"'),
    waitFor([{ request: 'ACK', next: 'talk' }]),
    label('asked'),
    respond(noBody, 'next="talk"'),
    label('updated'),
    respond(answer, 'next="talk"'),
  ];
}

function respond(tail: readonly string[], attributes = ''): string {
  return send(
    [
      'SIP/2.0 200 OK',
      '[last_Via:]',
      '[last_From:]',
      '[last_To:]',
      '[last_Call-ID:]',
      '[last_CSeq:]',
      contact,
      ...tail,
    ],
    attributes,
  );
}

function holds(habit: CallerHabit, does: { by: 'INVITE' | 'UPDATE'; everyMs: number }, cseq: number): string[] {
  const name = habit.name ?? 'caller';
  const change = (number: number, direction: 'sendonly' | 'sendrecv') => [
    pause(does.everyMs),
    inDialog(does.by, number, habit, sdp(name, direction)),
    waitFor([{ response: 100 }, { response: 200 }]),
    does.by === 'INVITE' ? inDialog('ACK', number, habit, noBody) : '',
  ];
  return [...change(cseq + 1, 'sendonly'), ...change(cseq + 2, 'sendrecv'), pause(does.everyMs)];
}
