import type { AppChannel } from './application.js';

/** Events without the variables: there are too many of them, and DTMF is one. */
const WITHOUT_VARIABLES = new Set(['DTMF', 'CHANNEL_STATE', 'CHANNEL_CALLSTATE']);

/** The headers that every event of a channel has (switch_channel_event_set_data). */
export function channelHeaders(channel: AppChannel, eventName: string): [string, string][] {
  const { uuid, name, caller, callerName, destination } = channel.identity;
  const state = channel.isUp ? (channel.partner === undefined ? 'CS_EXECUTE' : 'CS_EXCHANGE_MEDIA') : 'CS_HANGUP';
  const headers: [string, string][] = [
    ['Channel-State', state],
    ['Channel-Call-State', !channel.isUp ? 'HANGUP' : !channel.isAnswered ? 'RINGING' : 'ACTIVE'],
    ['Channel-Name', name],
    ['Unique-ID', uuid],
    ['Call-Direction', 'inbound'],
    ['Presence-Call-Direction', 'inbound'],
    ['Channel-HIT-Dialplan', 'true'],
    ['Channel-Call-UUID', uuid],
    ['Answer-State', !channel.isUp ? 'hangup' : !channel.isAnswered ? 'ringing' : 'answered'],
  ];
  const codec = channel.rtp.agreed?.codec;
  for (const way of codec === undefined ? [] : ['Read', 'Write']) {
    headers.push([`Channel-${way}-Codec-Name`, codec ?? ''], [`Channel-${way}-Codec-Rate`, '8000']);
    headers.push([`Channel-${way}-Codec-Bit-Rate`, '64000']);
  }
  headers.push(
    ['Caller-Direction', 'inbound'],
    ['Caller-Caller-ID-Name', callerName],
    ['Caller-Caller-ID-Number', caller],
    ['Caller-Destination-Number', destination],
    ['Caller-Unique-ID', uuid],
    ['Caller-Source', 'mod_sofia'],
    ['Caller-Channel-Name', name],
  );
  const { partner } = channel;
  if (partner !== undefined) {
    headers.push(['Other-Leg-Unique-ID', partner.identity.uuid], ['Other-Leg-Channel-Name', partner.identity.name]);
  }
  if (WITHOUT_VARIABLES.has(eventName)) return headers;
  for (const [variable, value] of channel.variables) headers.push([`variable_${variable}`, value]);
  return headers;
}
