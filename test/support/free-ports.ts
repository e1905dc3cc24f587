import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Below the kernel's own choices (net.ipv4.ip_local_port_range) and the RTP ports of media servers, so that nobody takes them. */
const lowestPort = 10_000;
const highestPort = 16_384;

/** Ports that go with one: SIPp takes RTP and RTCP beside its media port, for audio and for video. */
const blockSize = 4;

/**
 * A port that is free for UDP and TCP on `host`, with the three that follow it for UDP; never given twice while this process lives,
 * nor to another that asks here.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const port = lowestPort + blockSize * Math.floor((Math.random() * (highestPort - lowestPort)) / blockSize);
    // Whoever listens there has the block.
    const lock = await listener(port + blockSize - 1, host);
    if (lock === undefined) continue;
    const udpFree = await Promise.all(Array.from({ length: blockSize }, (_, offset) => udpIsFree(port + offset, host)));
    if (udpFree.every(Boolean) && (await tcpIsFree(port, host))) return port;
    lock.close();
  }
  throw new Error(`no free port between ${lowestPort} and ${highestPort} on ${host}`);
}

/** Listens for TCP, and keeps nobody from ending; undefined where somebody else does. */
export function listener(port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => resolve(server));
  });
}

function udpIsFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}

async function tcpIsFree(port: number, host: string): Promise<boolean> {
  const server = await listener(port, host);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Resolves once some process has bound the port; the kernel has no event for it, so its table is read. */
export async function portBound(transport: 'udp' | 'tcp', port: number, withinMs: number): Promise<boolean> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const bound = readFileSync(`/proc/net/${transport}`, 'utf8')
      .split('\n')
      .slice(1)
      .some((line) => line.slice(0, line.indexOf(':') + 24).includes(wanted));
    if (bound) return true;
    await delay(4);
  }
  return false;
}
