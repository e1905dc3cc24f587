/** Keeps the session of an established dialog alive (RFC 4028): refreshes, and asks whether a silent peer is still there. */
import type { DialogRequests } from './dialog-requests.js';
import { createSessionTimer, type SessionTimer } from './session-timer.js';
import type { LegContext } from './leg-context.js';
import type { TimerScope } from './timers.js';

interface SessionUpkeepDeps {
  readonly context: LegContext;
  readonly timers: TimerScope;
  readonly requests: () => DialogRequests;
  /** Another offer is under way. */
  isNegotiating(): boolean;
  isOver(): boolean;
  /** SDP that we sent last. */
  localSdp(): string | undefined;
  /** Nobody is there any more. */
  onDead(): void;
}

/** After so many OPTIONS in a row that could not be delivered, so long apart, nobody is there any more. */
const probesUntilGone = 3;
const refusedProbePauseMs = 2_000;

export function createSessionUpkeep(deps: SessionUpkeepDeps): SessionTimer {
  let probesRefused = 0;
  const session = createSessionTimer(deps.context.sessionTimers, deps.timers, {
    refresh,
    probe,
    expired: () => deps.onDead(),
  });
  return session;

  function refresh(): void {
    if (deps.isNegotiating()) return session.again(2_000);
    const localSdp = deps.localSdp();
    const content = localSdp === undefined ? { headers: {} } : { headers: {}, body: localSdp };
    deps.requests().modify(localSdp === undefined ? 'UPDATE' : 'INVITE', content, ({ status, ack }) => {
      if (status < 300) ack();
      else if (status === 408 || status === 481) deps.onDead();
      else if (!deps.isOver()) session.again(4_000 + Math.floor(Math.random() * 2_000));
    });
  }

  function probe(): void {
    deps.requests().send('OPTIONS', { headers: { Accept: 'application/sdp' } }, ({ status }) => {
      // Any other answer, a refusal too, comes from somebody who knows the dialog.
      if (status === 408 || status === 481) return deps.onDead();
      if (deps.isOver()) return;
      // 503 is what the server says for a packet that cannot be delivered (RFC 3261 §8.1.3.1), and a busy peer for itself.
      probesRefused = status === 503 ? probesRefused + 1 : 0;
      if (probesRefused >= probesUntilGone) deps.onDead();
      else session.again(status === 503 ? refusedProbePauseMs : undefined);
    });
  }
}
