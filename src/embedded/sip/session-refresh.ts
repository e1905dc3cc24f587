import type { AgentContext } from './agent-context.js';
import type { Dialog } from './dialog.js';
import type { SipResponse } from './message.js';
import { parseNameAddr } from './name-addr.js';
import { endDialog, sendAck, sendInDialog } from './server-requests.js';
import { MIN_SESSION_SECONDS, SessionTimer, sessionExpiresOf } from './session-timer.js';

/** Longest session interval that is believed; a peer could name one that no timer can run. */
const MAX_SESSION_SECONDS = 7 * 24 * 3600;

/** Starts the session timer anew (RFC 4028 §10). Intervals that make no sense are brought within bounds. */
export function restartSessionTimer(context: AgentContext, dialog: Dialog, asked: number, weRefresh: boolean): void {
  const seconds = Math.min(Math.max(asked, MIN_SESSION_SECONDS), MAX_SESSION_SECONDS);
  dialog.sessionTimer?.stop();
  dialog.sessionTimer = new SessionTimer(context.timers, seconds, weRefresh, () => {
    if (weRefresh) refresh(context, dialog, seconds);
    else endDialog(context, dialog, 'Session timer expired');
  });
}

/** Sends the re-INVITE that keeps the session alive, with the description that the peer has already. */
function refresh(context: AgentContext, dialog: Dialog, seconds: number): void {
  const seq = ++dialog.localSeq;
  const invite = dialog.request('INVITE', seq);
  invite.add('Session-Expires', `${String(seconds)}; refresher=uac`).add('Min-SE', String(MIN_SESSION_SECONDS));
  invite.add('Contact', dialog.contact);
  if (dialog.localBody !== undefined) {
    invite.add('Content-Type', dialog.localBody.type);
    invite.body = dialog.localBody.body;
  }
  const failed = (): void => {
    if (context.dialogs.get(dialog.id) === dialog) endDialog(context, dialog, 'Session timer expired');
  };
  const response = (answer: SipResponse): void => {
    if (answer.status < 200) return;
    if (answer.status >= 300) failed();
    else refreshed(context, dialog, seq, answer);
  };
  sendInDialog(context, dialog, invite, { response, failed }, (result) => {
    if (!result.ok) failed();
  });
}

function refreshed(context: AgentContext, dialog: Dialog, seq: number, answer: SipResponse): void {
  if (context.dialogs.get(dialog.id) !== dialog) return;
  refreshTarget(dialog, answer.list('contact')[0]);
  sendAck(context, dialog, dialog.request('ACK', seq), () => undefined);
  const expires = sessionExpiresOf(answer);
  if (expires !== undefined) restartSessionTimer(context, dialog, expires.seconds, expires.refresher !== 'uas');
}

/** Takes over a new remote target (RFC 3261 §12.2.1.2). */
export function refreshTarget(dialog: Dialog, contact: string | undefined): void {
  const uri = contact === undefined ? undefined : parseNameAddr(contact)?.uri;
  if (uri !== undefined) dialog.target = uri;
}
