/** The SIP legs of one call: does what the call's commands say to them, and reports what they say. */
import type { LegId } from '../../kernel/ids.js';
import type { Route } from '../../routing/hunt-plan.js';
import type { CallCommand } from './call-messages.js';
import type { Logger } from '../../kernel/logger.js';
import { namesDialog } from '../replaces.js';
import { continueSdp, type SdpWriter } from '../sound/sdp-writer.js';
import type { InboundLeg, LegEvent, OutboundInvite, OutboundLeg, ReferTarget, Signalling } from '../signalling.js';

const legCommands = [
  'progress',
  'answer',
  'reject',
  'ring',
  'cancel',
  'bye',
  'ack',
  'relay',
  'respond',
  'offer',
  'notify-refer',
] as const;

type LegCommand = Extract<CallCommand, { type: (typeof legCommands)[number] }>;
type Leg = InboundLeg | OutboundLeg;
type Report = (leg: LegId, event: LegEvent) => void;

export function isLegCommand(command: CallCommand): command is LegCommand {
  return (legCommands as readonly string[]).includes(command.type);
}

export interface CallLegsDeps {
  readonly signalling: Signalling;
  /** The INVITE that a route comes to. */
  inviteFor(route: Route): Omit<OutboundInvite, 'leg' | 'sdpOffer'>;
  readonly log: Logger;
  readonly report: Report;
}

export class CallLegs {
  readonly #deps: CallLegsDeps;
  readonly #legs = new Map<LegId, Leg>();
  /** Who is told of a leg that another call has taken over. */
  readonly #takenBy = new Map<LegId, Report>();
  /** The leg of the INVITE that began the call. */
  #inbound: InboundLeg | undefined;
  /** What each leg was told first, or how its dialog goes on. */
  readonly #told = new Map<LegId, string | SdpWriter>();

  constructor(deps: CallLegsDeps) {
    this.#deps = deps;
  }

  begin(leg: InboundLeg): void {
    this.#inbound = leg;
    this.#legs.set(leg.id, leg);
  }

  /** Of the leg that began the call. */
  inboundEvent(event: LegEvent): void {
    if (this.#inbound !== undefined) this.#heard(this.#inbound.id, event);
  }

  /** The leg whose dialog a Replaces names. */
  named(replaces: NonNullable<ReferTarget['replaces']>): LegId | undefined {
    for (const [id, { dialog }] of this.#legs) if (dialog !== undefined && namesDialog(replaces, dialog)) return id;
    return undefined;
  }

  /** Hands a leg to another call, which hears of it from now on. */
  give(id: LegId, report: Report): Leg | undefined {
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    if (leg !== undefined) this.#takenBy.set(id, report);
    return leg;
  }

  take(leg: Leg): void {
    this.#legs.set(leg.id, leg);
  }

  execute(command: LegCommand): void {
    switch (command.type) {
      case 'progress':
        // Phones first: the ringing tone goes out after the INVITEs that this turn of the event loop brings about.
        setImmediate(() => this.#inbound?.progress(command.status, command.sdp));
        return;
      case 'answer':
        return this.#inbound?.answer(this.#written(this.#inbound.id, command.sdp));
      case 'reject':
        return this.#inbound?.reject(command.status, retryAfter(command.retryAfterS));
      case 'ring':
        return this.#ring(command);
      case 'cancel':
        return this.#outbound(command.leg)?.cancel(command.reason);
      case 'bye':
        return this.#legs.get(command.leg)?.bye(command.reason);
      case 'ack':
        return this.#outbound(command.leg)?.ack(this.#written(command.leg, command.sdp));
      case 'relay':
        return this.#legs.get(command.to)?.relay(command.token);
      case 'respond': {
        const { leg, token, status, sdp } = command;
        return this.#legs.get(leg)?.respond(token, status, sdp === undefined ? {} : { sdp: this.#written(leg, sdp) });
      }
      case 'offer':
        return this.#legs.get(command.leg)?.offer(this.#written(command.leg, command.sdp));
      case 'notify-refer':
        return this.#legs.get(command.leg)?.notifyRefer(command.status, { isFinal: true });
    }
  }

  /** The first goes out as it came; what follows in the dialog goes on under its name (RFC 3264 §8). */
  #written(leg: LegId, sdp: string): string {
    const told = this.#told.get(leg);
    if (told === undefined) {
      this.#told.set(leg, sdp);
      return sdp;
    }
    const writer = typeof told === 'string' ? continueSdp(told) : told;
    this.#told.set(leg, writer);
    return writer.write(sdp);
  }

  #outbound(leg: LegId): OutboundLeg | undefined {
    const found = this.#legs.get(leg);
    return found !== undefined && 'cancel' in found ? found : undefined;
  }

  #ring({ leg, target, sdpOffer }: Extract<CallCommand, { type: 'ring' }>): void {
    const invite = this.#deps.inviteFor(target.route);
    const request = { ...invite, leg, ...(sdpOffer === undefined ? {} : { sdpOffer: this.#written(leg, sdpOffer) }) };
    const outbound = this.#deps.signalling.invite(request, (event) => {
      if (event.type === 'failed') this.#deps.log.info({ leg, status: event.status, q850: event.q850 }, 'leg failed');
      this.#heard(leg, event);
    });
    this.#legs.set(leg, outbound);
  }

  #heard(leg: LegId, event: LegEvent): void {
    const report = this.#takenBy.get(leg) ?? this.#deps.report;
    if (event.type === 'failed' || event.type === 'ended') {
      this.#legs.delete(leg);
      this.#takenBy.delete(leg);
      this.#told.delete(leg);
    }
    report(leg, event);
  }
}

function retryAfter(seconds: number | undefined): { headers?: Record<string, string> } {
  return seconds === undefined ? {} : { headers: { 'Retry-After': String(seconds) } };
}
