/** A site with sound, and phones that speak and listen: the embedded servers, and the real ones where they are found. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeswitchUnderTest } from '../media/media-servers.js';
import { SoundPhone } from '../phones/sound-phone.js';
import type { RunningMediaServer } from '../support/freeswitch-server.js';
import { availableSipServers, type SipServerUnderTest } from '../support/sip-servers.js';
import { until } from '../support/until.js';
import { startSite, type RunningSite } from './running-site.js';
import { accountOf, domain, siteYaml, type SiteParts } from './site.js';

export interface ServerSet {
  readonly name: string;
  readonly sip: SipServerUnderTest;
  startMedia?(): Promise<RunningMediaServer>;
}

/** What production runs, where it is found, and the stand-ins always. */
export function availableServerSets(): ServerSet[] {
  const sets: ServerSet[] = [];
  const freeswitch = freeswitchUnderTest();
  for (const sip of availableSipServers()) {
    if (sip.isEmbedded) sets.push({ name: 'the embedded servers', sip });
    else if (freeswitch === undefined) sets.push({ name: `${sip.name}, embedded media server`, sip });
    else sets.push({ name: `${sip.name} and FreeSWITCH`, sip, startMedia: () => freeswitch.start() });
  }
  return sets;
}

export interface SoundSite extends RunningSite {
  /** Where recordings are. */
  readonly recordings: string;
  readonly mediaServers: readonly RunningMediaServer[];
  /** A phone; that of an agent is registered. */
  phone(user: string, options?: { readonly isAgent?: boolean; readonly codec?: 'PCMU' | 'PCMA' }): Promise<SoundPhone>;
}

export async function startSoundSite(set: ServerSet, parts: SiteParts, mediaServers = 1): Promise<SoundSite> {
  const recordings = await mkdtemp(join(tmpdir(), 'switchboard-recordings-'));
  const start = set.startMedia;
  const servers = start === undefined ? [] : await Promise.all(Array.from({ length: mediaServers }, () => start()));
  const server = servers.length === 0 ? 'embedded' : undefined;
  const freeswitch = servers.map(({ esl, sip }, index) => ({
    name: `media${String(index)}`,
    event_socket: `${esl.host}:${String(esl.port)}`,
    password: esl.password,
    sip: `${sip.host}:${String(sip.port)}`,
  }));
  const site = await startSite({
    server: set.sip,
    yaml: siteYaml({
      ...parts,
      media: { ...(server === undefined ? { servers: freeswitch } : { server }), recordings, ...parts.media },
    }),
  });
  await until('sound is there', () => site.switchboard.mediaServers().every(({ state }) => state === 'up'));
  const open: SoundPhone[] = [];
  return {
    ...site,
    recordings,
    mediaServers: servers,
    async phone(user, { isAgent = false, codec } = {}) {
      const { password } = accountOf(user);
      const phone = await SoundPhone.open({
        server: site.udp,
        domain,
        user,
        ...(isAgent ? { password } : {}),
        ...(codec === undefined ? {} : { codec }),
      });
      open.push(phone);
      if (isAgent) await phone.register();
      return phone;
    },
    async stop() {
      await Promise.all(open.map((each) => each.close()));
      await site.stop();
      await Promise.all(servers.map((each) => each.stop()));
      await rm(recordings, { recursive: true });
    },
  };
}
