/** Lets who proves an account through, and answers everybody else: a challenge, or a refusal that comes late. */
import type { DigestAuth } from './digest-auth.js';
import type { SipRequest } from '../signalling.js';
import type { SourceGuard } from './source-guard.js';

export interface Doorkeeper {
  /** The account that signed the request; `undefined` when the request has been answered, or will be. */
  authenticate(request: SipRequest): string | undefined;
  challenge(request: SipRequest, options?: { readonly isStale?: boolean }): void;
}

export function createDoorkeeper({ auth, guard }: { auth: DigestAuth; guard: SourceGuard }): Doorkeeper {
  const userAgentOf = (request: SipRequest): string => request.header('user-agent') ?? '';
  const challenge: Doorkeeper['challenge'] = (request, options) => {
    const values = auth.challenge({ ...options, userAgent: userAgentOf(request) });
    request.respond(401, { headers: { 'WWW-Authenticate': values } });
  };
  return {
    challenge,
    authenticate(request) {
      const { address } = request.source;
      const verdict = auth.verify({
        method: request.method,
        uri: request.uri,
        authorization: request.header('authorization'),
        userAgent: userAgentOf(request),
      });
      switch (verdict.type) {
        case 'authenticated':
          guard.succeeded(address);
          return verdict.username;
        case 'missing':
          challenge(request);
          return undefined;
        case 'stale':
          challenge(request, { isStale: true });
          return undefined;
        case 'wrong':
          guard.failed({ address, username: verdict.username }, (isHeld) => {
            if (isHeld) request.respond(403);
            else request.respond(503, { headers: { 'Retry-After': '10' } });
          });
          return undefined;
      }
    },
  };
}
