/** A SIP server of its own that says, at the connection, that it listens beyond this machine. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { parseSite } from '../../src/config/parse-site.js';
import { startSwitchboard } from '../../src/main.js';
import { availableSipServers } from '../support/sip-servers.js';
import { agents, siteYaml } from './site.js';

const ELSEWHERE = '192.0.2.1';

/** As long as `127.0.0.1`, so that the frames of the control protocol keep their lengths. */
async function relocated(port: number): Promise<number> {
  const sockets = new Set<Socket>();
  const listener = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const socket of [from, to]) sockets.add(socket.on('error', () => socket.destroy()));
    from.pipe(to);
    to.on('data', (data: Buffer) => from.write(data.toString('latin1').replaceAll('127.0.0.1', ELSEWHERE), 'latin1'));
    from.on('close', () => to.destroy());
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return (listener.address() as AddressInfo).port;
}

it.each(availableSipServers())(
  'does not start on a $name server that others reach with example secrets',
  async (sip) => {
    const server = await sip.start();
    onTestFinished(() => server.stop());
    const parsed = parseSite([{ name: 'site.yaml', text: siteYaml({ agents: agents('ana') }) }], {});
    if (!parsed.ok) throw new Error('the site is wrong');
    const control = { ...server.control, port: await relocated(server.control.port) };
    const config = {
      ...parsed.config,
      sip: { ...parsed.config.sip, server: { kind: 'drachtio' as const, ...control } },
    };
    const exampleSecrets = ['config/agents.yaml:20'];
    const log = pino({ level: 'silent' });
    await expect(startSwitchboard({ config, exampleSecrets, log })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/192\.0\.2\.1.*config\/agents\.yaml:20/) as string,
    });
    const switchboard = await startSwitchboard({ config, exampleSecrets: [], log });
    await switchboard.stop({ graceMs: 0 });
  },
);
