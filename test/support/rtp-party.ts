/** One party's sound: sends a tone or silence in PCMU every 20 ms, and keeps what it hears. Loopback only. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fromMulaw, loudness, shareOf, toMulaw, toneSamples } from './sound.js';

const frame = 160;
const host = '127.0.0.1';

export class RtpParty {
  readonly #socket: Socket;
  readonly #ticks: NodeJS.Timeout;
  readonly #ssrc = Math.floor(Math.random() * 0xffffffff);
  #heard: { readonly atMs: number; readonly samples: readonly number[] }[] = [];
  #target: number | undefined;
  #hz: number | undefined;
  #sequence = 100;
  #timestamp = 0;
  #startMs = Date.now();
  #sent = 0;
  #digits: string[] = [];
  #digitPackets = 0;
  packets = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (packet) => this.#onPacket(packet));
    socket.on('error', () => undefined);
    this.#ticks = setInterval(() => this.#tick(), 10);
  }

  static async open(): Promise<RtpParty> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new RtpParty(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** An offer or an answer. */
  sdp(direction = 'sendrecv'): string {
    return [
      'v=0',
      `o=phone 1 1 IN IP4 ${host}`,
      's=-',
      `c=IN IP4 ${host}`,
      't=0 0',
      `m=audio ${String(this.port)} RTP/AVP 0 101`,
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      `a=${direction}`,
      '',
    ].join('\r\n');
  }

  /** Sends to where the other side's SDP says. */
  talkTo(sdp: string): void {
    this.#target = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
  }

  /** A tone from now on, or silence. */
  say(hz: number | undefined): void {
    this.#hz = hz;
  }

  press(digits: string): void {
    this.#digits.push(...digits.split(''));
  }

  forget(): void {
    this.#heard = [];
  }

  /** What came in the last so many milliseconds. */
  last(ms: number): number[] {
    const fromMs = Date.now() - ms;
    return this.#heard.filter(({ atMs }) => atMs >= fromMs).flatMap(({ samples }) => samples);
  }

  /** Resolves when a quarter of a second of this tone, and hardly anything else, has been heard. */
  async hears(hz: number, limitMs = 30_000): Promise<void> {
    await this.#until(`hears ${String(hz)} Hz`, limitMs, () => {
      const samples = this.last(250);
      return samples.length >= 9 * frame && shareOf(hz, samples) > 0.8;
    });
  }

  /** Resolves when several tones are heard at once, each with a fair share. */
  async hearsAll(tones: readonly number[], limitMs = 30_000): Promise<void> {
    await this.#until(`hears ${tones.join(', ')} Hz`, limitMs, () => {
      const samples = this.last(250);
      return samples.length >= 9 * frame && tones.every((hz) => shareOf(hz, samples) > 0.5 / tones.length);
    });
  }

  /** Resolves when a quarter of a second has passed with nothing, or silence. */
  async hearsNothing(limitMs = 30_000): Promise<void> {
    const fromMs = Date.now();
    await this.#until('hears nothing', limitMs, () => Date.now() - fromMs > 250 && loudness(this.last(250)) < 60);
  }

  close(): void {
    clearInterval(this.#ticks);
    this.#socket.close();
  }

  async #until(what: string, limitMs: number, holds: () => boolean): Promise<void> {
    const untilMs = Date.now() + limitMs;
    while (!holds()) {
      if (Date.now() > untilMs) {
        const samples = this.last(250);
        const tones = [300, 400, 440, 500, 600, 700, 800, 1000, 1200].map((hz) => [
          hz,
          shareOf(hz, samples).toFixed(2),
        ]);
        const heard = { samples: samples.length, loudness: Math.round(loudness(samples)), tones: tones.join(' ') };
        throw new Error(`never ${what}: ${JSON.stringify(heard)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #onPacket(packet: Buffer): void {
    if (packet.length <= 12 || (packet[1]! & 0x7f) !== 0) return;
    this.packets += 1;
    this.#heard.push({ atMs: Date.now(), samples: Array.from(packet.subarray(12), fromMulaw) });
    if (this.#heard.length > 500) this.#heard.shift();
  }

  /** Keeps to the clock: as many packets as should have gone by now. */
  #tick(): void {
    const due = Math.floor((Date.now() - this.#startMs) / 20);
    for (; this.#sent < due; this.#sent += 1) this.#sendFrame();
  }

  #sendFrame(): void {
    const target = this.#target;
    this.#timestamp += frame;
    if (target === undefined) return;
    const event = this.#eventPayload();
    if (event !== undefined) return this.#send(target, 101, event.payload, event.timestamp);
    const samples =
      this.#hz === undefined ? new Array<number>(frame).fill(0) : toneSamples(this.#hz, frame, this.#timestamp);
    this.#send(target, 0, Buffer.from(samples.map(toMulaw)), this.#timestamp);
  }

  /** RFC 4733 §2.5: a key for 100 ms, its last packet three times, then a pause. */
  #eventPayload(): { payload: Buffer; timestamp: number } | undefined {
    const digit = this.#digits[0];
    if (digit === undefined) return undefined;
    const step = (this.#digitPackets += 1);
    if (step > 8) {
      if (step > 12) {
        this.#digits.shift();
        this.#digitPackets = 0;
      }
      return undefined;
    }
    const code = '0123456789*#ABCD'.indexOf(digit);
    const duration = Math.min(step, 5) * frame;
    const payload = Buffer.from([code, step > 5 ? 0x8a : 0x0a, duration >> 8, duration & 0xff]);
    return { payload, timestamp: this.#timestamp - step * frame };
  }

  #send(port: number, type: number, payload: Buffer, timestamp: number): void {
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = type;
    header.writeUInt16BE((this.#sequence = (this.#sequence + 1) & 0xffff), 2);
    header.writeUInt32BE(timestamp >>> 0, 4);
    header.writeUInt32BE(this.#ssrc, 8);
    this.#socket.send(Buffer.concat([header, payload]), port, host);
  }
}
