/**
 * Messages that try a parser in each of the ways that RFC 4475 lists, one for each of its sections that concerns a server which is
 * no proxy. They are our own words for the same tricks; the names in front are the RFC's, to find the section by.
 */

export interface TortureMessage {
  readonly name: string;
  readonly what: string;
  readonly bytes: Buffer;
  /**
   * What a server does with it: `deliver` to an application that wants the method, `drop` it without a word, or answer with this
   * status.
   */
  readonly outcome: 'deliver' | 'drop' | number;
}

/** Lines to a message with CRLF; the branch makes it a transaction of its own. */
function lines(...text: string[]): Buffer {
  return Buffer.from(`${text.join('\r\n')}\r\n`, 'utf8');
}

function request(startLine: string, headers: Readonly<Record<string, string | readonly string[]>>, body = ''): Buffer {
  const method = startLine.split(' ')[0] ?? '';
  const all: Record<string, string | readonly string[]> = {
    Via: `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK.${Math.random().toString(36).slice(2)}`,
    'Max-Forwards': '70',
    From: '<sip:caller@example.org>;tag=from1',
    To: '<sip:callee@example.net>',
    'Call-ID': `torture.${Math.random().toString(36).slice(2)}`,
    CSeq: `1 ${method}`,
    Contact: '<sip:caller@192.0.2.1>',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const text = Object.entries(all).flatMap(([name, value]) =>
    typeof value === 'string' ? (value === '' ? [] : [`${name}: ${value}`]) : value.map((each) => `${name}: ${each}`),
  );
  return lines(startLine, ...text, '', ...(body === '' ? [] : [body.replace(/\r\n$/, '')]));
}

const options = (
  headers: Readonly<Record<string, string | readonly string[]>>,
  uri = 'sip:callee@example.net',
): Buffer => request(`OPTIONS ${uri} SIP/2.0`, headers);

const longText = 'x'.repeat(2000);

export const TORTURE_MESSAGES: readonly TortureMessage[] = [
  {
    name: 'wsinv',
    what: 'white space, folding, compact forms and escapes wherever the grammar lets them stand',
    outcome: 'deliver',
    bytes: lines(
      'INVITE sip:callee@example.net;odd=one;none SIP/2.0',
      'TO :',
      ' sip:callee@elsewhere.example.net ;   extra    =   1',
      'from   : "A \\\\\\""       <sip:caller@example.org>',
      '  ;',
      '  tag = 4711',
      'MaX-fOrWaRdS: 0068',
      'Call-ID: ws.inv.ours@192.0.2.2',
      'Content-Length   : 5',
      'cseq: 0042',
      '  INVITE',
      'Via  : SIP  /   2.0',
      ' /UDP',
      '    192.0.2.2;branch=390old',
      's :',
      'StrangeHeader:   one value',
      ' that goes on here',
      'OddOnes: ;;,,;;,;',
      'Content-Type: text/plain',
      'Route:',
      ' <sip:example.com;lr;unknown=1;flag>',
      'v:  SIP  / 2.0  / TCP     far.example.com   ;',
      '  branch  =   z9hG4bKfar  ,',
      ' SIP  /    2.0   / UDP  192.0.2.111   ; branch=',
      ' z9hG4bKfarther',
      'm:"Quoted \\"\\"" <sip:caller@192.0.2.2> ; newparam =',
      '      newvalue ;',
      '  other ; q = 0.33',
      '',
      'abc',
    ),
  },
  {
    name: 'intmeth',
    what: 'characters that are rare and allowed',
    outcome: 'drop', // a method that nobody knows makes no dialog, and drachtio drops it
    bytes: request(
      "!odd'Method-0123456789_*+`.%ab~DelayNoMore SIP:1_unusual.URI~(x);&%6f%6e@example.net;flag SIP/2.0".replace(
        ' SIP:',
        ' sip:',
      ),
      { CSeq: "8 !odd'Method-0123456789_*+`.%ab~DelayNoMore" },
    ),
  },
  {
    name: 'esc01',
    what: 'escapes in the user part',
    outcome: 'deliver',
    bytes: options({}, 'sip:sips%3Acallee%40example.com@example.net'),
  },
  {
    name: 'escnull',
    what: 'an escaped null',
    outcome: 'deliver',
    bytes: request('REGISTER sip:example.net SIP/2.0', {
      To: '<sip:null-%00-x@example.net>',
      Contact: ['<sip:%00@192.0.2.1>', '<sip:%00%00@192.0.2.1>'],
    }),
  },
  {
    name: 'esc02',
    what: 'a percent sign in a method',
    outcome: 'drop',
    bytes: request('RE%47IST%45R sip:example.net SIP/2.0', {}),
  },
  {
    name: 'lwsdisp',
    what: 'no white space behind the display name',
    outcome: 'deliver',
    bytes: options({ From: 'caller<sip:caller@example.org>;tag=a' }),
  },
  {
    name: 'longreq',
    what: 'long values',
    outcome: 'deliver',
    bytes: options({
      To: `"I have a name ${longText}" <sip:callee@example.net>`,
      From: `<sip:${longText}@example.org>;tag=12${longText}`,
      'X-Long': `${longText}=${longText}`,
      'Call-ID': `long.${longText}`,
    }),
  },
  {
    name: 'dblreq',
    what: 'a second request behind the body',
    outcome: 'deliver',
    bytes: Buffer.concat([options({}), lines('INVITE sip:other@example.net SIP/2.0', 'Via: SIP/2.0/UDP x', '')]),
  },
  {
    name: 'semiuri',
    what: 'semicolons in the user part',
    outcome: 'deliver',
    bytes: options({}, 'sip:user;par=u%40example.net@example.com'),
  },
  {
    name: 'transports',
    what: 'transports of all kinds',
    outcome: 'deliver',
    bytes: options({
      Via: [
        'SIP/2.0/UDP t1.example.org;branch=z9hG4bKtr1',
        'SIP/2.0/SCTP t2.example.org;branch=z9hG4bKtr2',
        'SIP/2.0/TLS t3.example.org;branch=z9hG4bKtr3',
        'SIP/2.0/UNKNOWN t4.example.org;branch=z9hG4bKtr4',
      ],
    }),
  },
  {
    name: 'mpart01',
    what: 'a body that is no text',
    outcome: 'deliver',
    bytes: Buffer.concat([
      request('MESSAGE sip:callee@example.net SIP/2.0', {
        'Content-Type': 'application/octet-stream',
        'Content-Length': '6',
      }),
      Buffer.from([0, 255, 254, 13, 10, 0]),
    ]),
  },
  {
    name: 'unreason',
    what: 'a response out of the blue with an unusual reason',
    outcome: 'drop',
    bytes: lines(
      'SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое',
      'Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923',
      'Call-ID: unreason',
      'CSeq: 35 INVITE',
      'From: <sip:a@b>;tag=1',
      'To: <sip:c@d>;tag=2',
      'Content-Length: 0',
      '',
    ),
  },
  {
    name: 'noreason',
    what: 'a response without reason',
    outcome: 'drop',
    bytes: lines(
      'SIP/2.0 100 ',
      'Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe',
      'Call-ID: noreason',
      'CSeq: 35 INVITE',
      'From: <sip:a@b>;tag=1',
      'To: <sip:c@d>',
      'Content-Length: 0',
      '',
    ),
  },
  {
    name: 'badinv01',
    what: 'separators that separate nothing',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net SIP/2.0', { To: '"" <>', Contact: '"" <> ;,,;' }),
  },
  {
    name: 'clerr',
    what: 'Content-Length larger than the datagram',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net SIP/2.0', { 'Content-Length': '9999' }, 'v=0'),
  },
  {
    name: 'ncl',
    what: 'a negative Content-Length',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net SIP/2.0', { 'Content-Length': '-999' }),
  },
  {
    name: 'scalar02',
    what: 'numbers beyond their range',
    outcome: 400,
    bytes: request('REGISTER sip:example.net SIP/2.0', {
      CSeq: '36893488147419103232 REGISTER',
      'Max-Forwards': '300',
    }),
  },
  {
    name: 'scalarlg',
    what: 'a response with numbers beyond their range',
    outcome: 'drop',
    bytes: lines(
      'SIP/2.0 503 Service Unavailable',
      'Via: SIP/2.0/UDP 192.0.2.129;branch=z9hG4bKzzxdiwo34sw',
      'CSeq: 9292394834772304023312 OPTIONS',
      'Call-ID: s',
      'From: <sip:a@b>',
      'To: <sip:c@d>',
      'Retry-After: 949302838503028349304023988',
      '',
    ),
  },
  {
    name: 'quotbal',
    what: 'a quote that never closes',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net SIP/2.0', { To: '"Mr. C <sip:callee@example.net>' }),
  },
  {
    name: 'ltgtruri',
    what: 'angle brackets around the Request-URI',
    outcome: 400,
    bytes: request('INVITE <sip:callee@example.net> SIP/2.0', {}),
  },
  {
    name: 'lwsruri',
    what: 'white space in the Request-URI',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net; lr SIP/2.0', {}),
  },
  {
    name: 'lwsstart',
    what: 'too much white space in the start line',
    outcome: 400,
    bytes: request('INVITE  sip:callee@example.net  SIP/2.0', {}),
  },
  {
    name: 'trws',
    what: 'white space behind the version',
    outcome: 400,
    bytes: request('OPTIONS sip:callee@example.net SIP/2.0  ', {}),
  },
  {
    name: 'escruri',
    what: 'escaped headers in the Request-URI',
    outcome: 'deliver',
    bytes: options({}, 'sip:callee@example.net?Route=%3Csip:example.com%3E'),
  },
  {
    name: 'baddate',
    what: 'a date in a time zone that does not count',
    outcome: 'deliver',
    bytes: options({ Date: 'Fri, 01 Jan 2010 16:00:00 EST' }),
  },
  {
    name: 'regbadct',
    what: 'a Contact without brackets and with a question mark',
    outcome: 'deliver',
    bytes: request('REGISTER sip:example.net SIP/2.0', { Contact: 'sip:callee@example.net?Route=%3Csip:x%3E' }),
  },
  {
    name: 'badaspec',
    what: 'white space in an address',
    outcome: 400,
    bytes: options({ To: '"A, B" sip:callee@example.net > ' }),
  },
  {
    name: 'baddn',
    what: 'a display name that should be quoted',
    outcome: 'deliver',
    bytes: options({ From: 'Bell, Alexander <sip:a.g.bell@example.org>;tag=43' }),
  },
  {
    name: 'badvers',
    what: 'another version',
    outcome: 505,
    bytes: request('OPTIONS sip:callee@example.net SIP/7.0', {}),
  },
  { name: 'mismatch01', what: 'a CSeq of another method', outcome: 400, bytes: options({ CSeq: '8 INVITE' }) },
  {
    name: 'mismatch02',
    what: 'a CSeq of another method for an unknown one',
    outcome: 400,
    bytes: request('NEWMETHOD sip:callee@example.net SIP/2.0', { CSeq: '8 INVITE' }),
  },
  {
    name: 'bigcode',
    what: 'a status beyond 699',
    outcome: 'drop',
    bytes: lines(
      'SIP/2.0 4294967301 better not break the receiver',
      'Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe',
      'Call-ID: b',
      'CSeq: 1 INVITE',
      'From: <sip:a@b>',
      'To: <sip:c@d>',
      '',
    ),
  },
  {
    name: 'badbranch',
    what: 'a branch that is only the cookie',
    outcome: 'deliver',
    bytes: options({ Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK' }),
  },
  {
    name: 'insuf',
    what: 'headers that are missing',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net SIP/2.0', { From: '', To: '', 'Call-ID': '' }),
  },
  {
    name: 'unkscm',
    what: 'a scheme that nobody knows',
    outcome: 416,
    bytes: options({}, 'nobodyKnowsThisScheme:totallyopaque'),
  },
  {
    name: 'novelsc',
    what: 'a scheme of another protocol',
    outcome: 416,
    bytes: options({}, 'soap.beep://192.0.2.103:3002'),
  },
  {
    name: 'unksm2',
    what: 'unknown schemes in headers',
    outcome: 'deliver',
    bytes: options({ To: '<isbn:2983792873>', From: '<http://www.example.com>;tag=32' }),
  },
  {
    name: 'invut',
    what: 'a body of an unknown kind',
    outcome: 'deliver',
    bytes: request(
      'INVITE sip:callee@example.net SIP/2.0',
      { 'Content-Type': 'application/unknownformat' },
      '<audio/>',
    ),
  },
  {
    name: 'regaut01',
    what: 'credentials of an unknown scheme',
    outcome: 'deliver',
    bytes: request('REGISTER sip:example.net SIP/2.0', { Authorization: 'NoOneKnowsThisScheme opaque-data=here' }),
  },
  {
    name: 'multi01',
    what: 'headers more than once that may stand once',
    outcome: 400,
    bytes: request('INVITE sip:callee@example.net SIP/2.0', {
      CSeq: ['5 INVITE', '59 INVITE'],
      'Call-ID': ['m1', 'm2'],
      From: ['<sip:a@b>;tag=1', '<sip:c@d>;tag=2'],
    }),
  },
  { name: 'mcl01', what: 'Content-Length twice', outcome: 400, bytes: options({ 'Content-Length': ['13', '5'] }) },
  {
    name: 'bcast',
    what: 'a response sent to the wrong place',
    outcome: 'drop',
    bytes: lines(
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923',
      'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23',
      'Call-ID: bcast',
      'CSeq: 35 INVITE',
      'From: <sip:a@b>;tag=1',
      'To: <sip:c@d>;tag=2',
      'Content-Length: 0',
      '',
    ),
  },
  {
    name: 'zeromf',
    what: 'Max-Forwards of nothing, which is enough for a server',
    outcome: 'deliver',
    bytes: options({ 'Max-Forwards': '0' }),
  },
  {
    name: 'cparam01',
    what: 'a Contact parameter',
    outcome: 'deliver',
    bytes: request('REGISTER sip:example.net SIP/2.0', { Contact: 'sip:+19725552222@gw1.example.net;unknownparam' }),
  },
  {
    name: 'cparam02',
    what: 'a URI parameter of a Contact',
    outcome: 'deliver',
    bytes: request('REGISTER sip:example.net SIP/2.0', { Contact: '<sip:+19725552222@gw1.example.net;unknownparam>' }),
  },
  {
    name: 'regescrt',
    what: 'an escaped header in a Contact',
    outcome: 'deliver',
    bytes: request('REGISTER sip:example.net SIP/2.0', { Contact: '<sip:callee@example.net?Route=%3Csip:x%3E>' }),
  },
  {
    name: 'sdp01',
    what: 'types that are not accepted',
    outcome: 'deliver',
    bytes: request('INVITE sip:callee@example.net SIP/2.0', { Accept: 'text/nobodyKnowsThis' }),
  },
  {
    name: 'inv2543',
    what: 'a client of RFC 2543',
    outcome: 'deliver',
    bytes: request('OPTIONS sip:callee@example.net SIP/2.0', {
      Via: 'SIP/2.0/UDP iftgw.example.com',
      From: '<sip:+13035551111@ift.client.example.net;user=phone>',
      'Max-Forwards': '',
    }),
  },
];
