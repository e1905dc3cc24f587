/** Which source addresses belong to whom: single addresses and CIDR ranges, IPv4 and IPv6. */
import { BlockList, isIP } from 'node:net';
import { SwitchboardError } from '../kernel/errors.js';

/**
 * @param ranges `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`; an IPv6 address may stand in brackets
 * @returns whether an address lies in one of them; an IPv4 address mapped into IPv6 (`::ffff:203.0.113.7`) counts as
 *   the IPv4 address that it is, and what is no address matches nothing
 * @throws SwitchboardError BUG for a range that is none: the configuration is checked before it comes here
 */
export function createAddressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return (address) => {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  };
}

function addRange(list: BlockList, range: string): void {
  const [text = '', prefixText, ...rest] = range.trim().split('/');
  const address = plainAddress(text);
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : NaN;
  if (version === 0 || rest.length > 0 || !(prefix <= bits)) {
    throw new SwitchboardError('BUG', `not an address or CIDR range: ${JSON.stringify(range)}`);
  }
  list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
}

/** Without brackets and zone (`%eth0`), and IPv4 where it is IPv4 in disguise. */
function plainAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  return mapped?.[1] ?? bare;
}
