/** What the page knows of its chat, and how each thing that happens changes it. Pure: no socket, clock or document. */
import type { Body, Entry, Sender, ServerMessage } from './server-message.js';

/** Written here, and not known to be written down there. */
export interface Outgoing {
  readonly id: string;
  readonly body: Body;
  readonly atMs: number;
  /** The server will not have it. */
  readonly isRefused: boolean;
}

export interface ChatState {
  readonly connection: 'idle' | 'connecting' | 'online' | 'lost';
  readonly phase: 'new' | 'waiting' | 'talking' | 'closed';
  /** In line, from 1. */
  readonly place?: number;
  /** Name of the agent. */
  readonly agent?: string;
  /** In the order of `seq`. */
  readonly entries: readonly Entry[];
  /** In the order in which they were written. */
  readonly pending: readonly Outgoing[];
  /** The newest entry that there was when the connection was made: up to it, entries are history. */
  readonly historyUntil: number;
  /** How far the visitor has seen them, and how far agents have. */
  readonly read: number;
  readonly agentMarks: { readonly received: number; readonly read: number };
  /** Name of the agent who writes just now. */
  readonly typing?: string;
}

export type ChatInput =
  | Exclude<ServerMessage, { type: 'error' }>
  | { readonly type: 'connection'; readonly connection: ChatState['connection'] }
  | { readonly type: 'wrote'; readonly outgoing: Outgoing }
  | { readonly type: 'refused'; readonly id: string }
  /** The visitor has all there is before their eyes. */
  | { readonly type: 'seen' }
  /** No more is heard of an agent who was writing. */
  | { readonly type: 'typing-faded' }
  /** Those of before the connection have come, all that are for visitors. */
  | { readonly type: 'history-read' }
  /** What the server has is not what we have: all is asked for anew. */
  | { readonly type: 'forget-entries' }
  /** Another chat begins. */
  | { readonly type: 'begin-anew' };

const nothingMarked = { received: 0, read: 0 };

export function newChatState(options: { read?: number; pending?: readonly Outgoing[] } = {}): ChatState {
  const { read = 0, pending = [] } = options;
  return {
    connection: 'idle',
    phase: 'new',
    entries: [],
    pending,
    historyUntil: 0,
    read,
    agentMarks: nothingMarked,
  };
}

export function lastSeqOf({ entries }: ChatState): number {
  return entries.at(-1)?.seq ?? 0;
}

export function changeChat(state: ChatState, input: ChatInput): ChatState {
  switch (input.type) {
    case 'connection':
      return { ...state, connection: input.connection };
    case 'welcome':
      return { ...state, connection: 'online', historyUntil: input.lastSeq };
    case 'entry':
      return entered(state, input);
    case 'receipt':
      return { ...state, pending: state.pending.filter(({ id }) => id !== input.id) };
    case 'state':
      return phaseChanged(state, input);
    case 'typing':
      return input.isTyping ? { ...state, typing: input.agent } : withoutTyping(state);
    case 'typing-faded':
      return withoutTyping(state);
    case 'marks':
      return marked(state, input);
    case 'wrote':
      return { ...state, pending: [...state.pending, input.outgoing] };
    case 'refused':
      return {
        ...state,
        pending: state.pending.map((out) => (out.id === input.id ? { ...out, isRefused: true } : out)),
      };
    case 'seen':
      return { ...state, read: Math.max(state.read, lastSeqOf(state)) };
    case 'history-read':
      return { ...state, historyUntil: 0 };
    case 'forget-entries':
      return { ...withoutTyping(state), entries: [], historyUntil: 0, read: 0, agentMarks: nothingMarked };
    case 'begin-anew':
      return {
        ...newChatState({ pending: state.pending.filter(({ isRefused }) => !isRefused) }),
        connection: state.connection,
      };
  }
}

/** One that was had before, because the connection was lost and made again, is passed over. */
function entered(state: ChatState, { type: _, ...entry }: Extract<ChatInput, { type: 'entry' }>): ChatState {
  if (entry.seq <= lastSeqOf(state)) return state;
  const next = { ...state, entries: [...state.entries, entry] };
  return entry.from.kind === 'agent' ? withoutTyping(next) : next;
}

function phaseChanged(state: ChatState, { phase, place, agent }: Extract<ChatInput, { type: 'state' }>): ChatState {
  const { place: _place, agent: _agent, ...rest } = phase === 'talking' ? state : withoutTyping(state);
  return { ...rest, phase, ...(place === undefined ? {} : { place }), ...(agent === undefined ? {} : { agent }) };
}

function withoutTyping(state: ChatState): ChatState {
  const { typing: _, ...rest } = state;
  return rest;
}

/** Marks only ever move forward. Our own come back to us too: another page of this visitor may have seen more. */
function marked(state: ChatState, { side, received, read }: Extract<ChatInput, { type: 'marks' }>): ChatState {
  if (side === 'visitor') return { ...state, read: Math.max(state.read, read) };
  const { agentMarks } = state;
  return {
    ...state,
    agentMarks: { received: Math.max(agentMarks.received, received), read: Math.max(agentMarks.read, read) },
  };
}

/** Some numbers are not for visitors, so that the last one may never come. */
export function isReadingHistory(state: ChatState): boolean {
  return state.connection !== 'online' || lastSeqOf(state) < state.historyUntil;
}

/** What others have said and the visitor has not seen. */
export function unreadIn({ entries, read }: ChatState): number {
  return entries.filter(({ seq, from }) => seq > read && from.kind !== 'visitor').length;
}

export type Delivery = 'refused' | 'sending' | 'sent' | 'received' | 'read';

/** One line of the transcript, as it is shown. */
export interface Line {
  /** The same from its writing on. */
  readonly key: string;
  readonly from: Sender['kind'];
  readonly body: Body;
  readonly atMs: number;
  /** Of the visitor's own. */
  readonly delivery?: Delivery;
}

/** All that was said, then what is on its way. */
export function linesOf(state: ChatState): readonly Line[] {
  const { entries, pending } = state;
  const entered = new Set(entries.map(({ id }) => id));
  const unwritten = new Set(pending.map(({ id }) => id));
  const said = entries.map(({ seq, id, from, body, atMs }): Line => {
    const line = { key: id === undefined ? `seq ${seq}` : `id ${id}`, from: from.kind, body, atMs };
    if (from.kind !== 'visitor') return line;
    // It has been taken, and could be lost still: that it is written down is another message.
    return { ...line, delivery: id !== undefined && unwritten.has(id) ? 'sending' : deliveryOf(seq, state) };
  });
  const onTheirWay = pending
    .filter(({ id }) => !entered.has(id))
    .map(({ id, body, atMs, isRefused }): Line => {
      return { key: `id ${id}`, from: 'visitor', body, atMs, delivery: isRefused ? 'refused' : 'sending' };
    });
  return [...said, ...onTheirWay];
}

function deliveryOf(seq: number, { agentMarks }: ChatState): Delivery {
  if (seq <= agentMarks.read) return 'read';
  return seq <= agentMarks.received ? 'received' : 'sent';
}
