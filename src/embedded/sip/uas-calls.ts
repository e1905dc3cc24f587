import type { AgentContext } from './agent-context.js';
import type { Dialog } from './dialog.js';
import type { Flow } from './flow.js';
import { serialise, type SipRequest, type SipResponse } from './message.js';
import { parseNameAddr } from './name-addr.js';
import { parseCSeq } from './request-check.js';
import { endDialog } from './server-requests.js';
import { bareHost } from './flow.js';
import type { Timer } from './timers.js';
import { parseUri } from './uri.js';

/**
 * Repeats a 2xx to INVITE until its ACK comes (RFC 3261 §13.3.1.4), over UDP only as the real server does. Without an ACK in
 * 64 × T1 the server ends the call itself.
 */
export function awaitAck(context: AgentContext, dialog: Dialog, flow: Flow, response: SipResponse): void {
  const { timers, dialogs } = context;
  const bytes = serialise(response);
  const seq = parseCSeq(response.get('cseq') ?? '')?.seq ?? 0;
  let repeat: Timer | undefined;
  const repeatIn = (ms: number): void => {
    repeat = timers.start(ms, () => {
      flow.send(bytes);
      repeatIn(Math.min(2 * ms, timers.times.t2));
    });
  };
  if (!flow.reliable) repeatIn(timers.times.t1);
  const giveUp = timers.start(timers.transactionMs, () => {
    if (dialogs.get(dialog.id) === dialog) endDialog(context, dialog, 'ACK timeout');
  });
  dialog.unacknowledged.set(seq, () => {
    repeat?.stop();
    giveUp.stop();
  });
}

/** Notes an ACK. Answers whether it was waited for. */
export function acknowledge(dialog: Dialog, ack: SipRequest): boolean {
  const seq = parseCSeq(ack.get('cseq') ?? '')?.seq ?? -1;
  const stop = dialog.unacknowledged.get(seq);
  if (stop === undefined) return false;
  stop();
  return dialog.unacknowledged.delete(seq);
}

/**
 * Where in-dialog requests to a caller must go when its Contact is not where it sends from: a phone behind NAT that does not
 * know it. Only over UDP and without proxies in between, as the real server decides it.
 */
export function natHopOfCaller(invite: SipRequest, flow: Flow): string | undefined {
  if (flow.reliable || invite.has('record-route')) return undefined;
  const uri = parseUri(parseNameAddr(invite.list('contact')[0] ?? '')?.uri ?? '');
  if (uri === undefined) return undefined;
  const isElsewhere =
    bareHost(uri.host) !== flow.remoteHost || (uri.port !== undefined && uri.port !== flow.remotePort);
  return isElsewhere ? hopUri(flow) : undefined;
}

/** The same for an answering phone, whose port may differ (it may answer from another one than it listens on). */
export function natHopOfCallee(answer: SipResponse, flow: Flow): string | undefined {
  const routes = answer.list('record-route');
  const first = routes[routes.length - 1];
  if (first !== undefined) {
    const uri = parseUri(parseNameAddr(first)?.uri ?? '');
    return uri !== undefined && isPrivate(uri.host) ? hopUri(flow) : undefined;
  }
  const uri = parseUri(parseNameAddr(answer.list('contact')[0] ?? '')?.uri ?? '');
  return uri !== undefined && bareHost(uri.host) !== flow.remoteHost ? hopUri(flow) : undefined;
}

function hopUri(flow: Flow): string {
  const host = flow.remoteHost.includes(':') ? `[${flow.remoteHost}]` : flow.remoteHost;
  return `sip:${host}:${String(flow.remotePort)}${flow.reliable ? ';transport=tcp' : ''}`;
}

/** RFC 1918. */
function isPrivate(host: string): boolean {
  const [a, b] = host.split('.').map(Number);
  return a === 10 || (a === 172 && b !== undefined && b >= 16 && b < 32) || (a === 192 && b === 168);
}
