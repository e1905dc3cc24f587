/** Passwords, tokens and the like: where they come from, and that examples stay on this machine. */
import { formatHostPort, isLoopback } from './network-address.js';
import { describePlace, type SourceRange } from './problem.js';
import type { SiteCheck } from './site-check.js';
import type { SecretInput } from './site-schema.js';
import { nodeAt, valueRange, type SourcePath } from './source-tree.js';

/** Everything that begins so is public knowledge. */
const examplePrefix = 'example-';

/** Gives the content of the file, or says in words why it cannot be read. Paths are as written in the configuration. */
export type SecretReader = (path: string) => { ok: true; text: string } | { ok: false; why: string };

export interface Secrets {
  /** By path of the value; empty text where a problem was told. */
  get(path: SourcePath): string;
  /** Where example passwords are in use. */
  readonly examples: readonly SourceRange[];
}

export function resolveSecrets(site: SiteCheck, read: SecretReader): Secrets {
  const values = new Map<string, string>();
  const examples: SourceRange[] = [];
  for (const { path, input, token } of writtenSecrets(site)) {
    const value = secretValue(site, path, input, read);
    if (value === undefined) continue;
    const at = valueRange(site.tree, path);
    // A token that is empty (`${SWITCHBOARD_TOKEN:-}`) is as good as none.
    if (value === '' && token === true) continue;
    if (value === '') site.problems.error(at, 'this secret is empty');
    if (/\p{Cc}/u.test(value)) site.problems.error(at, 'a secret must be one line of text');
    else if (token === true && !/^[!-~]*$/.test(value)) {
      site.problems.error(at, 'a token must be of ASCII characters without spaces');
    }
    if (value.startsWith(examplePrefix)) examples.push(at);
    values.set(JSON.stringify(path), value);
  }
  return { get: (path) => values.get(JSON.stringify(path)) ?? '', examples };
}

interface WrittenSecret {
  readonly path: SourcePath;
  readonly input: SecretInput;
  readonly token?: boolean;
}

function writtenSecrets({ input }: SiteCheck): readonly WrittenSecret[] {
  const found: WrittenSecret[] = [];
  for (const [id, agent] of Object.entries(input.agents)) {
    for (const [device, settings] of Object.entries(agent.devices)) {
      if (!('sip' in settings)) continue;
      found.push({ path: ['agents', id, 'devices', device, 'password'], input: settings.password });
    }
  }
  for (const [id, trunk] of Object.entries(input.trunks)) {
    for (const side of ['inbound', 'outbound'] as const) {
      const account = trunk[side];
      if (account !== undefined) found.push({ path: ['trunks', id, side, 'password'], input: account.password });
    }
  }
  if (input.sip.server !== 'embedded')
    found.push({ path: ['sip', 'server', 'secret'], input: input.sip.server.secret });
  for (const [index, { password }] of (input.media.servers ?? []).entries()) {
    found.push({ path: ['media', 'servers', index, 'password'], input: password });
  }
  if (input.store !== 'memory' && input.store.password !== undefined)
    found.push({ path: ['store', 'password'], input: input.store.password });
  if (input.chat !== undefined) found.push({ path: ['chat', 'token_secret'], input: input.chat.token_secret });
  if (typeof input.chat?.transcripts === 'object' && 'postgres' in input.chat.transcripts) {
    found.push({ path: ['chat', 'transcripts', 'postgres'], input: input.chat.transcripts.postgres });
  }
  for (const [name, { secret }] of Object.entries(input.work?.webhooks ?? {})) {
    found.push({ path: ['work', 'webhooks', name, 'secret'], input: secret });
  }
  if (input.http.token !== undefined) found.push({ path: ['http', 'token'], input: input.http.token, token: true });
  return found;
}

function secretValue(site: SiteCheck, path: SourcePath, input: SecretInput, read: SecretReader): string | undefined {
  const node = nodeAt(site.tree, path);
  if (typeof input === 'object') {
    const content = read(input.file);
    if (content.ok) return content.text.replace(/\r?\n$/, '');
    site.problems.error(valueRange(site.tree, [...path, 'file']), `cannot read \`${input.file}\`: ${content.why}`);
    return undefined;
  }
  if (node?.kind !== 'scalar' || node.unresolved === true) return undefined;
  if (node.fromEnvironment !== true && input !== '' && !input.startsWith(examplePrefix)) {
    const message = 'a secret in the file itself is in every copy of it; use `${NAME}` or `{ file: PATH }`';
    site.problems.warning(node.at, message);
  }
  return input;
}

/** Example passwords are known to all the world, so nothing may listen beyond this machine while one is in use. */
export function refuseOpenExamples({ input, tree, problems }: SiteCheck, examples: readonly SourceRange[]): void {
  const open: string[] = [];
  const noteOpen = (host: string, what: string, path: SourcePath): void => {
    if (!isLoopback(host)) open.push(`${what} (${describePlace(valueRange(tree, path))})`);
  };
  const { server, listen } = input.sip;
  if (server === 'embedded') {
    for (const [index, address] of listen.entries()) {
      noteOpen(address.host, `\`${address.transport}:${formatHostPort(address)}\``, ['sip', 'listen', index]);
    }
  } else {
    const { drachtio } = server;
    noteOpen(drachtio.host, `the drachtio-server at \`${formatHostPort(drachtio)}\``, ['sip', 'server', 'drachtio']);
  }
  for (const [index, { event_socket: eventSocket }] of (input.media.servers ?? []).entries()) {
    const path = ['media', 'servers', index, 'event_socket'];
    noteOpen(eventSocket.host, `the FreeSWITCH at \`${formatHostPort(eventSocket)}\``, path);
  }
  noteOpen(input.http.listen.host, `\`http ${formatHostPort(input.http.listen)}\``, ['http', 'listen']);
  if (open.length === 0) return;
  for (const at of examples) {
    const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)/.exec(at.file.text.slice(at.start, at.end))?.[1];
    const remedy =
      variable === undefined ? 'choose a secret of your own' : `set the environment variable \`${variable}\``;
    problems.error(at, `an example secret, while ${open.join(' and ')} can be reached from other machines; ${remedy}`);
  }
}
