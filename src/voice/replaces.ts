/** The Replaces header field (RFC 3891 §6.1): the dialog that a call is to take over. */
import { sipCallId, type SipCallId } from '../kernel/ids.js';
import type { DialogName } from './signalling.js';
import { parseParams } from './sip-uri.js';

export interface Replaces {
  readonly callId: SipCallId;
  /** Tag of the side that is asked. */
  readonly toTag: string;
  readonly fromTag: string;
  /** Only a call that still rings may be taken over. */
  readonly earlyOnly: boolean;
}

/** `undefined` for anything but one dialog with both of its tags: the answer is 400 (RFC 3891 §3). */
export function parseReplaces(text: string): Replaces | undefined {
  const found = /^\s*([^\s;,<>"]+)\s*(;[^,]*)$/.exec(text);
  if (found === null) return undefined;
  const params = parseParams(found[2] ?? '');
  const { 'to-tag': toTag, 'from-tag': fromTag } = params;
  if (!toTag || !fromTag) return undefined;
  return { callId: sipCallId(found[1] ?? ''), toTag, fromTag, earlyOnly: 'early-only' in params };
}

/**
 * Whether `replaces` means this dialog. RFC 3891 §3 has our tag as to-tag; phones that write down a dialog as they see it
 * have it as from-tag, and mean no other dialog by that.
 */
export function namesDialog(
  { callId, toTag, fromTag }: Pick<Replaces, 'callId' | 'toTag' | 'fromTag'>,
  dialog: DialogName,
): boolean {
  if (callId !== dialog.callId) return false;
  const isOurs = toTag === dialog.localTag && fromTag === dialog.remoteTag;
  return isOurs || (toTag === dialog.remoteTag && fromTag === dialog.localTag);
}
