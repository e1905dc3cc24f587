import { responseOrigin, type App, type ChooseApp } from './app.js';
import type { DialogTable } from './dialog-table.js';
import type { SipLog } from './log.js';
import type { SipMessage, SipResponse } from './message.js';
import type { RegisteredFlows } from './registered-flows.js';
import type { Flow } from './flow.js';
import type { Timers } from './timers.js';
import type { TransactionLayer } from './transaction-layer.js';
import { targetOf, type FlowResult, type Transports } from './transports.js';
import { parseUri } from './uri.js';

/** What all parts of the user agent share. */
export interface AgentContext {
  readonly transports: Transports;
  readonly transactions: TransactionLayer;
  readonly timers: Timers;
  readonly dialogs: DialogTable;
  readonly registered: RegisteredFlows;
  readonly chooseApp: ChooseApp;
  readonly log: SipLog;
}

/** A command of an application: the id to answer under, and the SIP message that came with it. */
export interface AppCommand<M extends SipMessage = SipMessage> {
  readonly app: App;
  readonly messageId: string;
  readonly message: M;
}

/** The way to a URI; `done` is called at once unless a name has to be looked up. */
export function wayTo(context: AgentContext, uri: string, done: (result: FlowResult) => void): void {
  const parsed = parseUri(uri);
  const target = parsed === undefined ? undefined : targetOf(parsed);
  if (target === undefined) done({ ok: false, reason: 'requested protocol/transport not available' });
  else context.transports.flowTo(target, done);
}

/** Tells the application that its response went out. */
export function reportResponse(
  command: AppCommand,
  flow: Flow,
  response: SipResponse,
  transactionId: string,
  dialogId: string,
): void {
  const origin = responseOrigin(flow, response);
  command.app.sent(command.messageId, { origin, transactionId, dialogId, message: response }, 'response');
}
