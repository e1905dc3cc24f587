/**
 * A {@link Media} without a wire: places open, answer, fail, are lost and report keys when the test says so, remember what
 * they were told, and write down what the call does against the contract.
 */
import type { PlaceId } from '../../src/kernel/ids.js';
import type {
  Media,
  Place,
  PlaceEvent,
  PlaceRequest,
  RecordingRequest,
  Sound,
  SpyMode,
} from '../../src/voice/media.js';
import { answerTo, sdpOf, type Session } from './scripted-sdp.js';

type PlacePhase = 'opening' | 'open' | 'over';
type RecordedWhy = Extract<PlaceEvent, { type: 'recorded' }>['why'];

export interface ScriptedPlace {
  readonly id: PlaceId;
  readonly request: PlaceRequest;
  readonly phase: PlacePhase;
  /** How it came to its end. */
  readonly end?: 'closed' | 'failed' | 'lost';
  readonly server: ScriptedServer;
  /** The server's own SDP, once it is open. */
  readonly sdp: string | undefined;
  /** What the server has been told of the party, and has answered. */
  readonly party: string | undefined;
  readonly isDescribing: boolean;
  readonly playing?: { readonly sounds: readonly Sound[]; readonly repeat: boolean };
  readonly partner?: ScriptedPlace;
  /** Where it hears everybody else. */
  readonly room?: string;
  readonly spying?: { readonly on: PlaceId; readonly mode: SpyMode };
  readonly recording?: RecordingRequest & { readonly isPaused: boolean };
  opens(): void;
  fails(why?: 'no-server' | 'refused' | 'timeout'): void;
  /** The server answers what it was told. */
  answers(): void;
  presses(digit: string): void;
  /** What is played, and is not played again and again, comes to its end. */
  finishesPlaying(): void;
  /** A recording ends by itself. */
  endsRecording(why: RecordedWhy, durationMs: number): void;
}

/** All its places are lost at once. */
export interface ScriptedServer {
  readonly name: string;
  readonly isUp: boolean;
  dies(): void;
  comesBack(): void;
}

export interface ScriptedMedia {
  readonly media: Media;
  /** All that were ever asked for, oldest first. */
  readonly places: readonly ScriptedPlace[];
  /** Those that are open or being opened. */
  current(): readonly ScriptedPlace[];
  readonly servers: readonly ScriptedServer[];
  /** Contracts that the call has broken, in words. */
  readonly faults: readonly string[];
}

let lastPort = 20_000;

class Server implements ScriptedServer {
  isUp = true;
  readonly name: string;
  readonly host: string;
  readonly #places: () => readonly FakePlace[];

  constructor(name: string, host: string, places: () => readonly FakePlace[]) {
    this.name = name;
    this.host = host;
    this.#places = places;
  }

  dies(): void {
    this.isUp = false;
    for (const place of this.#places()) if (place.server === this) place.loses();
  }

  comesBack(): void {
    this.isUp = true;
  }
}

class FakePlace implements ScriptedPlace, Place {
  readonly id: PlaceId;
  readonly request: PlaceRequest;
  readonly server: Server;
  phase: PlacePhase = 'opening';
  end?: 'closed' | 'failed' | 'lost';
  sdp: string | undefined;
  party: string | undefined;
  playing?: { sounds: readonly Sound[]; repeat: boolean };
  partner?: FakePlace;
  room?: string;
  spying?: { on: PlaceId; mode: SpyMode };
  recording?: RecordingRequest & { isPaused: boolean };
  #telling: string | undefined;
  readonly #own: Session;
  readonly #tell: (event: PlaceEvent) => void;
  readonly #find: (place: PlaceId) => FakePlace | undefined;
  readonly #fault: (what: string) => void;

  constructor(
    request: PlaceRequest,
    server: Server,
    world: {
      tell: (event: PlaceEvent) => void;
      find: (place: PlaceId) => FakePlace | undefined;
      fault(what: string): void;
    },
  ) {
    this.id = request.place;
    this.request = request;
    this.server = server;
    lastPort += 2;
    this.#own = { host: server.host, port: lastPort, formats: ['0', '8', '101'], direction: 'sendrecv' };
    this.#tell = world.tell;
    this.#find = world.find;
    this.#fault = (what) => world.fault(`${what} ${this.id}`);
  }

  get isDescribing(): boolean {
    return this.#telling !== undefined;
  }

  opens(): void {
    if (this.phase !== 'opening') return;
    this.phase = 'open';
    const { sdpOffer } = this.request;
    this.party = sdpOffer;
    this.sdp = sdpOffer === undefined ? sdpOf(this.#own) : answerTo(sdpOffer, this.#own);
    this.#tell({ type: 'opened', sdp: this.sdp });
  }

  fails(why: 'no-server' | 'refused' | 'timeout' = 'refused'): void {
    if (this.phase !== 'opening') return;
    this.#over('failed');
    this.#tell({ type: 'failed', why });
  }

  /** One that was being opened tries the next server in vain. */
  loses(): void {
    if (this.phase === 'opening') return this.fails('timeout');
    if (this.phase !== 'open') return;
    this.#over('lost');
    this.#tell({ type: 'lost' });
  }

  answers(): void {
    if (this.#telling === undefined || this.phase !== 'open') return;
    this.party = this.#telling;
    this.#telling = undefined;
    this.sdp = answerTo(this.party, this.#own);
    this.#tell({ type: 'described', sdp: this.sdp });
  }

  presses(digit: string): void {
    if (this.phase === 'open') this.#tell({ type: 'digit', digit });
  }

  finishesPlaying(): void {
    if (this.phase !== 'open' || this.playing?.repeat !== false) return;
    delete this.playing;
    this.#tell({ type: 'played' });
  }

  endsRecording(why: RecordedWhy, durationMs: number): void {
    const file = this.recording?.file;
    if (this.phase !== 'open' || file === undefined) return;
    delete this.recording;
    this.#tell({ type: 'recorded', file, durationMs, why });
  }

  // ─── Place

  describe(sdp: string): void {
    this.#mustBeOpen('describes');
    if (this.#telling !== undefined) this.#fault('describes again before the answer');
    this.#telling = sdp;
  }

  play(sounds: readonly Sound[], { repeat = false }: { readonly repeat?: boolean } = {}): void {
    this.#mustBeOpen('plays');
    if (this.partner !== undefined) this.#fault('plays to who is joined');
    if (this.room !== undefined) this.#fault('plays to who is in a room');
    this.playing = { sounds, repeat };
  }

  hush(): void {
    this.#mustBeOpen('hushes');
    delete this.playing;
  }

  join(other: PlaceId): void {
    this.#mustBeOpen('joins');
    const place = this.#find(other);
    if (place?.phase !== 'open') return this.#fault('joins what is not open:');
    if (place === this) return this.#fault('joins itself:');
    if (place.server !== this.server) return this.#fault('joins a place of another server:');
    for (const each of [this, place]) {
      each.#leave();
      delete each.playing;
    }
    this.partner = place;
    place.partner = this;
  }

  part(): void {
    this.#mustBeOpen('parts');
    this.#leave();
  }

  record(recording: RecordingRequest): void {
    this.#mustBeOpen('records');
    if (this.recording !== undefined) this.#fault('records twice');
    this.recording = { ...recording, isPaused: false };
  }

  pauseRecording(paused: boolean): void {
    this.#mustBeOpen('pauses the recording of');
    if (this.recording === undefined) this.#fault('pauses no recording of');
    else this.recording = { ...this.recording, isPaused: paused };
  }

  stopRecording(): void {
    this.#mustBeOpen('stops the recording of');
    const file = this.recording?.file;
    if (file === undefined) return;
    delete this.recording;
    queueMicrotask(() => {
      if (this.phase === 'open') this.#tell({ type: 'recorded', file, durationMs: 5_000, why: 'stopped' });
    });
  }

  spy(on: PlaceId, mode: SpyMode): void {
    this.#mustBeOpen('spies from');
    if (this.#find(on)?.phase !== 'open') this.#fault('spies on what is not open:');
    this.#leave();
    this.spying = { on, mode };
  }

  confer(room: string): void {
    this.#mustBeOpen('confers at');
    this.#leave();
    delete this.playing;
    this.room = room;
  }

  close(): void {
    if (this.phase === 'over') this.#fault('closes what is over:');
    this.#over('closed');
  }

  #over(end: NonNullable<ScriptedPlace['end']>): void {
    this.phase = 'over';
    this.end = end;
    this.#telling = undefined;
    delete this.playing;
    delete this.recording;
    this.#leave();
  }

  #leave(): void {
    delete this.partner?.partner;
    delete this.partner;
    delete this.room;
    delete this.spying;
  }

  #mustBeOpen(what: string): void {
    if (this.phase !== 'open') this.#fault(`${what} what is not open:`);
  }
}

export function createScriptedMedia(): ScriptedMedia {
  const places: FakePlace[] = [];
  const faults: string[] = [];
  const find = (id: PlaceId) => places.find((place) => place.id === id);
  const servers = [new Server('one', '10.255.0.1', () => places), new Server('two', '10.255.0.2', () => places)];
  const current = () => places.filter((place) => place.phase !== 'over');

  function serverFor({ near }: PlaceRequest): Server | undefined {
    if (near === undefined) return servers.find((server) => server.isUp);
    const neighbour = find(near);
    return neighbour === undefined || neighbour.phase === 'over' ? undefined : neighbour.server;
  }

  return {
    media: {
      isUp: () => servers.some((server) => server.isUp),
      count: () => current().length,
      open(request, onEvent) {
        if (find(request.place) !== undefined) faults.push(`opens ${request.place} again`);
        const server = serverFor(request);
        const fault = (what: string): void => void faults.push(what);
        const place = new FakePlace(request, server ?? new Server('none', '', () => []), {
          tell: onEvent,
          find,
          fault,
        });
        places.push(place);
        if (server?.isUp !== true) queueMicrotask(() => place.fails('no-server'));
        return place;
      },
    },
    places,
    current,
    servers,
    faults,
  };
}
