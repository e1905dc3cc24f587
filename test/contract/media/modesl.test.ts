import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld } from './media-world.js';

interface ModeslEvent {
  getHeader(name: string): string | null;
  getBody(): string;
}

interface ModeslConnection {
  on(event: string, listener: (event: ModeslEvent) => void): void;
  events(format: string, names: string | string[], done: () => void): void;
  api(command: string, args: string, done: (event: ModeslEvent) => void): void;
  bgapi(command: string, args: string, done: (event: ModeslEvent) => void): void;
  execute(app: string, arg: string, uuid: string, done: (event: ModeslEvent) => void): string;
  disconnect(): void;
}

const { Connection } = createRequire(import.meta.url)('modesl') as {
  Connection: new (host: string, port: number, password: string, ready: () => void) => ModeslConnection;
};

describe.each(availableMediaServers())('modesl with the $name media server', (server) => {
  const world = new MediaWorld(server);

  async function connect(): Promise<ModeslConnection> {
    const { host, port, password } = world.running.esl;
    const connection = await new Promise<ModeslConnection>((resolve) => {
      const opened: ModeslConnection = new Connection(host, port, password, () => resolve(opened));
    });
    // The server may be gone before the connection has said goodbye.
    connection.on('error', () => undefined);
    world.keep({ close: () => connection.disconnect() });
    return connection;
  }

  it('runs commands at once and as jobs', async () => {
    const connection = await connect();
    const body = (run: (done: (event: ModeslEvent) => void) => void): Promise<string> =>
      new Promise((resolve) => run((event) => resolve(event.getBody())));
    expect(await body((done) => connection.api('uuid_exists', 'nobody', done))).toBe('false');
    expect(await body((done) => connection.bgapi('uuid_exists', 'nobody', done))).toBe('false');
  });

  it('executes applications and is told their end and keys', async () => {
    const connection = await connect();
    await new Promise<void>((resolve) => connection.events('json', ['DTMF', 'CHANNEL_HANGUP'], resolve));
    const call = await world.call();
    const key = new Promise<string | null>((resolve) =>
      connection.on(`esl::event::DTMF::${call.uuid}`, (event) => resolve(event.getHeader('DTMF-Digit'))),
    );
    const end = new Promise<ModeslEvent>((resolve) => {
      connection.execute('playback', 'tone_stream://%(300,0,440)', call.uuid, resolve);
    });
    await call.rtp.hears(440);
    call.rtp.press('9');
    expect(await key).toBe('9');
    expect((await end).getHeader('Application-Response')).toBe('FILE PLAYED');
  });
});
