import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../test/sip-adapter/wire.js';
import { createManualClock, type ManualClock } from '../../test/support/manual-clock.js';
import { ScriptedEsl } from '../../test/support/scripted-esl.js';
import { createScriptedWire, type ScriptedLeg, type ScriptedWire } from '../../test/support/scripted-signalling.js';
import { until } from '../../test/support/until.js';
import { placeId } from '../kernel/ids.js';
import type { Place, PlaceEvent, PlaceRequest } from '../voice/media.js';
import { createEslMedia, type EslMedia } from './esl-media.js';

const tone = { kind: 'tone', hz: [440], onMs: 1000, offMs: 0 } as const;
const offer = 'v=0\r\no=- 1 1 IN IP4 10.9.9.9\r\ns=-\r\nc=IN IP4 10.9.9.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

describe('places on media servers', () => {
  let clock: ManualClock;
  let wire: ScriptedWire;
  let servers: ScriptedEsl[];
  let media: EslMedia;
  let places: number;

  beforeEach(async () => {
    clock = createManualClock();
    wire = createScriptedWire();
    servers = [await ScriptedEsl.listen(), await ScriptedEsl.listen()];
    places = 0;
    media = createEslMedia({
      servers: servers.map((esl, index) => ({
        name: `fs${String(index)}`,
        esl: esl.address,
        sip: { host: `10.0.0.${String(index)}`, port: 5080 },
      })),
      signalling: wire.signalling,
      clock,
      log: silentLog,
      owner: 'switchboard-1',
      domain: 'example.test',
    });
    await until('both servers are up', () => media.health().every(({ state }) => state === 'up'));
  });
  afterEach(async () => {
    media.stop();
    expect(media.count()).toBe(0);
    for (const server of servers) await server.die();
  });

  const [first, second] = [() => servers[0]!, () => servers[1]!];
  const lastLeg = (): ScriptedLeg => wire.legs.at(-1)!;

  function open(request: Partial<PlaceRequest> = {}): { place: Place; events: PlaceEvent[]; leg: ScriptedLeg } {
    const events: PlaceEvent[] = [];
    const place = media.open({ place: placeId(`p${String((places += 1))}`), ...request }, (event) =>
      events.push(event),
    );
    return { place, events, leg: lastLeg() };
  }

  /** A place whose channel waits for commands. */
  function ready(request: Partial<PlaceRequest> = {}): ReturnType<typeof open> & { channel: string } {
    const opened = open({ sdpOffer: offer, ...request });
    opened.leg.answers();
    const channel = `sip-${opened.leg.id}`;
    for (const server of servers) server.event('CHANNEL_PARK', { 'Unique-ID': channel });
    return { ...opened, channel };
  }

  /** Lets commands and events go over the wire, whatever they bring about. */
  async function quiet(): Promise<void> {
    for (let round = 0; round < 10; round++) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  const executions = (server: ScriptedEsl) => server.seen.filter(({ line }) => line.startsWith('sendmsg'));
  const ended = (server: ScriptedEsl, channel: string, response = 'FILE PLAYED', back = 1): void =>
    server.event('CHANNEL_EXECUTE_COMPLETE', {
      'Unique-ID': channel,
      'Application-UUID': executions(server).at(-back)?.headers['Event-UUID'] ?? '',
      'Application-Response': response,
    });

  it('answer the offer of a party', () => {
    const { leg, events } = open({ sdpOffer: offer });
    expect(leg.invite).toMatchObject({
      uri: 'sip:park@10.0.0.0:5080',
      from: { user: 'switchboard-1', host: 'example.test' },
    });
    expect(leg.invite.sdpOffer).toBe(offer.replace(/o=.*/, /o=.*/.exec(leg.invite.sdpOffer!)![0]));
    leg.answers();
    expect(events).toEqual([{ type: 'opened', sdp: leg.local }]);
  });

  it('offer by themselves, keep silent until the party is known, and then hear it', async () => {
    const { place, leg, events } = open();
    expect(leg.invite.sdpOffer).toBeUndefined();
    leg.answers();
    expect(leg.remote).toContain('a=inactive');
    // To FreeSWITCH 0.0.0.0 would be a hold, which it would end by an offer of its own.
    expect(/c=.*/.exec(leg.remote!)?.[0]).toBe(/c=.*/.exec(leg.local!)?.[0]);
    const [, version] = /o=switchboard (\d+ \d+) /.exec(leg.remote!)!;
    place.describe(offer);
    await quiet();
    expect(leg.offered).toHaveLength(1);
    expect(/o=switchboard (\d+ \d+) /.exec(leg.offered[0]!)![1]).toBe(version!.replace(/1$/, '2'));
    leg.answersOffer();
    await quiet();
    place.describe(offer);
    await quiet();
    expect(leg.offered).toHaveLength(1);
    expect(events.slice(1)).toEqual([
      { type: 'described', sdp: leg.local },
      { type: 'described', sdp: leg.local },
    ]);
    expect(leg.faults).toEqual([]);
  });

  it('fail when no server is up, and say nothing more when closed before', async () => {
    await first().die();
    await second().die();
    await quiet();
    const { events } = open();
    expect(events).toEqual([]);
    const closed = open();
    closed.place.close();
    await quiet();
    expect(events).toEqual([{ type: 'failed', why: 'no-server' }]);
    expect(closed.events).toEqual([]);
    expect(media.isUp()).toBe(false);
  });

  it.each([
    [503, true],
    [486, true],
    [408, true],
    [488, false],
    [403, false],
  ])('after %i go to another server: %j', (status, goesOn) => {
    const { leg, events } = open({ sdpOffer: offer });
    leg.refuses(status);
    if (!goesOn) return expect(events).toEqual([{ type: 'failed', why: 'refused' }]);
    expect(lastLeg().invite.uri).toBe('sip:park@10.0.0.1:5080');
    lastLeg().refuses(status);
    expect(events).toEqual([{ type: 'failed', why: status === 408 ? 'timeout' : 'refused' }]);
  });

  it('go to another server when one does not answer in time, which is then asked last', async () => {
    const { leg, events } = open({ sdpOffer: offer });
    await clock.turn(3_000);
    expect(leg.sentAway?.by).toBe('cancel');
    lastLeg().answers();
    expect(events).toMatchObject([{ type: 'opened' }]);
    expect(open({ sdpOffer: offer }).leg.invite.uri).toBe('sip:park@10.0.0.1:5080');
  });

  it('stay near another, whatever its load, and fail with it', async () => {
    const { place } = ready();
    for (let count = 0; count < 3; count++) {
      expect(open({ near: place.id }).leg.invite.uri).toBe('sip:park@10.0.0.0:5080');
    }
    place.close();
    const { events } = open({ near: place.id });
    await quiet();
    expect(events).toEqual([{ type: 'failed', why: 'no-server' }]);
  });

  const serversOf = (legs: readonly ScriptedLeg[]): string[] =>
    legs.map(({ invite }) => invite.uri.replace('sip:park@10.0.0.', '').replace(':5080', ''));

  it.each(['the other one first', 'this one first'])(
    'go where the place has gone that they are to be near, refused: %s',
    async (order) => {
      const host = open({ sdpOffer: offer });
      const guest = open({ sdpOffer: offer, near: host.place.id });
      const refused = order === 'this one first' ? [guest, host] : [host, guest];
      for (const { leg } of refused) {
        leg.refuses(503);
        await quiet();
      }
      const [first, second] = wire.legs.slice(2);
      expect(serversOf(wire.legs)).toEqual(['0', '0', '1', '1']);
      for (const leg of [second, first]) leg?.answers();
      await quiet();
      expect([host.events, guest.events]).toMatchObject([[{ type: 'opened' }], [{ type: 'opened' }]]);
    },
  );

  it('go after the place that they are to be near when it has gone while they were let in', async () => {
    const host = open({ sdpOffer: offer });
    const guest = open({ sdpOffer: offer, near: host.place.id });
    host.leg.refuses(503);
    lastLeg().answers();
    guest.leg.answers();
    expect([guest.leg.sentAway?.by, guest.events]).toEqual(['bye', []]);
    expect(serversOf(wire.legs)).toEqual(['0', '0', '1', '1']);
    lastLeg().answers();
    expect(guest.events).toMatchObject([{ type: 'opened' }]);
  });

  it('are lost when the place that they are near ends up on another server', async () => {
    const host = open({ sdpOffer: offer });
    const guest = open({ sdpOffer: offer, near: host.place.id });
    guest.leg.answers();
    host.leg.refuses(503);
    await quiet();
    expect(guest.events).toMatchObject([{ type: 'opened' }]);
    lastLeg().answers();
    await quiet();
    expect(guest.events).toMatchObject([{ type: 'opened' }, { type: 'lost' }]);
    expect(guest.leg.sentAway?.by).toBe('bye');
  });

  it('fail when they are refused where the place is that they are to be near', async () => {
    const { place } = ready();
    const { leg, events } = open({ sdpOffer: offer, near: place.id });
    leg.refuses(503);
    await quiet();
    expect(events).toEqual([{ type: 'failed', why: 'refused' }]);
  });

  it.each([
    ['being opened', false],
    ['open', true],
  ])('of one server that dies go along with the one that they are near, which is %s', async (_, isOpen) => {
    const host = open({ sdpOffer: offer });
    if (isOpen) host.leg.answers();
    const guest = open({ sdpOffer: offer, near: host.place.id });
    const told: string[] = [];
    for (const [name, { events }] of [
      ['host', host],
      ['guest', guest],
    ] as const) {
      const { push } = events;
      events.push = (event) => (told.push(`${name} ${event.type}`), push.call(events, event));
    }
    await first().die();
    await quiet();
    await clock.turn(0);
    await until('they have gone', () => host.leg.sentAway !== undefined);
    await quiet();
    for (const leg of wire.legs.slice(2)) leg.answers();
    // What is lost is known before what fails with it: a call does not take the other servers for dead.
    expect(told).toEqual(isOpen ? ['host lost', 'guest failed'] : ['host opened', 'guest opened']);
    expect(serversOf(wire.legs)).toEqual(isOpen ? ['0', '0'] : ['0', '0', '1', '1']);
  });

  it('are lost at once when their server dies, and others are not', async () => {
    const here = ready();
    const there = ready();
    const waiting = open({ sdpOffer: offer });
    await first().die();
    await quiet();
    await clock.turn(0);
    await until('the place is lost', () => here.events.at(-1)?.type === 'lost');
    expect(here.leg.sentAway?.by).toBe('bye');
    expect(there.events.at(-1)?.type).toBe('opened');
    // Not open yet: it goes on with the other server.
    expect(waiting.leg.sentAway?.by).toBe('cancel');
    lastLeg().answers();
    expect(waiting.events).toMatchObject([{ type: 'opened' }]);
    expect(media.count()).toBe(2);
  });

  it('are lost when the server hangs up, or will not go along with the party', async () => {
    const [gone, stubborn] = [ready(), ready()];
    gone.leg.hangsUp();
    expect(gone.events.at(-1)).toEqual({ type: 'lost' });
    stubborn.place.describe(offer.replace('4000', '4002'));
    await quiet();
    stubborn.leg.refusesOffer(488);
    await quiet();
    expect(stubborn.events.at(-1)).toEqual({ type: 'lost' });
  });

  it('keep commands until they are open, and drop them when they are closed', async () => {
    const { place, leg } = open({ sdpOffer: offer });
    place.play([tone], { repeat: true });
    const closed = open({ sdpOffer: offer });
    closed.place.play([tone]);
    closed.place.close();
    await quiet();
    expect(executions(first())).toEqual([]);
    leg.answers();
    first().event('CHANNEL_PARK', { 'Unique-ID': `sip-${leg.id}` });
    await until('it plays', () => executions(first()).length === 1);
    expect(executions(first())[0]?.headers).toMatchObject({
      'execute-app-name': 'playback',
      'execute-app-arg': 'tone_stream://%(1000,0,440);loops=-1',
    });
    expect(executions(second())).toEqual([]);
  });

  it('break off what plays until it has ended, and only then play something else', async () => {
    const { place, channel } = ready();
    place.play([tone], { repeat: true });
    await until('it plays', () => executions(first()).length === 1);
    place.play([{ kind: 'silence', ms: 300 }]);
    const breaks = () => first().lines.filter((line) => line.startsWith('api uuid_break')).length;
    await until('it is broken off', () => breaks() === 1);
    await quiet();
    // The break was missed, as happens when it meets a sound that is just being started.
    await clock.turn(150);
    await until('it is tried again', () => breaks() === 2);
    expect(executions(first())).toHaveLength(1);
    ended(first(), channel);
    await until('the next one plays', () => executions(first()).length === 2);
  });

  it('do not play a list without end of which nothing can be heard', async () => {
    const { place, channel, events } = ready();
    const missing = { kind: 'file', path: '/nowhere.wav' } as const;
    const evil = { kind: 'file', path: '/${system(reboot)}.wav' } as const;
    place.play([missing, evil], { repeat: true });
    await until('it plays', () => executions(first()).length === 1);
    ended(first(), channel, 'FILE NOT FOUND');
    await until('it has ended', () => events.at(-1)?.type === 'played');
    expect(events.slice(1)).toEqual([
      { type: 'not-played', sound: missing },
      { type: 'not-played', sound: evil },
      { type: 'played' },
    ]);
    await clock.turn(10_000);
    expect(executions(first())).toHaveLength(1);
  });

  it('pass on keys, and nothing that is none', async () => {
    const { channel, events } = ready();
    for (const digit of ['5', '#', 'D', '55', 'x', '']) {
      first().event('DTMF', { 'Unique-ID': channel, 'DTMF-Digit': digit });
    }
    await until('the last key came', () => events.length === 4);
    expect(events.slice(1)).toEqual(['5', '#', 'D'].map((digit) => ({ type: 'digit', digit })));
  });

  it('answer the refresh of a server with what they said before', () => {
    const { leg } = ready();
    const token = leg.offers();
    expect(leg.responses.get(token)).toEqual({ status: 200, sdp: leg.invite.sdpOffer });
  });

  it('confer in no room whose name is a command', async () => {
    const { place } = ready();
    place.confer('x@y,hangup');
    place.play([tone]);
    await until('the next command is carried out', () => executions(first()).length === 1);
    expect(executions(first())[0]?.headers['execute-app-name']).toBe('playback');
  });
});
