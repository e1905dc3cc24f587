/** Sites for end-to-end tests, as an admin would write them: only what a test is about differs. */
import { stringify } from 'yaml';
import type { Account } from '../sipp/phones.js';

export const domain = 'e2e.example';

export interface SiteParts {
  readonly agents: Readonly<Record<string, unknown>>;
  readonly hours?: Readonly<Record<string, unknown>>;
  readonly teams?: Readonly<Record<string, unknown>>;
  readonly queues?: Readonly<Record<string, unknown>>;
  readonly entry_points?: Readonly<Record<string, unknown>>;
  readonly trunks?: Readonly<Record<string, unknown>>;
  readonly site?: Readonly<Record<string, unknown>>;
  readonly sip?: Readonly<Record<string, unknown>>;
  /** Without it there are no media servers, and who waits hears the ringing tone. */
  readonly media?: Readonly<Record<string, unknown>>;
  readonly menus?: Readonly<Record<string, unknown>>;
  readonly voicemails?: Readonly<Record<string, unknown>>;
}

export function siteYaml(parts: SiteParts): string {
  return stringify({
    ...parts,
    site: {
      name: 'End to end',
      misses_until_away: 0,
      sign_out_after: '0s',
      back_off: { busy: '0s', declined: '0s', no_answer: '0s', unreachable: '0s' },
      ...parts.site,
    },
    sip: {
      domain,
      listen: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'],
      digest: ['MD5', 'SHA-256'],
      registrar: { min_expires: '1s', keep_alive: '0s' },
      protection: { max_requests_per_second: 100_000 },
      ...parts.sip,
    },
    media: parts.media ?? { server: 'none' },
    http: { listen: '127.0.0.1:0', token: 'a-token-for-tests' },
  });
}

/** The SIP account of the agent of that name. */
export function accountOf(username: string): Account {
  return { username, password: `secret-of-${username}` };
}

export const accountsOf = (usernames: readonly string[]): Account[] => usernames.map(accountOf);

/** Agents with one SIP phone each, whose account is called like them. */
export function agents(...names: readonly string[]): Record<string, { devices: Record<string, unknown> }> {
  return Object.fromEntries(names.map((name) => [name, { devices: { phone: sipDevice(name) } }]));
}

export function sipDevice(username: string): { sip: string; password: string } {
  return { sip: username, password: accountOf(username).password };
}

/** `a1`, `a2`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
