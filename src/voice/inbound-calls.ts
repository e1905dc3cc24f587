/** INVITEs from outside: admission says who calls and for what, and the call, or the star code, begins. */
import type { RoutingConfig } from '../config/routing-config.js';
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import { workId, type QueueId } from '../kernel/ids.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Admission, Caller } from './access/admission.js';
import type { Calls } from './calls.js';
import type { CallSummary } from './calls-view.js';
import { destinationOf, type Dialled } from './dial-plan.js';
import type { Logger } from '../kernel/logger.js';
import type { SignallingHandlers, SipRequest } from './signalling.js';
import { dialStarCode } from './access/star-code.js';

type OnInvite = SignallingHandlers['onInvite'];

export interface InboundCalls {
  readonly onInvite: OnInvite;
  /** Answers every new call with 503 from now on. */
  close(): void;
}

export interface InboundCallsDeps {
  readonly config: () => RoutingConfig;
  readonly admission: Admission;
  readonly calls: Calls;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  /**
   * Whether a call for that queue, or for anything else, can be begun: not without the ledger's store, unless the queue has
   * a standby list. Default: always.
   */
  readonly canBegin?: (queue: QueueId | undefined) => boolean;
  readonly log: Logger;
}

export function createInboundCalls(deps: InboundCallsDeps): InboundCalls {
  const { admission, calls, clock, config, ledger, log } = deps;
  let isClosed = false;

  return {
    onInvite(request, accept) {
      if (isClosed) {
        request.respond(503, { headers: { 'Retry-After': '10' } });
        return;
      }
      // Nobody could be held to their limits; a carrier that is told so may try another controller.
      if (deps.canBegin?.(queueDialled(request, config())) === false) {
        request.respond(503, { headers: { 'Retry-After': '5' } });
        return;
      }
      const admitted = admission.admit(request);
      if (admitted.type === 'turned-away') return;
      if (admitted.type === 'refused') {
        report(deps, request, admitted.status);
        return;
      }

      const { caller, dialled } = admitted;
      const dialler = caller.type === 'agent' ? caller.agent : undefined;
      if (dialled.type === 'star-code') {
        if (dialler === undefined) {
          request.respond(404);
          return;
        }
        dialStarCode({ agent: dialler, sets: dialled.sets, request, accept, ledger }).catch((error: unknown) => {
          log.error({ err: error, agent: dialler }, 'star code failed');
        });
        return;
      }
      const destination = destinationOf(dialled, config(), clock.now());
      if (destination === undefined) {
        request.respond(404);
        return;
      }
      calls.begin({
        request,
        accept,
        destination,
        direction: directionOf(caller, dialled),
        ...(dialler === undefined ? {} : { dialler }),
      });
    },
    close() {
      isClosed = true;
    },
  };
}

function queueDialled({ user }: SipRequest, { entryPoints }: RoutingConfig): QueueId | undefined {
  const to = entryPoints.find(({ number }) => number === user.split(';', 1)[0])?.to;
  return to?.kind === 'queue' ? to.queue : undefined;
}

function directionOf(caller: Caller, dialled: Dialled): CallSummary['direction'] {
  if (caller.type !== 'agent') return 'inbound';
  return dialled.type === 'number' ? 'outbound' : 'internal';
}

function report({ events, log }: InboundCallsDeps, request: SipRequest, status: number): void {
  log.info({ sipCallId: request.callId, status, source: request.source.address }, 'call refused');
  events.emit({ type: 'call.refused', call: workId(request.callId), status, why: `dialled ${request.user}` });
}
