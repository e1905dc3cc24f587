import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';

const HEADER = 12;
const FRAME_MS = 20;
/** Turns of the sending clock in 20 ms: phones are not in step with each other. */
const SLOTS = 10;

/** What came to one leg: for each packet how long it was under way, or when it came beside when it was due. */
export interface Arrivals {
  packets: number;
  /** Milliseconds; only their differences mean anything. */
  readonly transitMs: number[];
}

/** One party's RTP. */
export class Leg {
  readonly arrivals: Arrivals = { packets: 0, transitMs: [] };
  isMeasuring = false;
  sent = 0;
  private readonly out = Buffer.alloc(HEADER + 160, 0xff);
  private sequence = 0;
  private timestamp = 0;
  private target = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly measures: 'delay' | 'spacing',
  ) {
    this.out[0] = 0x80;
    this.out[1] = 0;
    this.out.writeUInt32BE(socket.address().port, 8);
    socket.on('message', (bytes) => this.receive(bytes));
  }

  /** `delay`: packets carry their time of sending. `spacing`: they are held against their RTP timestamps. */
  static async open(measures: 'delay' | 'spacing'): Promise<Leg> {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: 1 << 20,
      lookup: (address, _options, done) => done(null, address, 4),
    });
    // The look-up above answers at once, and so does bind.
    const bound = once(socket, 'listening');
    socket.bind(0, '127.0.0.1');
    await bound;
    return new Leg(socket, measures);
  }

  get port(): number {
    return this.socket.address().port;
  }

  sdp(): string {
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${this.port} RTP/AVP 0\r\na=ptime:20\r\n`;
  }

  sendTo(port: number): void {
    this.target = port;
  }

  /** Sends 20 ms of sound, and in it the time. */
  send(): void {
    if (this.target === 0) return;
    this.out.writeUInt16BE((this.sequence = (this.sequence + 1) & 0xffff), 2);
    this.out.writeUInt32BE((this.timestamp = (this.timestamp + 160) >>> 0), 4);
    this.out.writeDoubleBE(performance.now(), HEADER);
    if (this.isMeasuring) this.sent++;
    this.socket.send(this.out, this.target, '127.0.0.1');
  }

  close(): void {
    this.socket.close();
  }

  private receive(bytes: Buffer): void {
    if (!this.isMeasuring || bytes.length !== HEADER + 160) return;
    const now = performance.now();
    this.arrivals.packets++;
    const due = this.measures === 'delay' ? bytes.readDoubleBE(HEADER) : bytes.readUInt32BE(4) / 8;
    this.arrivals.transitMs.push(now - due);
  }
}

/** Lets all legs send, each in its own part of the 20 ms. Answers how to stop. */
export function sendSteadily(legs: readonly Leg[]): () => void {
  const slots = Array.from({ length: SLOTS }, (_, slot) => legs.filter((_leg, index) => index % SLOTS === slot));
  let turn = 0;
  let dueAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    const now = performance.now();
    for (; dueAt <= now; dueAt += FRAME_MS / SLOTS) for (const leg of slots[turn++ % SLOTS] ?? []) leg.send();
    timer = setTimeout(run, Math.max(0, dueAt - performance.now()));
  };
  run();
  return () => clearTimeout(timer);
}

export interface Timing {
  readonly streams: number;
  readonly packets: number;
  /** Of those expected at 50 a second. */
  readonly lostPercent: number;
  /** Only where packets carry their time. */
  readonly delayP50Ms: number | undefined;
  /** How far packets are from their stream's median, to either side. */
  readonly jitterP50Ms: number;
  readonly jitterP99Ms: number;
  readonly jitterMaxMs: number;
}

/** Sums up what came to these legs in `seconds`. */
export function timingOf(legs: readonly Leg[], measures: 'delay' | 'spacing', seconds: number): Timing {
  const deviations: number[] = [];
  const delays: number[] = [];
  let packets = 0;
  for (const { arrivals } of legs) {
    packets += arrivals.packets;
    const middle = quantile(
      [...arrivals.transitMs].sort((a, b) => a - b),
      0.5,
    );
    for (const transit of arrivals.transitMs) {
      deviations.push(Math.abs(transit - middle));
      if (measures === 'delay') delays.push(transit);
    }
  }
  deviations.sort((a, b) => a - b);
  delays.sort((a, b) => a - b);
  return {
    streams: legs.length,
    packets,
    lostPercent: 100 * Math.max(0, 1 - packets / (legs.length * seconds * 50)),
    delayP50Ms: measures === 'delay' ? quantile(delays, 0.5) : undefined,
    jitterP50Ms: quantile(deviations, 0.5),
    jitterP99Ms: quantile(deviations, 0.99),
    jitterMaxMs: deviations[deviations.length - 1] ?? NaN,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
