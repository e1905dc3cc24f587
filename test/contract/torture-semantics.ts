/** Tricks that are right by the grammar and wrong, or odd, by what they mean: RFC 4475 from section 3.1.2.16 on. */

import { lines, options, request, type TortureMessage } from './torture-message.js';

export const SEMANTIC_TORTURE: readonly TortureMessage[] = [
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
