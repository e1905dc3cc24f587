/**
 * A {@link Signalling} without a wire: each leg waits for the test to say what its phone does, and keeps the promises
 * of the real adapter, a 200 that crosses CANCEL among them.
 */
import { sipCallId, type LegId } from '../../src/kernel/ids.js';
import type {
  DialogName,
  InboundLeg,
  LegEvent,
  OutboundInvite,
  OutboundLeg,
  ReasonHeader,
  Signalling,
  SignallingHandlers,
  SipRequest,
} from '../../src/voice/signalling.js';
import { answerTo, sdpOf } from './scripted-sdp.js';
import { ScriptedSession, type ScriptedPeer } from './scripted-session.js';

type LegPhase = 'inviting' | 'cancelling' | 'answered' | 'leaving' | 'over';

export interface ScriptedLeg extends ScriptedPeer {
  readonly id: LegId;
  readonly invite: OutboundInvite;
  readonly phase: LegPhase;
  /** With what reason we sent it away, once we have. */
  readonly sentAway?: { readonly by: 'cancel' | 'bye'; readonly reason?: ReasonHeader };
  rings(): void;
  answers(sdp?: string): void;
  refuses(status: number): void;
  hangsUp(): void;
  /** The answer to our CANCEL or BYE arrives. */
  obeys(): void;
}

export interface ScriptedCaller extends ScriptedPeer {
  readonly phase: 'ringing' | 'answered' | 'leaving' | 'over';
  readonly finalStatus?: number;
  cancels(): void;
  acks(): void;
  hangsUp(): void;
  obeys(): void;
}

export interface ScriptedWire {
  readonly signalling: Signalling;
  readonly legs: readonly ScriptedLeg[];
  /** Forgets legs that are over, for long runs. */
  sweep(): void;
  onRing(listener: (leg: ScriptedLeg) => void): void;
  /** An INVITE arrives. */
  call(request: Partial<SipRequest> & { user: string; isLateOffer?: boolean }): {
    request: SipRequest;
    accept: (leg: LegId, onEvent: (event: LegEvent) => void) => InboundLeg;
    caller: ScriptedCaller;
  };
}

let parties = 0;

/** Another address for each party. */
function nextHost(): string {
  parties += 1;
  return `10.${String((parties >> 16) & 255)}.${String((parties >> 8) & 255)}.${String(parties & 255)}`;
}

class Leg extends ScriptedSession implements ScriptedLeg, OutboundLeg {
  phase: LegPhase = 'inviting';
  sentAway?: { by: 'cancel' | 'bye'; reason?: ReasonHeader };
  readonly id: LegId;
  readonly sipCallId;
  readonly invite: OutboundInvite;
  readonly #tell: (event: LegEvent) => void;

  constructor(invite: OutboundInvite, tell: (event: LegEvent) => void) {
    super(nextHost());
    this.id = invite.leg;
    this.sipCallId = sipCallId(`sip-${invite.leg}`);
    this.invite = invite;
    this.#tell = tell;
  }

  protected get isEstablished(): boolean {
    return this.phase === 'answered';
  }

  /** The 2xx brought an offer that we owe an answer to. */
  protected get isUnacked(): boolean {
    return this.phase === 'answered' && this.remote === undefined;
  }

  get dialog(): DialogName | undefined {
    return this.isEstablished ? dialogOf(this.id) : undefined;
  }

  protected tell(event: LegEvent): void {
    this.#tell(event);
  }

  rings(): void {
    if (this.phase === 'inviting') this.#tell({ type: 'progress', status: 180 });
  }

  answers(sdp?: string): void {
    if (this.phase === 'cancelling') {
      // The adapter ACKs and sends BYE by itself.
      this.phase = 'leaving';
    } else if (this.phase === 'inviting') {
      this.phase = 'answered';
      const { sdpOffer } = this.invite;
      const said = sdp ?? (sdpOffer === undefined ? sdpOf(this.own) : answerTo(sdpOffer, this.own));
      if (sdpOffer === undefined) this.local = said;
      else this.agree(said, sdpOffer);
      this.#tell({ type: 'answered', sdp: said });
    }
  }

  refuses(status: number): void {
    if (this.phase !== 'inviting') return;
    this.phase = 'over';
    this.#tell({ type: 'failed', status });
  }

  hangsUp(): void {
    if (this.phase !== 'answered') return;
    this.phase = 'over';
    this.refuseAll();
    this.#tell({ type: 'ended', by: 'peer' });
  }

  obeys(): void {
    if (this.phase !== 'cancelling' && this.phase !== 'leaving') return;
    const wasAnswered = this.sentAway?.by === 'bye';
    this.phase = 'over';
    this.#tell(wasAnswered ? { type: 'ended', by: 'us' } : { type: 'failed', status: 487 });
  }

  cancel(reason?: ReasonHeader): void {
    if (this.phase !== 'inviting') return;
    this.phase = 'cancelling';
    this.sentAway = { by: 'cancel', ...(reason === undefined ? {} : { reason }) };
  }

  bye(reason?: ReasonHeader): void {
    if (this.phase !== 'answered') return;
    this.phase = 'leaving';
    this.refuseAll();
    this.sentAway = { by: 'bye', ...(reason === undefined ? {} : { reason }) };
  }

  ack(sdp: string): void {
    if (!this.isUnacked || this.local === undefined)
      return void this.faults.push('an ACK with SDP that nobody waits for');
    this.agree(this.local, sdp);
  }
}

class Caller extends ScriptedSession implements ScriptedCaller {
  phase: ScriptedCaller['phase'] = 'ringing';
  finalStatus?: number;
  onEvent: (event: LegEvent) => void = () => undefined;
  readonly #sdpOffer: string | undefined;
  #isAcked = false;

  /** @param isLateOffer the INVITE comes without SDP */
  constructor(isLateOffer: boolean) {
    super(nextHost());
    this.#sdpOffer = isLateOffer ? undefined : sdpOf(this.own);
  }

  get sdpOffer(): string | undefined {
    return this.#sdpOffer;
  }

  protected get isEstablished(): boolean {
    return this.phase === 'answered';
  }

  protected get isUnacked(): boolean {
    return !this.#isAcked;
  }

  protected tell(event: LegEvent): void {
    this.onEvent(event);
  }

  cancels(): void {
    if (this.phase !== 'ringing') return;
    this.phase = 'over';
    this.tell({ type: 'cancelled' });
  }

  acks(): void {
    if (this.phase !== 'answered' || this.#isAcked) return;
    this.#isAcked = true;
    if (this.#sdpOffer !== undefined) {
      this.proceed();
      return this.tell({ type: 'acked' });
    }
    const answer = answerTo(this.remote ?? '', this.own);
    this.agree(answer, this.remote ?? '');
    this.tell({ type: 'acked', sdp: answer });
  }

  hangsUp(): void {
    if (this.phase !== 'answered') return;
    this.phase = 'over';
    this.refuseAll();
    this.tell({ type: 'ended', by: 'peer' });
  }

  obeys(): void {
    if (this.phase !== 'leaving') return;
    this.phase = 'over';
    this.tell({ type: 'ended', by: 'us' });
  }

  legFor(id: LegId): InboundLeg {
    const dialog = () => (this.isEstablished ? dialogOf(id) : undefined);
    return {
      id,
      get dialog() {
        return dialog();
      },
      sipCallId: sipCallId(`sip-${id}`),
      progress: () => undefined,
      answer: (sdp) => {
        if (this.phase !== 'ringing') return;
        this.phase = 'answered';
        this.finalStatus = 200;
        if (this.#sdpOffer === undefined) this.remote = sdp;
        else this.agree(this.#sdpOffer, sdp);
      },
      reject: (status) => {
        if (this.phase !== 'ringing') return;
        this.phase = 'over';
        this.finalStatus = status;
      },
      bye: () => {
        if (this.phase !== 'answered') return;
        this.phase = 'leaving';
        this.refuseAll();
      },
      offer: (sdpOffer) => this.offer(sdpOffer),
      relay: (token) => this.relay(token),
      respond: (token, status, options) => this.respond(token, status, options),
      notifyRefer: (status, options) => this.notifyRefer(status, options),
    };
  }
}

export function createScriptedWire(): ScriptedWire {
  let legs: Leg[] = [];
  let onRing: (leg: ScriptedLeg) => void = () => undefined;
  const signalling: Signalling = {
    start: (_handlers: SignallingHandlers) => Promise.resolve(),
    invite(invite, onEvent) {
      const leg = new Leg(invite, onEvent);
      legs.push(leg);
      onRing(leg);
      return leg;
    },
    probe: () => Promise.resolve(true),
    counts: () => ({ dialogs: 0, pendingInvites: legs.filter((leg) => leg.phase !== 'over').length, timers: 0 }),
    localUris: () => ['sip:127.0.0.1:5060;transport=udp'],
    stop: () => Promise.resolve(),
  };
  return {
    signalling,
    get legs() {
      return legs;
    },
    sweep() {
      legs = legs.filter((leg) => leg.phase !== 'over');
    },
    onRing(listener) {
      onRing = listener;
    },
    call(fields) {
      const { isLateOffer = false, ...rest } = fields;
      const caller = new Caller(isLateOffer);
      const { sdpOffer } = caller;
      const request = requestOf({ ...(sdpOffer === undefined ? {} : { sdp: sdpOffer }), ...rest });
      return {
        request,
        accept: (leg, onEvent) => {
          caller.onEvent = onEvent;
          return caller.legFor(leg);
        },
        caller,
      };
    },
  };
}

function dialogOf(id: LegId): DialogName {
  return { callId: sipCallId(`sip-${id}`), localTag: `ours-${id}`, remoteTag: `theirs-${id}` };
}

function requestOf(fields: Partial<SipRequest> & { user: string }): SipRequest {
  const from = { uri: 'sip:+34911@example.com', user: '+34911', host: 'example.com', params: {} };
  const to = { uri: `sip:${fields.user}@example.com`, user: fields.user, host: 'example.com', params: {} };
  return {
    method: 'INVITE',
    uri: to.uri,
    callId: sipCallId('call'),
    from,
    to,
    contacts: [],
    contactStar: false,
    source: { address: '127.0.0.1', port: 5090, transport: 'udp' },
    header: () => undefined,
    respond: () => undefined,
    ...fields,
  };
}
