import type { Dialog } from './dialog.js';
import { tagOf } from './name-addr.js';
import type { SipRequest } from './message.js';

/** Dialogs by our id, by what a peer's request says, and by Call-ID. */
export class DialogTable {
  private readonly byId = new Map<string, Dialog>();
  private readonly byTags = new Map<string, Dialog>();
  private readonly byCallId = new Map<string, Set<Dialog>>();

  get size(): number {
    return this.byId.size;
  }

  add(dialog: Dialog): void {
    this.byId.set(dialog.id, dialog);
    this.byTags.set(key(dialog.callId, dialog.localTag, dialog.remoteTag), dialog);
    const sameCall = this.byCallId.get(dialog.callId);
    if (sameCall === undefined) this.byCallId.set(dialog.callId, new Set([dialog]));
    else sameCall.add(dialog);
  }

  /** Forgets a dialog and stops what runs for it. */
  remove(dialog: Dialog): void {
    dialog.stop();
    if (!this.byId.delete(dialog.id)) return;
    this.byTags.delete(key(dialog.callId, dialog.localTag, dialog.remoteTag));
    const sameCall = this.byCallId.get(dialog.callId);
    sameCall?.delete(dialog);
    if (sameCall?.size === 0) this.byCallId.delete(dialog.callId);
  }

  get(id: string): Dialog | undefined {
    return this.byId.get(id);
  }

  /** The dialog that a request from the peer belongs to (RFC 3261 §12.2.2). */
  of(request: SipRequest): Dialog | undefined {
    const localTag = tagOf(request.get('to') ?? '');
    if (localTag === undefined) return undefined;
    return this.byTags.get(key(request.get('call-id') ?? '', localTag, tagOf(request.get('from') ?? '') ?? ''));
  }

  /** A confirmed dialog with that Call-ID. */
  confirmedWith(callId: string): Dialog | undefined {
    for (const dialog of this.byCallId.get(callId) ?? []) if (dialog.isConfirmed) return dialog;
    return undefined;
  }

  /** Stops everything that runs for any dialog. */
  stopAll(): void {
    for (const dialog of this.byId.values()) dialog.stop();
  }
}

function key(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}
