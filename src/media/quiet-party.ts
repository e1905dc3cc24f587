import { silentSdp } from '../voice/sdp.js';

/**
 * Until the party is known: a stream that is inactive, at the server's own address. FreeSWITCH takes 0.0.0.0 for being put on
 * hold (RFC 2543), and would end that by an offer of its own when the place is joined.
 */
export function quietParty(serverSdp: string): string {
  const address = /^c=IN (IP[46] [^\s/]+)/m.exec(serverSdp)?.[1];
  const silent = silentSdp(serverSdp);
  return address === undefined ? silent : silent.replace(/^c=.*/m, `c=IN ${address}`);
}
