import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { createSignalling } from '../../src/sip/drachtio-signalling.js';
import { createManualClock } from '../support/manual-clock.js';
import { availableSipServers, type RunningSipServer } from '../support/sip-servers.js';
import { talk } from './talk.js';
import { openWire, sdp, silentLog } from './wire.js';

/** Stands between us and the control port, so that the connection can be cut while the server lives. */
async function cuttable(port: number) {
  const sockets = new Set<Socket>();
  const listener = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [from, to].forEach((each) => each.destroy()));
    }
    from.pipe(to).pipe(from);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      listener.close();
    },
  };
}

const handlers = { onInvite: () => undefined, onRegister: () => undefined, onConnection: () => undefined };
const options = { domain: 'example.test', sessionTimers: { expiresMs: 0, minSeMs: 90_000 }, log: silentLog };

describe.each(availableSipServers())('the control connection to the $name server', (underTest) => {
  let server: RunningSipServer;

  beforeAll(async () => {
    server = await underTest.start();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('refuses to start with a wrong secret', async () => {
    const connection = { ...server.control, secret: 'wrong' };
    const signalling = createSignalling({ ...options, connection, clock: systemClock });
    await expect(signalling.start(handlers)).rejects.toMatchObject({ code: 'SIP_SERVER_REFUSED' });
    await signalling.stop();
  });

  it('names the listeners of the server', async () => {
    const wire = await openWire(server);
    const { host, port } = server.sip[0]!;
    expect(wire.signalling.localUris()).toContain(`sip:${host}:${port};transport=udp`);
    await wire.close();
  });

  it('ends all legs when it is cut, hangs up on the peers once it is back, and goes on', async () => {
    const line = await cuttable(server.control.port);
    const wire = await openWire({ ...server, control: { ...server.control, port: line.port } });
    const call = await talk(wire);
    const ringing = await wire.peer();
    const { events } = wire.dial({ uri: ringing.uri('ana'), sdpOffer: sdp() });
    const invite = await ringing.expectRequest('INVITE');
    ringing.send(ringing.responseTo(invite, 180));
    await events.of('progress');
    const waiting = await wire.peer();
    const inbound = waiting.request('INVITE', 'sip:900@127.0.0.1', {}, sdp());
    waiting.send(inbound);
    const waitingCall = await wire.calls.next();
    waitingCall.leg.progress(180);
    await waiting.response(180);

    line.cut();
    expect(await call.caller.events.of('ended')).toEqual({ type: 'ended', by: 'fault' });
    expect(await call.callee.events.of('ended')).toEqual({ type: 'ended', by: 'fault' });
    expect(await events.of('failed')).toEqual({ type: 'failed', status: 503 });
    await waitingCall.events.of('cancelled');
    expect(wire.signalling.counts()).toEqual({ dialogs: 0, pendingInvites: 0, timers: 0 });
    await vi.waitFor(() => expect(wire.connections).toEqual([false, true]), 30_000);
    if (!underTest.isEmbedded) {
      // drachtio-server keeps what the connection left behind.
      for (const { peer } of [call.caller, call.callee]) await peer.expectRequest('BYE');
      await ringing.expectRequest('CANCEL');
      await waiting.response(503);
    }
    await (await talk(wire)).end();
    await wire.close();
    line.close();
  });

  it('hangs up on everybody when it stops', async () => {
    const wire = await openWire(server);
    const { caller, callee } = await talk(wire);
    const stopped = wire.signalling.stop();
    for (const { peer } of [caller, callee]) peer.send(peer.responseTo(await peer.expectRequest('BYE'), 200));
    await stopped;
    expect(wire.signalling.counts()).toEqual({ dialogs: 0, pendingInvites: 0, timers: 0 });
    await wire.close();
  });
});

describe('without a SIP server', () => {
  it('says so after ten seconds', async () => {
    const clock = createManualClock();
    const connection = { host: '127.0.0.1', port: 1, secret: 'any' };
    const signalling = createSignalling({ ...options, connection, clock });
    const started = expect(signalling.start(handlers)).rejects.toMatchObject({ code: 'SIP_SERVER_UNREACHABLE' });
    const settled: true[] = [];
    void started.then(() => settled.push(true));
    // The refusals come from the operating system, in their own time.
    while (settled.length === 0) {
      await clock.turn(100);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await started;
  });
});
