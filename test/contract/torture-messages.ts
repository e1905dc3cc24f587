/**
 * Messages that try a parser in each of the ways that RFC 4475 lists, one for each of its sections that concerns a server which is
 * no proxy. They are our own words for the same tricks; the names in front are the RFC's, to find the section by.
 */

import { lines, options, request, type TortureMessage } from './torture-message.js';
import { SEMANTIC_TORTURE } from './torture-semantics.js';

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
  ...SEMANTIC_TORTURE,
];
