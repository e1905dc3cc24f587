/** A media server, the SIP server before it, and the places that a test opens on it. */
import { systemClock } from '../../src/kernel/clock.js';
import { placeId, type PlaceId } from '../../src/kernel/ids.js';
import { createEslMedia, type EslMedia } from '../../src/media/esl-media.js';
import type { Place, PlaceEvent } from '../../src/voice/media.js';
import { silentLog, openWire, type Wire } from '../sip-adapter/wire.js';
import type { RunningMediaServer } from '../support/freeswitch-server.js';
import { RtpParty } from '../support/rtp-party.js';
import { until } from '../support/until.js';
import { availableSipServers, type RunningSipServer } from '../support/sip-servers.js';

export interface Guest {
  readonly place: Place;
  readonly party: RtpParty;
  readonly events: PlaceEvent[];
  next<Type extends PlaceEvent['type']>(type: Type): Promise<Extract<PlaceEvent, { type: Type }>>;
}

export interface MediaWorld {
  readonly media: EslMedia;
  readonly wire: Wire;
  /** A party with an open place, whose SDP has reached the server. */
  guest(options?: { readonly near?: PlaceId; readonly late?: boolean }): Promise<Guest>;
  /** @param isWhole nothing has died: all dialogs end within seconds (RFC 3261 gives a BYE that nobody answers 32 s) */
  close(isWhole?: boolean): Promise<void>;
}

let places = 0;

/** Embedded servers go together, and so do real ones, where a real SIP server is found. */
export async function openMediaWorld(
  servers: readonly RunningMediaServer[],
  { owner = 'switchboard-test', isEmbedded = true }: { readonly owner?: string; readonly isEmbedded?: boolean } = {},
): Promise<MediaWorld> {
  const sip: RunningSipServer = await availableSipServers()
    .at(isEmbedded ? 0 : -1)!
    .start();
  const wire = await openWire(sip);
  const media = createEslMedia({
    servers: servers.map((server, index) => ({ ...server, name: `media${String(index)}` })),
    signalling: wire.signalling,
    clock: systemClock,
    log: process.env.MEDIA_LOG === undefined ? silentLog : consoleLog,
    owner,
    domain: 'example.test',
  });
  await until('a media server is up', () => media.isUp());
  const parties: RtpParty[] = [];
  return {
    media,
    wire,
    async guest({ near, late = false } = {}) {
      const party = await RtpParty.open();
      parties.push(party);
      const events: PlaceEvent[] = [];
      const id = placeId(`place-${String((places += 1))}`);
      const request = {
        place: id,
        ...(near === undefined ? {} : { near }),
        ...(late ? {} : { sdpOffer: party.sdp() }),
      };
      const place = media.open(request, (event) => events.push(event));
      const guest: Guest = { place, party, events, next: (type) => nextOf(events, type) };
      const { sdp } = await guest.next('opened');
      party.talkTo(sdp);
      if (late) {
        place.describe(party.sdp());
        party.talkTo((await guest.next('described')).sdp);
      }
      return guest;
    },
    async close(isWhole = true) {
      media.stop();
      for (const party of parties) party.close();
      if (isWhole) await wire.idle();
      await wire.close();
      await sip.stop();
    },
  };
}

async function nextOf<Type extends PlaceEvent['type']>(
  events: PlaceEvent[],
  type: Type,
): Promise<Extract<PlaceEvent, { type: Type }>> {
  const found = (): number => events.findIndex((event) => event.type === type);
  await until(`a place says ${type}, not ${JSON.stringify(events)}`, () => found() >= 0);
  return events.splice(found(), 1)[0] as Extract<PlaceEvent, { type: Type }>;
}

/* eslint-disable no-console -- asked for by MEDIA_LOG */
const consoleLog = {
  debug: (fields: object, message: string) => console.log('debug', message, fields),
  info: (fields: object, message: string) => console.log('info', message, fields),
  warn: (fields: object, message: string) => console.log('warn', message, fields),
  error: (fields: object, message: string) => console.log('error', message, fields),
  child: () => consoleLog,
};
/* eslint-enable no-console */
