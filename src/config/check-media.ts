import { isIP } from 'node:net';
import { join } from 'node:path';
import { defaultRecordings } from './build-media.js';
import { formatHostPort, isLoopback, isWildcard } from './network-address.js';
import { describePlace } from './problem.js';
import { checkReference, type SiteCheck } from './site-check.js';
import { ownSounds, pathIn, type SiteFolder } from './site-folder.js';
import { keyRange, keysAt, nodeAt, valueRange, type SourcePath } from './source-tree.js';
import { suggestName } from './suggestion.js';
import { waysOf } from './ways.js';

/** Sound: servers and their ports, files that are to be there, and what needs a media server. */
export function checkMedia(site: SiteCheck, folder: SiteFolder): void {
  checkServers(site);
  checkEmbedded(site);
  checkFolders(site, folder);
  checkWaiting(site);
  if (site.input.media.server === 'none') checkSilentSite(site);
  else checkPrompts(site, folder);
}

function checkServers({ input, tree, problems }: SiteCheck): void {
  const { server, servers } = input.media;
  if (servers === undefined) return;
  if (server !== undefined) {
    problems.error(
      keyRange(tree, ['media', 'server']),
      '`server` and `servers` exclude each other; remove one of them',
    );
  }
  const taken = new Map<string, SourcePath>();
  for (const [index, { name, event_socket: eventSocket, sip }] of servers.entries()) {
    const claims = [
      [`the name \`${name}\``, 'name'],
      [`\`${formatHostPort(eventSocket)}\``, 'event_socket'],
      [`\`${formatHostPort(sip)}\``, 'sip'],
    ] as const;
    for (const [what, key] of claims) {
      const path = ['media', 'servers', index, key];
      const earlier = taken.get(`${key} ${what}`);
      if (earlier === undefined) taken.set(`${key} ${what}`, path);
      else {
        const place = describePlace(valueRange(tree, earlier));
        problems.error(valueRange(tree, path), `${what} is another media server's already (${place})`);
      }
    }
  }
}

/** The embedded server is told one address, which goes into every SDP: it must be one that parties can send to. */
function checkEmbedded(site: SiteCheck): void {
  const { input, tree, problems } = site;
  const { media, sip } = input;
  if (media.servers !== undefined || media.server === 'none') {
    for (const key of ['address', 'rtp_ports']) {
      if (nodeAt(tree, ['media', key]) === undefined) continue;
      problems.warning(
        keyRange(tree, ['media', key]),
        `\`${key}\` is of the embedded media server, which is not in use`,
      );
    }
    return;
  }
  const first = sip.listen[0]?.host ?? '127.0.0.1';
  if (media.address === undefined) {
    const remedy = 'set `media.address` to an address of this machine, or `media.server: none`';
    if (sip.server !== 'embedded' && !isLoopback(sip.server.drachtio.host)) {
      const at = valueRange(tree, ['sip', 'server', 'drachtio']);
      problems.error(at, `where is sound sent to, when SIP arrives at another machine? ${remedy}`);
    } else if (sip.server === 'embedded' && isWildcard(first)) {
      const at = valueRange(tree, ['sip', 'listen', 0]);
      problems.error(at, `sound cannot be sent to \`${first}\`; ${remedy}`);
    }
  }
  const host = media.address ?? first;
  const { from, to } = media.rtp_ports;
  const open = sip.server === 'embedded' ? sip.listen.find((listener) => !isLoopback(listener.host)) : undefined;
  if (isLoopback(host) && open !== undefined) {
    const at = valueRange(tree, media.address === undefined ? ['sip', 'listen', 0] : ['media', 'address']);
    const message = `phones that come by \`${formatHostPort(open)}\` cannot send sound to \`${host}\``;
    problems.warning(at, `${message}; set \`media.address\` to an address that they can reach`);
  }
  for (const [index, listener] of (sip.server === 'embedded' ? sip.listen : []).entries()) {
    const { transport, port } = listener;
    if (transport !== 'udp' || port < from || port > to) continue;
    if (listener.host !== host && !isWildcard(listener.host) && isIP(listener.host) !== 0) continue;
    const at = valueRange(tree, ['sip', 'listen', index]);
    problems.error(at, `UDP port ${port} lies within \`media.rtp_ports\` (${from}-${to}); choose another`);
  }
}

function checkFolders({ input, tree, problems }: SiteCheck, folder: SiteFolder): void {
  const { media } = input;
  const isEmbedded = media.servers === undefined;
  for (const key of ['sounds_on_server', 'recordings_on_server'] as const) {
    const here = key === 'sounds_on_server' ? media.sounds : media.recordings;
    if (!isEmbedded || media[key] === undefined || (here !== undefined && pathIn(folder, here) === media[key]))
      continue;
    problems.error(keyRange(tree, ['media', key]), 'the embedded media server sees the same folders; leave this out');
  }
  if (media.sounds !== undefined && ['missing', 'file'].includes(folder.look(pathIn(folder, media.sounds)))) {
    const at = valueRange(tree, ['media', 'sounds']);
    problems.error(at, `there is no folder \`${pathIn(folder, media.sounds)}\``);
  }
  const recordings = pathIn(folder, media.recordings ?? defaultRecordings);
  if (!needsRecordings(input) || folder.canWrite(recordings)) return;
  const message = `nothing can be written to \`${recordings}\`, where recordings and messages go; set \`media.recordings\``;
  const at = media.recordings === undefined ? keyRange(tree, ['media']) : valueRange(tree, ['media', 'recordings']);
  problems.error(at, message);
}

function needsRecordings({ queues, voicemails }: SiteCheck['input']): boolean {
  return Object.keys(voicemails).length > 0 || Object.values(queues).some(({ recording }) => recording !== 'never');
}

function checkWaiting(site: SiteCheck): void {
  const { input, tree, problems, whole } = site;
  const known = ['default', ...keysAt(whole, ['media', 'music'])];
  for (const [id, queue] of Object.entries(input.queues)) {
    const path = ['queues', id, 'while_waiting'];
    const waiting = queue.while_waiting;
    if (queue.media === 'auto' && queue.recording === 'always') {
      const at = valueRange(tree, ['queues', id, 'media']);
      problems.warning(at, '`recording: always` keeps the media server in every call, as `anchored` does');
    }
    if (waiting === 'ringing') continue;
    if (!known.includes(waiting.music)) {
      const at = valueRange(tree, [...path, 'music']);
      problems.error(at, `unknown music \`${waiting.music}\`${suggestName(waiting.music, known, 'music')}`);
    }
    const { callback, voicemail } = waiting;
    if (callback !== undefined) {
      const at = [...path, 'callback', 'trunk'];
      const isKnown = checkReference(site, 'trunks', callback.trunk, at);
      if (isKnown && input.trunks[callback.trunk]?.allowed_prefixes.length === 0) {
        const message = `trunk \`${callback.trunk}\` may call nobody back; set its \`allowed_prefixes\``;
        problems.error(valueRange(tree, at), message);
      }
    }
    if (callback?.hours !== undefined) checkReference(site, 'hours', callback.hours, [...path, 'callback', 'hours']);
    if (callback !== undefined && voicemail?.key === callback.key) {
      const at = valueRange(tree, [...path, 'voicemail', 'key']);
      problems.error(at, `the key \`${callback.key}\` asks for a call back already; choose another`);
    }
  }
}

interface WrittenPrompt {
  readonly name: string;
  readonly path: SourcePath;
  readonly language: string;
}

/** Every prompt that is named must be there in the language in which it is meant. */
function checkPrompts({ input, tree, problems }: SiteCheck, folder: SiteFolder): void {
  const sounds = pathIn(folder, input.media.sounds ?? ownSounds);
  for (const path of languagesOf(input)) {
    const at = nodeAt(tree, path);
    const language = at?.kind === 'scalar' ? String(at.value) : undefined;
    if (language === undefined || folder.look(join(sounds, language)) !== 'missing') continue;
    problems.error(
      valueRange(tree, path),
      `there are no prompts in \`${language}\`: no folder \`${join(sounds, language)}\``,
    );
  }
  for (const { name, path, language } of promptsOf(input)) {
    if (folder.look(join(sounds, language)) !== 'folder') continue;
    if (folder.look(join(sounds, language, `${name}.wav`)) !== 'missing') continue;
    const message = `unknown prompt \`${name}\`: there is no \`${language}/${name}.wav\` in \`${sounds}\``;
    problems.error(valueRange(tree, path), message);
  }
  for (const [id, written] of Object.entries(input.media.music)) {
    if (written === 'tone' || folder.look(sounds) !== 'folder') continue;
    const [files, path] = Array.isArray(written)
      ? [written, ['media', 'music', id]]
      : [written.files, ['media', 'music', id, 'files']];
    for (const [index, file] of files.entries()) {
      if (folder.look(join(sounds, file)) !== 'missing') continue;
      problems.error(valueRange(tree, [...path, index]), `there is no \`${file}\` in \`${sounds}\``);
    }
  }
}

function languagesOf({ entry_points: entryPoints, ...input }: SiteCheck['input']): readonly SourcePath[] {
  const sections = {
    queues: input.queues,
    menus: input.menus,
    voicemails: input.voicemails,
    entry_points: entryPoints,
  };
  const inside = Object.entries(sections).flatMap(([section, all]) =>
    Object.keys(all).map((id): SourcePath => [section, id, 'language']),
  );
  return [['media', 'language'], ...inside];
}

function promptsOf(input: SiteCheck['input']): readonly WrittenPrompt[] {
  const site = input.media.language;
  const found: WrittenPrompt[] = [];
  for (const [id, { while_waiting: waiting, recording, recording_notice: notice, language = site }] of Object.entries(
    input.queues,
  )) {
    if (waiting !== 'ringing' && waiting.welcome !== undefined) {
      found.push({ name: waiting.welcome, path: ['queues', id, 'while_waiting', 'welcome'], language });
    }
    if (notice !== false && recording !== 'never')
      found.push({ name: notice, path: ['queues', id, 'recording_notice'], language });
  }
  for (const [id, { greeting, language = site }] of Object.entries(input.menus)) {
    found.push({ name: greeting, path: ['menus', id, 'greeting'], language });
  }
  for (const [id, { greeting, language = site }] of Object.entries(input.voicemails)) {
    found.push({ name: greeting, path: ['voicemails', id, 'greeting'], language });
  }
  for (const { to, path, from } of waysOf(input)) {
    if (typeof to === 'string' || !('message' in to)) continue;
    const own =
      from?.kind === 'menu' ? input.menus[from.id] : from?.kind === 'queue' ? input.queues[from.id] : undefined;
    found.push({ name: to.message, path: [...path, 'message'], language: own?.language ?? site });
  }
  return found;
}

/** Written for a site with sound, and without it of no effect: nobody should wonder why. */
function checkSilentSite({ input, tree, problems }: SiteCheck): void {
  const needs = (path: SourcePath): void => {
    problems.error(keyRange(tree, path), 'this needs a media server; `media.server` is `none`');
  };
  for (const id of Object.keys(input.menus)) needs(['menus', id]);
  for (const id of Object.keys(input.voicemails)) needs(['voicemails', id]);
  for (const { to, path } of waysOf(input)) {
    if (typeof to === 'object' && 'message' in to) needs([...path, 'message']);
  }
  for (const [id, queue] of Object.entries(input.queues)) {
    if (queue.media === 'anchored') needs(['queues', id, 'media']);
    if (queue.recording !== 'never') needs(['queues', id, 'recording']);
    if (queue.while_waiting !== 'ringing' && nodeAt(tree, ['queues', id, 'while_waiting']) !== undefined) {
      needs(['queues', id, 'while_waiting']);
    }
  }
}
