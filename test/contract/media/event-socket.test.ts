import { describe, expect, it, vi } from 'vitest';
import { EslClient } from './esl-client.js';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld } from './media-world.js';

const NOT_SUPPORTED = '-ERR command not supported by the embedded media server';

describe.each(availableMediaServers())('the event socket of the $name media server', (server) => {
  const world = new MediaWorld(server, { heartbeatMs: 200 });

  it('greets, takes the password and says goodbye', async () => {
    const client = world.keep(await EslClient.open(world.running.esl));
    expect(await client.command(`auth ${world.running.esl.password}`)).toBe('+OK accepted');
    expect(await client.command('exit')).toBe('+OK bye');
    const notice = await client.message();
    expect(notice.headers.get('Content-Type')).toBe('text/disconnect-notice');
    await client.closed;
  });

  it('sends away whoever has another password', async () => {
    const client = world.keep(await EslClient.open(world.running.esl));
    expect(await client.command('auth wrong')).toBe('-ERR invalid');
    await client.closed;
  });

  it('does nothing for whoever has not signed in', async () => {
    const client = world.keep(await EslClient.open(world.running.esl));
    expect(await client.command('api status')).toBe('-ERR command not found');
  });

  it.each([
    ['a command that there is not', 'dance', '-ERR command not found'],
    ['events without names', 'event plain', '-ERR no keywords supplied'],
    ['a filter without a value', 'filter Unique-ID', '-ERR invalid syntax'],
    ['a message for nobody', 'sendmsg nobody', '-ERR invalid session id [nobody]'],
    ['plain events', 'event plain HEARTBEAT', '+OK event listener enabled plain'],
    ['events as JSON', 'event json HEARTBEAT DTMF', '+OK event listener enabled json'],
    ['a filter', 'filter Unique-ID 1', '+OK filter added. [Unique-ID]=[1]'],
    ['no filter any more', 'filter delete Unique-ID 1', '+OK filter deleted. [Unique-ID][1]'],
    ['no events any more', 'noevents', '-ERR not listening for events'],
  ])('answers %s', async (_what, line, reply) => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    expect(await client.command(line)).toBe(reply);
  });

  it('stops events on demand', async () => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    await client.command('event plain ALL');
    expect(await client.command('noevents')).toBe('+OK no longer listening for events');
    await world.call();
    expect(client.events).toEqual([]);
  });

  it('sends the events asked for and no others', async () => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    await client.command('event json CHANNEL_ANSWER CHANNEL_DESTROY');
    const call = await world.call();
    await call.hangUp();
    await client.event('CHANNEL_DESTROY');
    expect(client.events.map((each) => each.name)).toEqual(['CHANNEL_ANSWER']);
  });

  it('sends events that pass any of the filters', async () => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    await client.command('event plain CHANNEL_ANSWER CHANNEL_PARK CHANNEL_DESTROY');
    await client.command('filter Event-Name CHANNEL_PARK');
    await client.command('filter Event-Name CHANNEL_DESTROY');
    const call = await world.call();
    await call.hangUp();
    await client.event('CHANNEL_DESTROY');
    expect(client.events.map((each) => each.name)).toEqual(['CHANNEL_PARK']);
  });

  it('runs jobs and tells their output as an event', async () => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    await client.command('event json BACKGROUND_JOB');
    const reply = await client.ask('bgapi uuid_exists nobody', { 'Job-UUID': 'job-1' });
    expect(reply.headers.get('Reply-Text')).toBe('+OK Job-UUID: job-1');
    expect(reply.headers.get('Job-UUID')).toBe('job-1');
    const job = await client.event('BACKGROUND_JOB', { 'Job-UUID': 'job-1' });
    expect(job.headers.get('Job-Command')).toBe('uuid_exists');
    expect(job.headers.get('Job-Command-Arg')).toBe('nobody');
    expect(job.body).toBe('false');
  });

  it('gives a job an id of its own when none came', async () => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    const reply = await client.ask('bgapi status');
    expect(reply.headers.get('Job-UUID')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes a command in pieces and several at once', async () => {
    const client = world.keep(await EslClient.signedIn(world.running.esl));
    client.write('api uuid_ex');
    client.write('ists nobody\n');
    client.write('\nnoevents\n\n');
    expect((await client.message()).body).toBe('false');
    expect((await client.message()).headers.get('Reply-Text')).toBe('-ERR not listening for events');
  });

  it('answers commands for channels that there are not', async () => {
    expect(await world.esl.api('uuid_exists nobody')).toBe('false');
    for (const line of ['uuid_kill nobody', 'uuid_break nobody all', 'uuid_park nobody', 'uuid_getvar nobody x'])
      expect(await world.esl.api(line), line).toBe('-ERR No such channel!\n');
    expect(await world.esl.api('uuid_setvar nobody x y')).toBe('-ERR No such channel!\n');
    expect(await world.esl.api('uuid_transfer nobody park inline')).toBe('-ERR No such channel!\n');
    expect(await world.esl.api('uuid_bridge nobody nobody-else')).toBe('-ERR Invalid uuid\n');
    expect(await world.esl.api('uuid_broadcast nobody silence_stream://1')).toBe('-ERR invalid uuid\n');
    expect(await world.esl.api('uuid_record nobody start /tmp/x.wav')).toBe('-ERR Cannot locate session!\n');
  });

  it('tells how it is', async () => {
    expect(await world.esl.api('status')).toMatch(/^UP 0 years, 0 days, .*\n.*is ready\n.*\n0 session\(s\) - peak/);
    // FreeSWITCH writes its table of channels a little later.
    await vi.waitFor(async () => {
      expect(JSON.parse(await world.esl.api('show channels as json'))).toEqual({ row_count: 0 });
    }, 30_000);
    expect(Number(await world.esl.api('uptime ms'))).toBeGreaterThan(0);
    expect(await world.esl.api('fsctl ready_check')).toBe('true');
    const call = await world.call();
    expect(await world.esl.api('status')).toMatch(/\n1 session\(s\) - peak/);
    await vi.waitFor(async () => {
      const shown: unknown = JSON.parse(await world.esl.api('show channels as json'));
      expect(shown).toMatchObject({
        row_count: 1,
        rows: [{ uuid: call.uuid, cid_num: 'caller', direction: 'inbound' }],
      });
    }, 30_000);
    expect(await world.esl.api('show channels count')).toBe('\n1 total.\n');
  });

  it('has one identity from start to end, in answers and events', async () => {
    const uuid = await world.esl.api('global_getvar core_uuid');
    const call = await world.call();
    const event = await world.esl.event('CHANNEL_ANSWER', { 'Unique-ID': call.uuid });
    expect(event.headers.get('Core-UUID')).toBe(uuid);
    expect(Number(event.headers.get('Event-Date-Timestamp')) / 1e6).toBeCloseTo(Date.now() / 1000, -2);
  });

  it.runIf(server.isEmbedded)('beats regularly', async () => {
    const beat = await world.esl.event('HEARTBEAT');
    expect(beat.headers.get('Session-Count')).toBe('0');
    expect(beat.headers.get('Event-Info')).toBe('System Ready');
    await world.esl.event('HEARTBEAT');
  });

  it.runIf(server.isEmbedded)('says honestly what it does not support', async () => {
    for (const line of ['reloadxml', 'sofia status', 'originate user/1 &park', 'show codec', 'fsctl shutdown'])
      expect(await world.esl.api(line), line).toBe(`${NOT_SUPPORTED}\n`);
    expect(await world.esl.command('log 7')).toBe(NOT_SUPPORTED);
    expect(await world.esl.command('event xml ALL')).toBe(NOT_SUPPORTED);
    const call = await world.call();
    expect(await world.esl.execute(call.uuid, 'voicemail', 'x')).toBe(NOT_SUPPORTED);
  });

  it.runIf(server.isEmbedded)('ends a connection that sends without end', async () => {
    const client = world.keep(await EslClient.open(world.running.esl));
    client.write('x'.repeat(100_000));
    await client.closed;
  });
});
