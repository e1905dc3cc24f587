import type { Flow } from './flow.js';
import { type SipMessage, serialise } from './message.js';

/** Where a message came from or went to, as applications are told. */
export interface MessageOrigin {
  readonly source: 'network' | 'application';
  readonly bytes: number;
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

/** A message for an application with what it needs to answer it. */
export interface AppMessage {
  readonly origin: MessageOrigin;
  /** `unsolicited` when the server itself sent the request. */
  readonly transactionId: string;
  readonly dialogId: string;
  readonly message: SipMessage;
  /** The listener that a request outside dialogs came to. */
  readonly receivedOn?: { readonly host: string; readonly port: number };
}

/** A connected application. */
export interface App {
  readonly open: boolean;
  /** Hands over a SIP message. */
  deliver(message: AppMessage): void;
  /** Answers a command: what was sent, with the ids that later messages will carry. */
  sent(messageId: string, what: AppMessage, kind: 'request' | 'response'): void;
  /** Answers a command that failed. */
  failed(messageId: string, reason: string): void;
}

/** Chooses the application for a request that belongs to no dialog; undefined when none wants that method. */
export type ChooseApp = (method: string) => App | undefined;

/** The origin of a message that came over a flow. */
export function fromNetwork(flow: Flow, message: SipMessage): MessageOrigin {
  return origin('network', flow.remoteHost, flow.remotePort, flow, message);
}

/** The origin of a request that an application, or the server on its behalf, sends: the listener that it leaves from. */
export function fromApplication(flow: Flow, message: SipMessage): MessageOrigin {
  return origin('application', flow.local.host, flow.local.port, flow, message);
}

/** The origin of an application's response: the address that it goes to, as the real server has it. */
export function responseOrigin(flow: Flow, message: SipMessage): MessageOrigin {
  return origin('application', flow.remoteHost, flow.remotePort, flow, message);
}

function origin(
  source: MessageOrigin['source'],
  host: string,
  port: number,
  flow: Flow,
  message: SipMessage,
): MessageOrigin {
  return { source, bytes: serialise(message).length, protocol: flow.transport, host, port };
}
