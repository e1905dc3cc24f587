/** What controllers say to each other about pages that have come to one, and chats that run on another. */

/** Whose page it is, as the controller has found out to which it came. */
export type Guest =
  | { readonly kind: 'visitor'; readonly address: string }
  | { readonly kind: 'agent'; readonly agent: string; readonly isSupervisor: boolean }
  /** Nobody's page: whoever erases what is kept of a customer, who is named by the one message. */
  | { readonly kind: 'eraser' };

export type Frame =
  | { readonly kind: 'open'; readonly link: string; readonly guest: Guest }
  | { readonly kind: 'text'; readonly link: string; readonly text: string }
  /** One message has been taken: there is room for another. */
  | { readonly kind: 'took'; readonly link: string }
  | { readonly kind: 'end'; readonly link: string };

interface Sender {
  readonly from: string;
  readonly run: string;
}

/** From 1 in each epoch; the sender begins another one when it begins anew with the one it speaks to. */
export type NumberedFrame = Sender & Frame & { readonly epoch: string; readonly number: number };

type AnyFrame =
  | NumberedFrame
  /** To all, now and then: how many frames have gone to each. */
  | (Sender & { readonly kind: 'here'; readonly sent: Readonly<Record<string, Counted>> })
  /** Nothing that was under way between the two stands any more. */
  | (Sender & { readonly kind: 'reset'; readonly about: string });

interface Counted {
  readonly epoch: string;
  readonly sent: number;
}

/** @returns `undefined` for what is none, or of a later version */
export function readFrame(text: string): AnyFrame | undefined {
  const frame = JSON.parse(text) as Partial<AnyFrame>;
  const isKnown = ['open', 'text', 'took', 'end', 'here', 'reset'].includes(frame.kind ?? '');
  return isKnown ? (frame as AnyFrame) : undefined;
}
