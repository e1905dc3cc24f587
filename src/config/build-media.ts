/** Everything about sound of a RoutingConfig, from checked input. */
import { agentId, hoursId, menuId, queueId, trunkId, voicemailId } from '../kernel/ids.js';
import type { DestinationInput } from './destination-schema.js';
import type {
  MediaConfig,
  MediaFolder,
  MediaServers,
  MusicConfig,
  RetentionConfig,
  WaitingConfig,
} from './media-config.js';
import type { Destination, MenuConfig, QueueConfig, VoicemailConfig } from './routing-config.js';
import type { Secrets } from './secrets.js';
import { ownSounds, pathIn, type SiteFolder } from './site-folder.js';
import type { SiteInput } from './site-schema.js';

type QueueInput = SiteInput['queues'][string];
type MusicInput = SiteInput['media']['music'][string];
type WhileWaitingInput = Exclude<QueueInput['while_waiting'], 'ringing'>;

export function buildMedia(input: SiteInput, secrets: Secrets, folder: SiteFolder): MediaConfig {
  const { media } = input;
  const folderAt = (written: string | undefined, byDefault: string, onServer: string | undefined): MediaFolder => {
    const path = pathIn(folder, written ?? byDefault);
    return { path, onServer: onServer ?? path };
  };
  const music = Object.entries(media.music).map(([id, written]): [string, MusicConfig] => [id, buildMusic(written)]);
  return {
    servers: buildServers(input, secrets),
    language: media.language,
    music: new Map<string, MusicConfig>([['default', { kind: 'tone' }], ...music]),
    sounds: folderAt(media.sounds, ownSounds, media.sounds_on_server),
    recordings: folderAt(media.recordings, defaultRecordings, media.recordings_on_server),
    retention: buildRetention(media.retention),
  };
}

function buildRetention({
  recordings,
  messages,
  max_size: maxBytes,
  min_free: minFreeBytes,
}: SiteInput['media']['retention']): RetentionConfig {
  return {
    ...(recordings === undefined ? {} : { recordingsMs: recordings }),
    ...(messages === undefined ? {} : { messagesMs: messages }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    minFreeBytes,
  };
}

/** Relative to the folder of the configuration, which is for reading only in many installations. */
export const defaultRecordings = '../data/recordings';

function buildServers({ media, sip }: SiteInput, secrets: Secrets): MediaServers {
  if (media.servers !== undefined) {
    return {
      kind: 'freeswitch',
      servers: media.servers.map(({ name, event_socket: eventSocket, sip: at }, index) => {
        return { name, ...eventSocket, password: secrets.get(['media', 'servers', index, 'password']), sip: at };
      }),
    };
  }
  if (media.server === 'none') return { kind: 'none' };
  return { kind: 'embedded', host: media.address ?? firstListenAddress(sip), rtpPorts: media.rtp_ports };
}

/** SDP wants an address (RFC 4566 §5.7), so names are out. */
function firstListenAddress({ listen }: SiteInput['sip']): string {
  const host = listen[0]?.host ?? '127.0.0.1';
  return host === 'localhost' ? '127.0.0.1' : host;
}

function buildMusic(written: MusicInput): MusicConfig {
  if (written === 'tone') return { kind: 'tone' };
  return { kind: 'files', ...(Array.isArray(written) ? { files: written, shuffle: false } : written) };
}

/** Without media servers nothing can be heard, whatever the defaults say. */
export function buildQueueSound(
  queue: QueueInput,
  { media }: SiteInput,
): Pick<QueueConfig, 'media' | 'waiting' | 'recording' | 'recordingNotice' | 'language'> {
  const language = queue.language ?? media.language;
  if (media.server === 'none') {
    return { media: 'auto', waiting: { kind: 'ringing' }, recording: 'never', language };
  }
  return {
    media: queue.recording === 'always' ? 'anchored' : (queue.media ?? 'auto'),
    waiting: queue.while_waiting === 'ringing' ? { kind: 'ringing' } : buildWaiting(queue.while_waiting),
    recording: queue.recording,
    ...(queue.recording === 'never' || queue.recording_notice === false
      ? {}
      : { recordingNotice: queue.recording_notice }),
    language,
  };
}

function buildWaiting({ music, welcome, announce, callback, voicemail }: WhileWaitingInput): WaitingConfig {
  return {
    kind: 'music',
    music,
    ...(welcome === undefined ? {} : { welcome }),
    announce: { position: announce.position, expectedWait: announce.expected_wait, everyMs: announce.every },
    ...(callback === undefined
      ? {}
      : {
          callback: {
            key: callback.key,
            trunk: trunkId(callback.trunk),
            attempts: callback.attempts,
            ringTimeoutMs: callback.ring_timeout,
            retryAfterMs: callback.retry_after,
            ...(callback.caller_id === undefined ? {} : { callerId: callback.caller_id }),
            giveUpAfterMs: callback.give_up_after,
            ...(callback.hours === undefined ? {} : { hours: hoursId(callback.hours) }),
            whenClosed: callback.when_closed,
          },
        }),
    ...(voicemail === undefined ? {} : { voicemail: { key: voicemail.key, box: voicemailId(voicemail.box) } }),
  };
}

export function buildMenu(id: string, menu: SiteInput['menus'][string]): MenuConfig {
  const { hours } = menu;
  return {
    id: menuId(id),
    name: menu.name ?? id,
    greeting: menu.greeting,
    ...(menu.language === undefined ? {} : { language: menu.language }),
    ...(hours === undefined ? {} : { hours: { open: hoursId(hours.open), closed: buildDestination(hours.closed) } }),
    keys: new Map(Object.entries(menu.keys).map(([key, to]) => [key, buildDestination(to)])),
    timeoutMs: menu.timeout,
    tries: menu.tries,
    otherwise: buildDestination(menu.otherwise),
  };
}

export function buildVoicemail(
  id: string,
  voicemail: SiteInput['voicemails'][string],
  { media }: SiteInput,
): VoicemailConfig {
  return {
    id: voicemailId(id),
    name: voicemail.name ?? id,
    greeting: voicemail.greeting,
    language: voicemail.language ?? media.language,
    maxMs: voicemail.max,
    silenceMs: voicemail.silence,
  };
}

export function buildDestination(to: DestinationInput): Destination {
  if (typeof to === 'string') return { kind: 'reject' };
  if ('queue' in to) return { kind: 'queue', queue: queueId(to.queue) };
  if ('agent' in to) return { kind: 'agent', agent: agentId(to.agent) };
  if ('menu' in to) return { kind: 'menu', menu: menuId(to.menu) };
  if ('voicemail' in to) return { kind: 'voicemail', voicemail: voicemailId(to.voicemail) };
  if ('message' in to) return { kind: 'message', prompt: to.message };
  return { kind: 'number', number: to.number, trunk: trunkId(to.trunk) };
}
