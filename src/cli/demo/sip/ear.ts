/** Where a phone hears and speaks: an RTP port that counts what arrives (RFC 3550) and sends G.711 silence. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import type { Peer } from './udp-socket.js';

export interface Ear {
  readonly port: number;
  /** Packets so far. */
  heard(): number;
  /** From now on; `undefined` falls silent. */
  speakTo(peer: Peer | undefined): void;
  close(): void;
}

/** Ears that are open already, so that a call need not wait for one. */
export interface EarPool {
  /** @returns `undefined` when more calls came at once than there are ears */
  take(): Ear | undefined;
  close(): void;
}

const PACKET_MS = 20;
const SAMPLES = 160;
const HEADER_BYTES = 12;
const MU_LAW_SILENCE = 0xff;

/** @param spare how many are kept ready */
export async function openEars(host: string, spare: number): Promise<EarPool> {
  let isOpen = true;
  const ready = new Set<Ear>();
  const add = async (): Promise<void> => {
    const ear = await openEar(host);
    if (isOpen) ready.add(ear);
    else ear.close();
  };
  await Promise.all(Array.from({ length: spare }, add));
  return {
    take() {
      const [ear] = ready;
      if (ear === undefined) return undefined;
      ready.delete(ear);
      void add();
      return ear;
    },
    close() {
      isOpen = false;
      for (const ear of ready) ear.close();
      ready.clear();
    },
  };
}

async function openEar(host: string): Promise<Ear> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let heard = 0;
  socket.on('message', (packet) => {
    if (packet.length > HEADER_BYTES && packet.readUInt8(0) >> 6 === 2) heard += 1;
  });
  // Who has hung up is told by silence.
  socket.on('error', () => undefined);
  socket.bind(0, host);
  await once(socket, 'listening');
  const voice = createVoice(socket);
  let isOpen = true;
  return {
    port: socket.address().port,
    heard: () => heard,
    speakTo: (peer) => voice.speakTo(isOpen ? peer : undefined),
    close() {
      if (!isOpen) return;
      isOpen = false;
      voice.speakTo(undefined);
      socket.close();
    },
  };
}

function createVoice(socket: Socket) {
  const packet = Buffer.alloc(HEADER_BYTES + SAMPLES, MU_LAW_SILENCE);
  packet.fill(0, 0, HEADER_BYTES).writeUInt8(0x80, 0);
  packet.writeUInt32BE(Math.floor(Math.random() * 0xffffffff), 8);
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    speakTo(peer: Peer | undefined): void {
      clearInterval(timer);
      if (peer === undefined) return;
      timer = setInterval(() => {
        packet.writeUInt16BE(sent % 0x10000, 2);
        packet.writeUInt32BE((sent * SAMPLES) % 0x100000000, 4);
        sent += 1;
        socket.send(packet, peer.port, peer.host);
      }, PACKET_MS);
    },
  };
}
