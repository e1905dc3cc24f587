import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeG711, encodeG711, type CodecName } from '../../../src/embedded/media/g711.js';
import { parseRtp, writeRtpHeader, type RtpPacket } from '../../../src/embedded/media/rtp-packet.js';
import { eventOf, telephoneEventPayload } from '../../../src/embedded/media/telephone-event.js';
import { hasTone, isSilent, sine } from './tones.js';

const FRAME = 160;
const PATIENCE_MS = 30_000;
/** Sound that is looked at for a tone: 200 ms. */
const WINDOW = 1600;
const EVENTS = 101;
const PAYLOAD_TYPES: Readonly<Record<CodecName, number>> = { PCMU: 0, PCMA: 8 };

/** The RTP of a phone: sends a tone or silence every 20 ms and listens to what it gets. */
export class RtpPhone {
  /** Every packet that came. */
  readonly packets: (RtpPacket & { readonly at: number; readonly from: RemoteInfo })[] = [];
  readonly ssrc = Math.floor(Math.random() * 2 ** 32);
  private sequence = Math.floor(Math.random() * 2 ** 16);
  private timestamp = Math.floor(Math.random() * 2 ** 32);
  private phase = 0;
  private hz: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private dueAt = 0;
  private heard = new Int16Array(0);
  private readonly waiting = new Set<() => void>();
  private target: { host: string; port: number } | undefined;

  private constructor(
    private readonly socket: Socket,
    readonly codec: CodecName,
  ) {
    socket.on('message', (bytes, from) => this.receive(bytes, from));
  }

  static async open(codec: CodecName = 'PCMU'): Promise<RtpPhone> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpPhone(socket, codec);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** An offer or answer with this phone's codec and keys. */
  sdp(direction = 'sendrecv', changes: { codecs?: string; port?: number; host?: string } = {}): string {
    const { codecs = String(PAYLOAD_TYPES[this.codec]), port = this.port, host = '127.0.0.1' } = changes;
    return [
      'v=0',
      `o=phone ${String(this.ssrc)} ${String(++this.sdpVersion)} IN IP4 127.0.0.1`,
      's=-',
      `c=IN IP4 ${host}`,
      't=0 0',
      `m=audio ${String(port)} RTP/AVP ${codecs} ${String(EVENTS)}`,
      `a=rtpmap:${String(EVENTS)} telephone-event/8000`,
      `a=fmtp:${String(EVENTS)} 0-15`,
      'a=ptime:20',
      `a=${direction}`,
      '',
    ].join('\r\n');
  }
  private sdpVersion = 0;

  /** Sends there from now on: silence, until something else is asked for. */
  sendTo(sdp: string): void {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
    const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? '127.0.0.1';
    this.target = { host, port };
    if (this.timer !== undefined) return;
    this.dueAt = performance.now();
    const beat = (): void => {
      while (this.dueAt <= performance.now()) {
        this.dueAt += 20;
        this.sendSound();
      }
      this.timer = setTimeout(beat, Math.max(0, this.dueAt - performance.now()));
    };
    beat();
  }

  /** Sends this tone; undefined for silence. */
  tone(hz: number | undefined): void {
    this.hz = hz;
  }

  /** Sends nothing any more. */
  mute(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Presses a key: RTP events of 100 ms with three ends. */
  press(digit: string): void {
    const timestamp = this.timestamp;
    for (let packet = 1; packet <= 7; packet++) {
      const duration = Math.min(packet, 5) * FRAME;
      const payload = telephoneEventPayload({ event: eventOf(digit) ?? 0, end: packet >= 5, volume: 10, duration });
      this.sendPacket({ payloadType: EVENTS, marker: packet === 1, timestamp, payload });
    }
    // The time that the key would have taken.
    this.timestamp = (timestamp + 5 * FRAME) >>> 0;
  }

  /** Sends any bytes from this phone's port. */
  sendBytes(bytes: Buffer): void {
    if (this.target !== undefined) this.socket.send(bytes, this.target.port, this.target.host);
  }

  sendPacket(packet: { payloadType: number; marker: boolean; timestamp: number; payload: Buffer }): void {
    const bytes = Buffer.alloc(12 + packet.payload.length);
    writeRtpHeader(bytes, { ...packet, sequence: this.sequence++, ssrc: this.ssrc });
    packet.payload.copy(bytes, 12);
    this.sendBytes(bytes);
  }

  /** Waits until 200 ms of this tone have been heard without anything else (or with `among - 1` others). */
  hears(hz: number, among = 1): Promise<void> {
    return this.until(() => hasTone(hz, this.heard, among), `${String(hz)} Hz`);
  }

  /** Waits until 200 ms of silence have been heard. */
  hearsSilence(): Promise<void> {
    return this.until(() => isSilent(this.heard), 'silence');
  }

  /** Waits for a packet. */
  async gets(wanted: (packet: RtpPacket) => boolean, what: string): Promise<RtpPacket> {
    let found: RtpPacket | undefined;
    await this.until(() => (found = this.packets.find(wanted)) !== undefined, what, 0);
    return found!;
  }

  /** The keys that came as RTP events, each once. */
  get keys(): string {
    const ends = new Map<number, number>();
    for (const { payloadType, timestamp, payload } of this.packets)
      if (payloadType === EVENTS && payload.length >= 4) ends.set(timestamp, payload[0]!);
    return [...ends.values()].map((event) => '0123456789*#ABCD'[event] ?? '?').join('');
  }

  close(): Promise<void> {
    this.mute();
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  /** Waits until something is so; `fresh` samples that were heard before are forgotten first. */
  private until(isSo: () => boolean, what: string, window = WINDOW): Promise<void> {
    if (window > 0) this.heard = new Int16Array(0);
    const ready = (): boolean => this.heard.length >= window && isSo();
    if (ready()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!ready()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`waited in vain for ${what}; ${String(this.packets.length)} packets came`));
      }, PATIENCE_MS);
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(check);
      };
      this.waiting.add(check);
    });
  }

  private receive(bytes: Buffer, from: RemoteInfo): void {
    const packet = parseRtp(bytes);
    if (packet === undefined) return;
    this.packets.push({ ...packet, payload: Buffer.from(packet.payload), at: performance.now(), from });
    const codec = packet.payloadType === 0 ? 'PCMU' : packet.payloadType === 8 ? 'PCMA' : undefined;
    if (codec !== undefined) {
      const samples = new Int16Array(packet.payload.length);
      decodeG711(codec, packet.payload, samples);
      const joined = new Int16Array(this.heard.length + samples.length);
      joined.set(this.heard);
      joined.set(samples, this.heard.length);
      this.heard = joined.slice(-WINDOW);
    }
    for (const check of [...this.waiting]) check();
  }

  private sendSound(): void {
    const samples = this.hz === undefined ? new Int16Array(FRAME) : sine(this.hz, FRAME, this.phase);
    this.phase += FRAME;
    const payload = Buffer.alloc(FRAME);
    encodeG711(this.codec, samples, payload, 0);
    this.sendPacket({ payloadType: PAYLOAD_TYPES[this.codec], marker: false, timestamp: this.timestamp, payload });
    this.timestamp = (this.timestamp + FRAME) >>> 0;
  }
}
