import type { SipRequest } from '../sip/message.js';
import { parseNameAddr } from '../sip/name-addr.js';
import { parseUri } from '../sip/uri.js';
import { Channel, type ChannelHost } from './channel.js';
import type { MediaClock, ClockHost } from './media-clock.js';
import { RtpParty, type RtpAgreement } from './rtp-party.js';
import type { RtpPorts, RtpSocket } from './rtp-ports.js';
import { agreementWith, answerSdp, offerSdp, parseSdp, type LocalAddress } from './sdp.js';
import { sdpOf, type SipCall, type SipCallUser } from './sip-call.js';

export interface CallsOptions {
  readonly ports: RtpPorts;
  /** The address in our session descriptions. */
  readonly rtpHost: string;
  readonly clock: MediaClock;
  readonly clockHost: ClockHost;
  readonly maxCalls: number;
  readonly channelHost: Omit<ChannelHost, 'destroyed'>;
}

/** What every call runs when it has come: the dialplan of the configuration for FreeSWITCH. */
const DIALPLAN = [
  { app: 'set', data: 'playback_terminators=none' },
  { app: 'set', data: 'park_after_bridge=true' },
  { app: 'set', data: 'hangup_after_bridge=false' },
  { app: 'answer', data: '' },
  { app: 'park', data: '' },
];

/** Takes calls and holds their channels. */
export interface Calls {
  readonly invited: (call: SipCall) => void;
  channel(uuid: string): Channel | undefined;
  all(): Iterable<Channel>;
  /** Calls since the start. */
  readonly total: number;
  readonly isPaused: boolean;
  /** New calls are refused with 503 while paused. */
  pause(isPaused: boolean): void;
  close(): void;
}

/** Creates the calls of one server. */
export function createCalls(options: CallsOptions): Calls {
  const channels = new Map<string, Channel>();
  const leaveClock = new Map<Channel, () => void>();
  let isPaused = false;
  let total = 0;
  const channelHost: ChannelHost = {
    ...options.channelHost,
    destroyed: (channel) => {
      channels.delete(channel.uuid);
      leaveClock.get(channel)?.();
      leaveClock.delete(channel);
    },
  };
  const take = async (call: SipCall): Promise<void> => {
    if (isPaused || channels.size >= options.maxCalls) {
      call.refuse(503, 'Maximum Calls In Progress');
      return;
    }
    const way = await prepare(call, options.ports);
    if (way === undefined) return;
    total++;
    const channel = createChannel(call, way.socket, options, channelHost);
    channels.set(channel.uuid, channel);
    leaveClock.set(
      channel,
      options.clock.join(() => channel.tick()),
    );
    connect({ call, channel, rtpHost: options.rtpHost, offered: way.offered });
  };
  return {
    invited: (call) => {
      void take(call);
    },
    channel: (uuid) => channels.get(uuid),
    all: () => channels.values(),
    get total() {
      return total;
    },
    get isPaused() {
      return isPaused;
    },
    pause: (paused) => {
      isPaused = paused;
    },
    close: () => {
      for (const channel of [...channels.values()]) channel.hangUp('MANAGER_REQUEST');
    },
  };
}

/** Reads the offer and takes a port. Undefined when the call had to be refused, or is over already. */
async function prepare(
  call: SipCall,
  ports: RtpPorts,
): Promise<{ readonly offered: string | undefined; readonly socket: RtpSocket } | undefined> {
  const offered = sdpOf(call.invite.request);
  const remote = offered === undefined ? undefined : parseSdp(offered);
  if (offered !== undefined && (remote === undefined || agreementWith(remote) === undefined)) {
    call.refuse(488);
    return undefined;
  }
  const socket = await ports.open();
  if (socket === undefined) call.refuse(503, 'No RTP Port');
  else if (call.isOver) socket.close();
  else return { offered, socket };
  return undefined;
}

function createChannel(call: SipCall, socket: RtpSocket, options: CallsOptions, host: ChannelHost): Channel {
  const { request } = call.invite;
  const from = parseNameAddr(request.get('from') ?? '');
  const caller = parseUri(from?.uri ?? '')?.user ?? '0000000000';
  const channel: Channel = new Channel({
    identity: {
      uuid: call.dialog.callId,
      name: `sofia/internal/${(from?.uri ?? '').replace(/^sips?:/, '').replace(/;.*$/, '')}`,
      caller,
      callerName: from?.displayName ?? caller,
      destination: parseUri(request.uri)?.user ?? '',
    },
    host,
    rtp: new RtpParty({ socket, clock: options.clockHost, pressed: (key) => channel.pressed(key) }),
    variables: variablesOf(request, call, socket, options.rtpHost),
    hangUp: (reason) => call.hangUp(reason),
  });
  return channel;
}

/** The variables that the SIP module of FreeSWITCH sets, as far as they are of use here. */
function variablesOf(request: SipRequest, call: SipCall, socket: RtpSocket, rtpHost: string): Map<string, string> {
  const { callId, flow } = call.dialog;
  const variables = new Map([
    ['direction', 'inbound'],
    ['uuid', callId],
    ['call_uuid', callId],
    ['sip_call_id', callId],
    ['sip_network_ip', flow.remoteHost],
    ['sip_network_port', String(flow.remotePort)],
    ['sip_req_uri', request.uri.replace(/^sips?:/, '')],
    ['sip_req_user', parseUri(request.uri)?.user ?? ''],
    ['local_media_ip', rtpHost],
    ['local_media_port', String(socket.port)],
  ]);
  for (const [name, value] of request.headers()) if (/^X-/i.test(name)) variables.set(`sip_h_${name}`, value);
  return variables;
}

interface Connection {
  readonly call: SipCall;
  readonly channel: Channel;
  readonly rtpHost: string;
  readonly offered: string | undefined;
}

/** Lets offers and answers reach the channel, and starts its dialplan when both sides have agreed. */
function connect({ call, channel, rtpHost, offered }: Connection): void {
  let version = Math.floor(Date.now() / 1000);
  const sessionId = version;
  let lastSdp = '';
  const local = (): LocalAddress => ({ host: rtpHost, port: channel.rtp.port, sessionId, version });
  /** Writes a description; one that has changed counts one up (RFC 3264 §8). */
  const describe = (write: (address: LocalAddress) => string): string => {
    if (lastSdp !== '' && write(local()) !== lastSdp) version++;
    lastSdp = write(local());
    return lastSdp;
  };
  const agree = (sdp: string): string | undefined => {
    const remote = parseSdp(sdp);
    const agreement = remote === undefined ? undefined : agreementWith(remote);
    if (remote === undefined || agreement === undefined) return undefined;
    settle(channel, agreement);
    return describe((address) => answerSdp(address, remote, agreement));
  };
  const start = (): void => {
    if (channel.isAnswered) return;
    channel.isAnswered = true;
    channel.tell('CHANNEL_ANSWER');
    channel.run(DIALPLAN);
  };
  const user: SipCallUser = {
    offered: (sdp) => {
      const answer = agree(sdp);
      return answer === undefined ? { refusedWith: 488 } : { sdp: answer };
    },
    offer: () => describe(offerSdp),
    answered: (sdp) => {
      if (sdp === undefined || agree(sdp) === undefined) channel.hangUp('MANDATORY_IE_MISSING');
      else start();
    },
    pressed: (key) => channel.pressed(key),
    ended: (why) => channel.ended(why === 'bye' ? 'NORMAL_CLEARING' : 'RECOVERY_ON_TIMER_EXPIRE'),
  };
  channel.tell('CHANNEL_CREATE');
  const answer = offered === undefined ? undefined : agree(offered);
  call.accept(answer ?? describe(offerSdp), answer === undefined, user);
  if (answer !== undefined) start();
}

function settle(channel: Channel, agreement: RtpAgreement): void {
  channel.rtp.agree(agreement);
  channel.variables.set('read_codec', agreement.codec);
  channel.variables.set('write_codec', agreement.codec);
  channel.variables.set('rtp_use_codec_name', agreement.codec);
  if (agreement.remote === undefined) return;
  channel.variables.set('remote_media_ip', agreement.remote.host);
  channel.variables.set('remote_media_port', String(agreement.remote.port));
}
