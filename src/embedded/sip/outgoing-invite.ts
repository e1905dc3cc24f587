import type { Buffer } from 'node:buffer';
import type { App } from './app.js';
import type { Dialog } from './dialog.js';
import type { Flow } from './flow.js';
import type { InviteClientTransaction } from './invite-client-transaction.js';
import type { SipRequest } from './message.js';

/** The ACK of one answer, to be sent again when the answer comes again. */
export interface SentAck {
  readonly flow: Flow;
  readonly bytes: Buffer;
}

/** An INVITE that an application sent, until it is over and no answer of another fork can come. */
export interface OutgoingInvite {
  readonly id: string;
  readonly dialogId: string;
  readonly app: App;
  readonly request: SipRequest;
  readonly flow: Flow;
  transaction: InviteClientTransaction | undefined;
  /** Whether the application has sent a CANCEL. */
  isCancelled: boolean;
  /** The dialog that the first answer, or a provisional one that wants a PRACK, has made. */
  dialog: Dialog | undefined;
  /** ACKs by To tag; `undefined` while the application has not sent its own yet. */
  readonly acks: Map<string, SentAck | undefined>;
}
