/** A media server dies under calls that wait on music and calls that talk through it: by the ears of the phones. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeG711 } from '../../src/embedded/media/g711.js';
import { loudnessOf, sine } from '../contract/media/tones.js';
import type { SoundCall } from '../phones/sound-call.js';
import type { SoundPhone } from '../phones/sound-phone.js';
import { startEmbeddedMediaThread } from '../support/embedded-media-thread.js';
import { startFreeswitch, type MediaServerPorts, type RunningMediaServer } from '../support/freeswitch-server.js';
import { until } from '../support/until.js';
import { agents, numbered } from './site.js';
import { availableServerSets, startSoundSite, type ServerSet, type SoundSite } from './sound-site.js';

interface FailoverSet extends ServerSet {
  /** Calls that stand when a server is killed: one half waits, the other talks. */
  readonly calls: number;
  startMedia(ports?: MediaServerPorts): Promise<RunningMediaServer>;
}

const sets = availableServerSets().map((set): FailoverSet => {
  const binary = process.env.FREESWITCH_BIN ?? '';
  const isReal = set.startMedia !== undefined;
  return {
    ...set,
    calls: isReal ? 30 : 8,
    startMedia: (ports) => (isReal ? startFreeswitch(binary, {}, ports) : startEmbeddedMediaThread(ports)),
  };
});

const musicHz = 440;

/** Ten seconds of a tone without a pause, 16-bit PCM at 8 kHz: what is silent in it is not the music's fault. */
function steadyTone(): Buffer {
  const samples = sine(musicHz, 80_000);
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

/** The longest time since then in which nothing was to be heard; milliseconds. */
function longestSilence({ rtp }: SoundCall, sinceMs: number): number {
  let lastMs = sinceMs;
  let longest = 0;
  for (const { at, payloadType, payload } of rtp.packets) {
    if (at < sinceMs || (payloadType !== 0 && payloadType !== 8)) continue;
    const samples = new Int16Array(payload.length);
    decodeG711(payloadType === 0 ? 'PCMU' : 'PCMA', payload, samples);
    if (loudnessOf(samples) < 100) continue;
    longest = Math.max(longest, at - lastMs);
    lastMs = at;
  }
  return Math.max(longest, performance.now() - lastMs);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

describe.each(sets)('media servers that die, on $name', (set) => {
  const half = set.calls / 2;
  const agentNames = numbered('agent', half);
  let site: SoundSite;
  let sounds: string;
  let media: RunningMediaServer[];

  beforeAll(async () => {
    sounds = await mkdtemp(join(tmpdir(), 'switchboard-sounds-'));
    await writeFile(join(sounds, 'steady.wav'), steadyTone());
    const queue = { wrap_up: '0s', media: 'anchored', strategy: 'longest-idle' };
    const while_waiting = { announce: { position: false, expected_wait: false } };
    site = await startSoundSite(
      set,
      {
        agents: agents(...agentNames, 'absent'),
        queues: {
          talk: { ...queue, members: agentNames, while_waiting },
          wait: { ...queue, members: ['absent'], while_waiting, max_waiting: 100, max_wait: '1h' },
        },
        entry_points: { talk: { queue: 'talk', public: true }, wait: { queue: 'wait', public: true } },
        media: { sounds, music: { default: ['steady.wav'] } },
      },
      2,
    );
    media = [...site.mediaServers];
  });
  afterEach(() => site.nothingLeft());
  afterAll(async () => {
    await site.stop();
    await Promise.all(media.map((server) => server.stop()));
    await rm(sounds, { recursive: true });
  });

  const states = () => site.switchboard.mediaServers().map(({ state }) => state);
  const sessions = () => site.switchboard.mediaServers().map((server) => server.sessions);
  const endedSince = (seq: number) => site.events.filter((event) => event.seq > seq && event.type === 'call.ended');
  const hearMusic = (calls: readonly SoundCall[]) => Promise.all(calls.map(({ rtp }) => rtp.hears(musicHz)));

  /** Dies at once; started again on the same ports by what this gives. */
  function kill(index: number): () => Promise<void> {
    const dead = media[index]!;
    dead.kill();
    return async () => {
      await dead.stop();
      media[index] = await set.startMedia({ sip: dead.sip.port, esl: dead.esl.port });
      await until('it is up again', () => states()[index] === 'up', 60_000);
    };
  }

  async function callersTo(number: string, count: number): Promise<SoundCall[]> {
    const phones = await Promise.all(numbered(`${number}ing`, count).map((user) => site.phone(user)));
    return Promise.all(phones.map((phone) => phone.call(number)));
  }

  async function waiting(count: number): Promise<SoundCall[]> {
    const calls = await callersTo('wait', count);
    await Promise.all(calls.map((call) => call.until('answered')));
    await hearMusic(calls);
    return calls;
  }

  interface Pair {
    readonly caller: SoundCall;
    readonly agent: SoundCall;
  }

  /** Callers speak 600 Hz, agents 1100 Hz. */
  const hearEachOther = (pairs: readonly Pair[]) =>
    Promise.all(pairs.flatMap(({ caller, agent }) => [caller.rtp.hears(1_100), agent.rtp.hears(600)]));

  let desks: readonly SoundPhone[];
  beforeAll(async () => {
    desks = await Promise.all(agentNames.map((user) => site.phone(user, { isAgent: true })));
  });

  async function talking(count: number): Promise<Pair[]> {
    const answered: SoundCall[] = [];
    for (const desk of desks) {
      const answer = async (): Promise<void> => {
        const call = await desk.rung(30_000);
        call.answer();
        answered.push(call);
      };
      void answer().catch(() => undefined);
    }
    const callers = await callersTo('talk', count);
    await Promise.all(callers.map((call) => call.until('answered')));
    const pairs = callers.map((caller, index) => {
      const agent = answered.find(({ from }) => from === `talking${String(index + 1)}`);
      if (agent === undefined) throw new Error('a caller is connected with nobody');
      caller.rtp.tone(600);
      agent.rtp.tone(1_100);
      return { caller, agent };
    });
    await hearEachOther(pairs);
    return pairs;
  }

  async function hangUp(callers: readonly SoundCall[], pairs: readonly Pair[] = []): Promise<void> {
    for (const call of [...callers, ...pairs.map(({ caller }) => caller)]) call.hangUp();
    await Promise.all(pairs.map(({ agent }) => agent.until('ended')));
    for (const desk of desks) desk.hangUpAll();
  }

  it('lose no call: who waits hears music again, who talks is joined directly', async () => {
    const callers = await waiting(half);
    const pairs = await talking(half);
    const talkers = pairs.flatMap(({ caller, agent }) => [caller, agent]);
    const all = [...callers, ...talkers];
    const offersBefore = new Map(all.map((call) => [call, call.offers.length]));
    const isMoved = (call: SoundCall): boolean => call.offers.length > (offersBefore.get(call) ?? 0);
    const seq = site.lastSeq();
    const killedAtMs = performance.now();
    const silencesOf = (calls: readonly SoundCall[]) => calls.map((call) => longestSilence(call, killedAtMs));
    // One that was thought dead for a moment when the calls began has none, on a busy machine.
    await until('it is known who has how many', () => Math.max(...sessions()) >= half);
    const most = sessions()[1]! > sessions()[0]! ? 1 : 0;
    const revive = kill(most);
    await until('it is known', () => states()[most] === 'down');
    await Promise.all([hearMusic(callers), hearEachOther(pairs)]);
    const lost = all.filter((call) => call.has('ended')).length;
    const ofMusic = silencesOf(callers.filter(isMoved));
    const ofTalk = silencesOf(talkers.filter(isMoved));
    const figures = (values: readonly number[], of: number): string =>
      `${String(values.length)} of ${String(of)} parties moved, silent for ${seconds(median(values))} (worst ${seconds(Math.max(...values))})`;
    // eslint-disable-next-line no-console -- what the test is run for, besides passing
    console.info(
      `${set.name}: ${String(set.calls)} calls, one media server of two killed, ${String(lost)} lost; ` +
        `waiting: ${figures(ofMusic, callers.length)}; talking: ${figures(ofTalk, talkers.length)}`,
    );
    expect(lost).toBe(0);
    expect(endedSince(seq)).toEqual([]);
    expect(ofMusic.length).toBeGreaterThan(0);
    expect(ofTalk.length).toBeGreaterThan(0);
    await hangUp(callers, pairs);
    await revive();
  });

  it('are used again when they are back', async () => {
    const revive = kill(0);
    await until('it is known', () => states()[0] === 'down');
    const atOther = await waiting(2);
    await revive();
    // The least loaded is the next one's.
    const atBoth = await waiting(4);
    const reviveOther = kill(1);
    await hearMusic([...atOther, ...atBoth]);
    await hangUp([...atOther, ...atBoth]);
    await reviveOther();
  });

  it('leave calls without sound when all are dead, and give it back', async () => {
    const callers = await waiting(2);
    const pairs = await talking(2);
    const seq = site.lastSeq();
    const revive = [kill(0), kill(1)];
    await until('it is known', () => states().every((state) => state === 'down'));
    await hearEachOther(pairs);
    // Who comes now hears the ringing tone of their own phone, and then the agent.
    const [later] = await callersTo('wait', 1);
    await later!.until('rings');
    expect(later!.has('answered')).toBe(false);
    expect(endedSince(seq)).toEqual([]);
    await Promise.all(revive.map((start) => start()));
    await hearMusic([...callers, later!]);
    await hearEachOther(pairs);
    await hangUp([...callers, later!], pairs);
  });
});

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
