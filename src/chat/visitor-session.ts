/** One visitor's page on one socket: from its `hello` on, until the socket ends. */
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { streamEntries } from './entry-stream.js';
import type { ChatVisits, Visit } from './chat-visits.js';
import type { Marks, Side } from './message-log.js';
import type { RateLimit } from './rate-limit.js';
import { createSocketWriter, type ChatSocket, type SocketWriter } from './socket-writer.js';
import type { Entry } from './transcript-store.js';
import type { VisitorNews } from './visitor-news.js';
import { visitorMessage, type VisitorMessage } from './visitor-protocol.js';

export interface VisitorSessionDeps {
  readonly visits: ChatVisits;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of messages, by conversation. */
  readonly messageRate: RateLimit;
  /** Of new chats, by address. */
  readonly openRate: RateLimit;
  /** For a chat that another controller runs: what that one says goes to the page. `undefined` when it is not there. */
  readonly relay: (node: string, address: string, socket: ChatSocket) => VisitorSession | undefined;
}

export interface VisitorSession {
  /** A text message of the page. */
  received(text: string): Promise<void>;
  /** The socket has ended. */
  ended(): void;
}

type Refusal = Extract<VisitorNews, { type: 'error' }>['code'];

export function createVisitorSession(socket: ChatSocket, address: string, deps: VisitorSessionDeps): VisitorSession {
  const writer = createSocketWriter<VisitorNews>(socket);
  const refuse = (code: Refusal): void => writer.send({ type: 'error', code });
  let visit: Visit | undefined;
  let relayed: VisitorSession | undefined;
  let isGreeting = false;
  let isEnded = false;
  let leave: () => void = () => undefined;

  async function hello(message: Extract<VisitorMessage, { type: 'hello' }>): Promise<void> {
    if (visit !== undefined || isGreeting) {
      refuse('bad-message');
      return;
    }
    if (message.token === undefined && !deps.openRate.take(address)) {
      refuse('too-fast');
      return;
    }
    isGreeting = true;
    const begun = await deps.visits.begin(message).finally(() => (isGreeting = false));
    if (begun.type === 'refused') {
      refuse(begun.why);
      return;
    }
    if (begun.type === 'elsewhere') return goThrough(begun.node, message);
    visit = begun.visit;
    leave = join(visit, message.after ?? 0, writer, deps);
    if (isEnded) leave();
  }

  async function goThrough(node: string, message: VisitorMessage): Promise<void> {
    relayed = deps.relay(node, address, socket);
    if (relayed === undefined) {
      refuse('try-later');
      return;
    }
    leave = () => relayed?.ended();
    await relayed.received(JSON.stringify(message));
    if (isEnded) leave();
  }

  return {
    async received(text) {
      if (relayed !== undefined) return relayed.received(text);
      const message = parse(text);
      if (message?.type === 'hello') return hello(message);
      if (message === undefined) refuse('bad-message');
      else if (visit === undefined) refuse('say-hello-first');
      else if (deps.messageRate.take(visit.id)) heed(visit, message, writer, refuse);
      else refuse('too-fast');
    },
    ended() {
      isEnded = true;
      leave();
    },
  };
}

/** @returns undefined for anything that is no message */
function parse(text: string): VisitorMessage | undefined {
  try {
    return visitorMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function join(visit: Visit, after: number, writer: SocketWriter<VisitorNews>, deps: VisitorSessionDeps): () => void {
  writer.send({ type: 'welcome', chat: visit.id, token: visit.token, lastSeq: visit.log.lastSeqFor(visit.id, after) });
  const leave = visit.join({
    state: (state) => writer.sendLatest('state', { type: 'state', ...state }),
    typing: (agent, isTyping) => writer.sendIfRoom({ type: 'typing', agent, isTyping }),
    sentAway: () => writer.send({ type: 'error', code: 'reconnect' }),
  });
  const tellMarks = (side: Side, marks: Marks): void =>
    writer.sendLatest(`marks ${side}`, { type: 'marks', side, ...marks });
  // A page that was loaded anew has forgotten how far agents have read.
  const { agents } = visit.log.marks(visit.id);
  if (agents.received > 0) tellMarks('agents', agents);
  const unlisten = visit.log.listen(visit.id, {
    entry: () => undefined,
    marked: tellMarks,
  });
  const endStream = streamEntries({
    writer,
    log: visit.log,
    conversation: visit.id,
    audience: 'everybody',
    after,
    toMessage: entryMessage,
    onError: (error) => deps.log.error({ err: error, chat: visit.id }, 'a visitor could not be told what was said'),
  });
  return () => {
    endStream();
    unlisten();
    leave();
  };
}

function entryMessage({ seq, atMs, from, body, clientId }: Entry): VisitorNews {
  return { type: 'entry', seq, atMs, from, body, ...(clientId === undefined ? {} : { id: clientId }) };
}

function heed(
  visit: Visit,
  message: Exclude<VisitorMessage, { type: 'hello' }>,
  writer: SocketWriter<VisitorNews>,
  refuse: (code: Refusal) => void,
): void {
  switch (message.type) {
    case 'message':
    case 'file': {
      const { id } = message;
      const { name, mediaType, data } = message.type === 'file' ? message : { name: '', mediaType: '', data: '' };
      const body =
        message.type === 'message'
          ? ({ kind: 'text', text: message.text } as const)
          : ({ kind: 'file', name, mediaType, data } as const);
      const result = visit.write(id, body);
      // A chat that has been forgotten meanwhile is taken up again by another `hello` with its token.
      if (result.type === 'refused') return refuse(result.why === 'store-behind' ? 'try-later' : 'reconnect');
      const { seq } = result;
      void result.stored.then(() => writer.send({ type: 'receipt', id, seq }));
      return;
    }
    case 'typing':
      return visit.typing(message.isTyping);
    case 'marks':
      return visit.mark({ received: message.received ?? 0, read: message.read ?? 0 });
    case 'close':
      return visit.close();
  }
}
