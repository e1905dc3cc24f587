/** An operation as a value, so that one history can be played to several ledgers. */
import type { AgentId, QueueId, WorkId } from '../../../src/kernel/ids.js';
import type {
  AssignRequest,
  DeclineCause,
  Ledger,
  LedgerSite,
  NewWork,
  OfferRef,
  PresenceChange,
  PullRequest,
  ScheduledAbsence,
  TransferRequest,
} from '../../../src/ledger/ledger.js';
import type { Channel } from '../../../src/config/routing-config.js';

export type LedgerCall =
  | { readonly op: 'configure'; readonly site: LedgerSite }
  | { readonly op: 'setPresence'; readonly change: PresenceChange }
  | { readonly op: 'setReachable'; readonly agent: AgentId; readonly channel: Channel; readonly reachable: boolean }
  | { readonly op: 'switchChannel'; readonly agent: AgentId; readonly channel: Channel; readonly on: boolean }
  | { readonly op: 'setSchedule'; readonly agent: AgentId; readonly absences: readonly ScheduledAbsence[] }
  | { readonly op: 'enqueue'; readonly work: NewWork }
  | { readonly op: 'requeue'; readonly work: WorkId; readonly queue: QueueId }
  | { readonly op: 'match'; readonly queue: QueueId }
  | { readonly op: 'preview'; readonly queue: QueueId }
  | { readonly op: 'extend'; readonly work: WorkId; readonly attempt: number; readonly count?: number }
  | { readonly op: 'accept'; readonly offer: OfferRef }
  | { readonly op: 'decline'; readonly offer: OfferRef; readonly cause: DeclineCause }
  | { readonly op: 'abandon'; readonly work: WorkId }
  | { readonly op: 'release'; readonly work: WorkId; readonly wrapUpMs: number; readonly talkMs: number }
  | { readonly op: 'endWrapUp'; readonly agent: AgentId }
  | { readonly op: 'assign'; readonly request: AssignRequest }
  | { readonly op: 'transfer'; readonly request: TransferRequest }
  | { readonly op: 'pull'; readonly request: PullRequest }
  | { readonly op: 'expire' };

export function perform(ledger: Ledger, call: LedgerCall): Promise<unknown> {
  switch (call.op) {
    case 'configure':
      return ledger.configure(call.site);
    case 'setPresence':
      return ledger.setPresence(call.change);
    case 'setSchedule':
      return ledger.setSchedule({ agent: call.agent, absences: call.absences });
    case 'setReachable':
      return ledger.setReachable({ agent: call.agent, channel: call.channel, reachable: call.reachable });
    case 'switchChannel':
      return ledger.switchChannel({ agent: call.agent, channel: call.channel, on: call.on });
    case 'enqueue':
      return ledger.enqueue(call.work);
    case 'requeue':
      return ledger.requeue({ work: call.work, queue: call.queue });
    case 'match':
      return ledger.match(call.queue);
    case 'preview':
      return ledger.preview(call.queue);
    case 'extend':
      return ledger.extend({
        work: call.work,
        attempt: call.attempt,
        ...(call.count !== undefined && { count: call.count }),
      });
    case 'accept':
      return ledger.accept(call.offer);
    case 'decline':
      return ledger.decline({ ...call.offer, cause: call.cause });
    case 'abandon':
      return ledger.abandon(call.work);
    case 'release':
      return ledger.release({ work: call.work, wrapUpMs: call.wrapUpMs, talkMs: call.talkMs });
    case 'endWrapUp':
      return ledger.endWrapUp(call.agent);
    case 'assign':
      return ledger.assign(call.request);
    case 'transfer':
      return ledger.transfer(call.request);
    case 'pull':
      return ledger.pull(call.request);
    case 'expire':
      return ledger.expire();
  }
}
