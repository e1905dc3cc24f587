/** Calls that a user agent gets, from the INVITE to the end. */
import type { SipRequest } from '../../../embedded/sip/message.js';
import { parseNameAddr } from '../../../embedded/sip/name-addr.js';
import { parseUri } from '../../../embedded/sip/uri.js';
import { type AgentCore, type CallEvent, type Dialog, openDialog, type UaCall } from './dialog.js';
import { newTag, responseTo } from './responses.js';
import type { ServerTransaction } from './server-transactions.js';
import { openSession, type Session } from './session.js';

export interface IncomingCall extends UaCall {
  /** User part of the From URI. */
  readonly from: string;
  /** User part of the Request-URI. */
  readonly dialled: string;
  ring(): void;
  answer(): void;
  /** @param headers for example a challenge */
  reject(status: number, headers?: Readonly<Record<string, string>>): void;
  /** What the INVITE answers a challenge of ours with; undefined when it does not. */
  readonly authorization: string | undefined;
}

/** An INVITE on its way to somebody: the part that the user agent itself drives. */
export interface IncomingInvite {
  readonly call: IncomingCall;
  /** The CANCEL came. */
  cancelled(reason: string | undefined): void;
}

interface State {
  readonly core: AgentCore;
  readonly invite: ServerTransaction;
  readonly tag: string;
  readonly session: Session;
  readonly onEvent: (event: CallEvent) => void;
  readonly onFinal: () => void;
  phase: 'ringing' | 'answered' | 'acknowledged' | 'over';
  byeAfterAck: boolean;
  dialog?: Dialog;
}

/**
 * @param onEvent is told of what happens from now on
 * @param onFinal the INVITE has had its final response
 */
export function receiveInvite(
  core: AgentCore,
  invite: ServerTransaction,
  onEvent: (event: CallEvent) => void,
  onFinal: () => void,
): IncomingInvite {
  const { request } = invite;
  const session = openSession(core.ears, core.local.host);
  session.hear(request);
  const state: State = { core, invite, tag: newTag(), session, onEvent, onFinal, phase: 'ringing', byeAfterAck: false };
  return {
    call: {
      callId: request.get('call-id') ?? '',
      from: userOf(parseNameAddr(request.get('from') ?? '')?.uri),
      dialled: userOf(request.uri),
      ring() {
        if (state.phase !== 'ringing') return;
        invite.respond(responseTo(request, 180, state.tag).add('Contact', core.contact));
      },
      answer: () => answer(state),
      reject: (status, headers) => refuse(state, status, headers),
      authorization: request.get('proxy-authorization'),
      hangUp() {
        if (state.phase === 'ringing') refuse(state, 603);
        // RFC 3261 §15: the callee must not send BYE before it has the ACK.
        else if (state.phase === 'answered') state.byeAfterAck = true;
        else state.dialog?.bye();
      },
      hold: (isOn) => state.dialog?.hold(isOn),
      heard: () => session.heard(),
    },
    cancelled(reason) {
      if (state.phase !== 'ringing') return;
      refuse(state, 487);
      onEvent({ type: 'cancelled', ...(reason !== undefined && { reason }) });
    },
  };
}

function refuse(state: State, status: number, headers: Readonly<Record<string, string>> = {}): void {
  if (state.phase !== 'ringing') return;
  state.phase = 'over';
  state.session.close();
  const response = responseTo(state.invite.request, status, state.tag);
  for (const [name, value] of Object.entries(headers)) response.add(name, value);
  state.invite.respond(response);
  state.onFinal();
}

function answer(state: State): void {
  if (state.phase !== 'ringing') return;
  state.phase = 'answered';
  const { core, invite, session, onEvent } = state;
  const response = responseTo(invite.request, 200, state.tag).add('Contact', core.contact);
  session.describe(response);
  state.dialog = openDialog(core, {
    ...dialogOfInvite(invite.request),
    session,
    localAddress: response.get('to') ?? '',
    onAcknowledged: () => acknowledged(state),
    onEnded(by, reason) {
      state.phase = 'over';
      onEvent({ type: 'ended', by, ...(reason !== undefined && { reason }) });
    },
  });
  invite.respond(response);
  state.onFinal();
}

function acknowledged(state: State): void {
  if (state.phase !== 'answered') return;
  state.phase = 'acknowledged';
  state.onEvent({ type: 'answered' });
  if (state.byeAfterAck) state.dialog?.bye();
}

function dialogOfInvite(request: SipRequest) {
  return {
    callId: request.get('call-id') ?? '',
    remoteAddress: request.get('from') ?? '',
    remoteContact: request.get('contact') ?? '',
    routes: request.list('record-route'),
    cseq: 0,
  };
}

function userOf(uri: string | undefined): string {
  return decodeURIComponent(parseUri(uri ?? '')?.user ?? '');
}
