import { BlockList, isIPv4 } from 'node:net';
import { formatDuration } from './duration.js';
import { formatHostPort, isLoopback, isWildcard, parseNetwork } from './network-address.js';
import { describePlace, type SourceRange } from './problem.js';
import type { SiteCheck } from './site-check.js';
import { keyRange, valueRange } from './source-tree.js';

/** Listeners, registrar times and whom the trunks let in. */
export function checkNetwork(site: SiteCheck): void {
  checkListeners(site);
  checkTimes(site);
  checkDigest(site);
  checkTrunkAddresses(site);
  checkTrunkAccounts(site);
}

interface Listener {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly at: SourceRange;
}

function checkListeners(site: SiteCheck): void {
  const { input, tree, problems } = site;
  const embedded = input.sip.server === 'embedded';
  const listeners: Listener[] = embedded
    ? input.sip.listen.map(({ transport, host, port }, index) => {
        return { protocol: transport, host, port, at: valueRange(tree, ['sip', 'listen', index]) };
      })
    : [];
  listeners.push({ protocol: 'tcp', ...input.http.listen, at: valueRange(tree, ['http', 'listen']) });
  for (const [index, listener] of listeners.entries()) {
    const earlier = listeners.slice(0, index).find((other) => collide(other, listener));
    if (earlier === undefined) continue;
    const taken = `${earlier.protocol}:${formatHostPort(earlier)}`;
    problems.error(listener.at, `${taken} is taken already at ${describePlace(earlier.at)}; choose another port`);
  }
}

function collide(a: Listener, b: Listener): boolean {
  if (a.protocol !== b.protocol || a.port !== b.port || a.port === 0) return false;
  return a.host === b.host || isWildcard(a.host) || isWildcard(b.host);
}

function checkTimes({ input, tree, problems }: SiteCheck): void {
  const { registrar, session_timers: session, protection } = input.sip;
  const atMost = (value: number, limit: number, path: readonly string[], limitKey: string): void => {
    if (value <= limit) return;
    const message = `${formatDuration(value)} is more than \`${limitKey}\` (${formatDuration(limit)})`;
    problems.error(valueRange(tree, ['sip', ...path]), message);
  };
  atMost(registrar.min_expires, registrar.max_expires, ['registrar', 'min_expires'], 'max_expires');
  atMost(registrar.default_expires, registrar.max_expires, ['registrar', 'default_expires'], 'max_expires');
  atMost(protection.auth_delay, protection.auth_max_delay, ['protection', 'auth_delay'], 'auth_max_delay');
  if (registrar.default_expires < registrar.min_expires) {
    const limit = formatDuration(registrar.min_expires);
    const message = `${formatDuration(registrar.default_expires)} is less than \`min_expires\` (${limit})`;
    problems.error(valueRange(tree, ['sip', 'registrar', 'default_expires']), message);
  }
  if (session.expires > 0 && session.expires < session.min) {
    const message = `${formatDuration(session.expires)} is less than \`min\` (${formatDuration(session.min)}); RFC 4028 wants at least that, or \`0s\``;
    problems.error(valueRange(tree, ['sip', 'session_timers', 'expires']), message);
  }
}

function checkDigest({ input, tree, problems }: SiteCheck): void {
  for (const [index, algorithm] of input.sip.digest.entries()) {
    if (input.sip.digest.indexOf(algorithm) === index) continue;
    problems.error(valueRange(tree, ['sip', 'digest', index]), `\`${algorithm}\` stands in this list already`);
  }
}

/** A source address tells who calls, so it must tell one trunk, and never everybody. */
function checkTrunkAddresses({ input, tree, problems }: SiteCheck): void {
  const seen = new Map<string, { trunk: string; at: SourceRange }>();
  for (const [id, { addresses }] of Object.entries(input.trunks)) {
    for (const [index, written] of addresses.entries()) {
      const at = valueRange(tree, ['trunks', id, 'addresses', index]);
      const network = parseNetwork(written);
      if (network === undefined) continue;
      if (network.bits === 0) {
        problems.error(at, `\`${written}\` is everybody; name the addresses of the carrier`);
      } else if (coversLoopback(network.address, network.bits)) {
        problems.warning(at, `\`${written}\` is this machine: all that calls from here counts as trunk \`${id}\``);
      }
      const earlier = seen.get(written);
      if (earlier === undefined) seen.set(written, { trunk: id, at });
      else {
        const message = `\`${written}\` belongs to trunk \`${earlier.trunk}\` already (${describePlace(earlier.at)})`;
        problems.error(at, message);
      }
    }
  }
}

function coversLoopback(address: string, bits: number | undefined): boolean {
  if (isLoopback(address)) return true;
  if (bits === undefined) return false;
  const list = new BlockList();
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  list.addSubnet(address, bits, family);
  return list.check(family === 'ipv4' ? '127.0.0.1' : '::1', family);
}

/** The user name of a digest answer tells whose account it is, so trunks and devices may not share one. */
function checkTrunkAccounts({ input, tree, problems }: SiteCheck): void {
  const owners = new Map<string, string>();
  for (const [id, agent] of Object.entries(input.agents)) {
    for (const device of Object.values(agent.devices)) {
      if ('sip' in device) owners.set(device.sip, `a device of \`${id}\``);
    }
  }
  for (const [id, { inbound }] of Object.entries(input.trunks)) {
    if (inbound === undefined) continue;
    const owner = owners.get(inbound.username);
    if (owner !== undefined) {
      const at = valueRange(tree, ['trunks', id, 'inbound', 'username']);
      problems.error(at, `the user name \`${inbound.username}\` is ${owner} already; choose another`);
    }
    owners.set(inbound.username, `trunk \`${id}\``);
  }
  for (const [id, trunk] of Object.entries(input.trunks)) {
    if (trunk.addresses.length > 0 || trunk.inbound !== undefined || trunk.allowed_prefixes.length > 0) continue;
    const message = `trunk \`${id}\` can do nothing: give it \`addresses\` or \`inbound\` for calls in, \`allowed_prefixes\` for calls out`;
    problems.warning(keyRange(tree, ['trunks', id]), message);
  }
}
