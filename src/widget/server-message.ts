/** What the server tells a visitor's page. What is not understood is passed over, so that a newer server can say more. */

export type Sender = { readonly kind: 'visitor' | 'site' } | { readonly kind: 'agent'; readonly agent: string };

export type Body =
  | { readonly kind: 'text'; readonly text: string }
  /** `data` is base64. */
  | { readonly kind: 'file'; readonly name: string; readonly mediaType: string; readonly data: string };

/** One thing that was said. `seq` rises within a chat; some numbers are not for visitors. */
export interface Entry {
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly from: Sender;
  readonly body: Body;
  /** The page's own id of it, when a page of this visitor sent it. */
  readonly id?: string;
}

export type ErrorCode = 'bad-message' | 'say-hello-first' | 'too-fast' | 'bad-token' | 'try-later' | 'reconnect';

export type ServerMessage =
  | { readonly type: 'welcome'; readonly chat: string; readonly token: string; readonly lastSeq: number }
  | ({ readonly type: 'entry' } & Entry)
  /** The message of that id is written down. */
  | { readonly type: 'receipt'; readonly id: string; readonly seq: number }
  | {
      readonly type: 'state';
      readonly phase: 'waiting' | 'talking' | 'closed';
      /** In line, from 1. */
      readonly place?: number;
      /** The agent's name. */
      readonly agent?: string;
    }
  | { readonly type: 'typing'; readonly agent: string; readonly isTyping: boolean }
  | {
      readonly type: 'marks';
      readonly side: 'visitor' | 'agents';
      readonly received: number;
      readonly read: number;
    }
  | { readonly type: 'error'; readonly code: ErrorCode };

const known: ReadonlySet<unknown> = new Set<ServerMessage['type']>([
  'welcome',
  'entry',
  'receipt',
  'state',
  'typing',
  'marks',
  'error',
]);

const showable: ReadonlySet<unknown> = new Set<Body['kind']>(['text', 'file']);

/** @returns undefined for what this page does not know */
export function readServerMessage(text: string): ServerMessage | undefined {
  try {
    const message = JSON.parse(text) as { type?: unknown; body?: { kind?: unknown } } | null;
    if (!known.has(message?.type)) return undefined;
    if (message?.type === 'entry' && !showable.has(message.body?.kind)) return undefined;
    return message as ServerMessage;
  } catch {
    return undefined;
  }
}
