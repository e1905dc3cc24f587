import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { CodecName } from '../../../src/embedded/media/g711.js';
import type { SipRequest, SipResponse } from '../../../src/embedded/sip/message.js';
import { UdpPeer } from '../../support/sip-peer.js';
import { EslClient } from './esl-client.js';
import type { MediaServerUnderTest, MediaStartOptions, StoppableMediaServer } from './media-servers.js';
import { RtpPhone } from './rtp-phone.js';

/** A phone in a call with the media server. */
export interface PhoneCall {
  readonly uuid: string;
  readonly sip: UdpPeer;
  readonly rtp: RtpPhone;
  readonly invite: SipRequest;
  readonly ok: SipResponse;
  /** The media server's description. */
  readonly sdp: string;
  /** Sends a re-INVITE with this description (none: the server offers) and acknowledges the answer. */
  reinvite(sdp: string | undefined, answer?: string): Promise<string>;
  hangUp(): Promise<void>;
}

export interface CallOptions {
  readonly codec?: CodecName;
  readonly sdp?: (phone: RtpPhone) => string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One media server for a file of tests; what a test opens is closed behind it. */
export class MediaWorld {
  running!: StoppableMediaServer;
  esl!: EslClient;
  folder!: string;
  private opened: { close(): unknown }[] = [];
  private live: PhoneCall[] = [];

  constructor(
    readonly server: MediaServerUnderTest,
    options: MediaStartOptions = {},
  ) {
    beforeAll(async () => {
      this.running = await server.start(options);
      this.folder = await mkdtemp(join(tmpdir(), 'switchboard-media-'));
      this.esl = await EslClient.signedIn(this.running.esl);
      await this.esl.command('event plain ALL');
    });
    afterEach(async () => {
      for (const call of this.live.splice(0)) await this.esl.api(`uuid_kill ${call.uuid}`);
      for (const each of this.opened.splice(0)) await each.close();
      this.esl.events.length = 0;
    });
    afterAll(async () => {
      this.esl.close();
      await this.running.stop();
      await rm(this.folder, { recursive: true, force: true });
    });
  }

  get target(): string {
    return `sip:park@${this.running.sip.host}:${String(this.running.sip.port)}`;
  }

  async peer(): Promise<UdpPeer> {
    return this.keep(await UdpPeer.open(this.running.sip));
  }

  /** A phone calls and is parked. */
  async call(options: CallOptions = {}): Promise<PhoneCall> {
    const sip = await this.peer();
    const rtp = this.keep(await RtpPhone.open(options.codec));
    const sdp = options.sdp?.(rtp) ?? rtp.sdp();
    const invite = sip.request('INVITE', this.target, options.headers, sdp);
    sip.send(invite);
    const ok = await sip.response(200, invite);
    sip.send(sip.ackOf(invite, ok));
    return this.parked({ sip, rtp, invite, ok, sdp: ok.body.toString() });
  }

  /** A phone calls without a description and answers the server's offer in its ACK. */
  async lateCall(answer: (phone: RtpPhone) => string): Promise<PhoneCall> {
    const sip = await this.peer();
    const rtp = this.keep(await RtpPhone.open());
    const invite = sip.request('INVITE', this.target);
    sip.send(invite);
    const ok = await sip.response(200, invite);
    const ack = sip.ackOf(invite, ok);
    ack.add('Content-Type', 'application/sdp');
    ack.body = Buffer.from(answer(rtp));
    sip.send(ack);
    return this.parked({ sip, rtp, invite, ok, sdp: ok.body.toString() });
  }

  keep<T extends { close(): unknown }>(each: T): T {
    this.opened.push(each);
    return each;
  }

  private async parked(parts: Pick<PhoneCall, 'sip' | 'rtp' | 'invite' | 'ok' | 'sdp'>): Promise<PhoneCall> {
    const { sip, rtp, invite, ok } = parts;
    const uuid = invite.get('call-id') ?? '';
    let seq = 1;
    const call: PhoneCall = {
      ...parts,
      uuid,
      reinvite: async (sdp, answer) => {
        const request = sip.inDialog('INVITE', invite, ok, ++seq, sdp ?? '');
        sip.send(request);
        const response = await sip.response(200, request);
        const ack = sip.ackOf(request, response);
        if (answer !== undefined) {
          ack.add('Content-Type', 'application/sdp');
          ack.body = Buffer.from(answer);
        }
        sip.send(ack);
        return response.body.toString();
      },
      hangUp: async () => {
        const bye = sip.inDialog('BYE', invite, ok, ++seq);
        sip.send(bye);
        await sip.response(200, bye);
      },
    };
    this.live.push(call);
    rtp.sendTo(parts.sdp);
    await this.esl.event('CHANNEL_PARK', { 'Unique-ID': uuid });
    return call;
  }
}
