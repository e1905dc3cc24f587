/**
 * In what order a person's devices ring. Devices that cannot ring now, unregistered or out of hours, are passed over,
 * and a step in which nothing is left takes no time.
 */
import type { AgentConfig, DeviceConfig } from '../config/routing-config.js';
import type { DeviceId, HoursId, TrunkId } from '../kernel/ids.js';

export interface HuntPlan {
  /** Never holds a step without targets; empty when no device can ring. */
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  readonly targets: readonly RingTarget[];
  readonly forMs: number;
  /** Earlier targets ring on beside these. */
  readonly keep: boolean;
}

/** One INVITE to send. */
export interface RingTarget {
  readonly device: DeviceId;
  readonly route: Route;
  /** The key that must be pressed before an answer counts. */
  readonly confirmKey?: string;
}

export type Route =
  | { readonly kind: 'contact'; readonly uri: string; readonly proxy?: string }
  | {
      readonly kind: 'trunk';
      readonly trunk: TrunkId;
      readonly number: string;
      /** What the callee sees; without it what the trunk says, or the caller's own number. */
      readonly callerId?: string;
    };

export interface HuntWorld {
  /** Live contacts of a SIP account, freshest first. */
  contactsOf(username: string): readonly { readonly uri: string; readonly proxy?: string }[];
  isOpen(hours: HoursId): boolean;
}

/** @returns the steps that can ring now, each contact of a SIP device as a target of its own */
export function planHunt(agent: Pick<AgentConfig, 'devices' | 'hunt'>, world: HuntWorld): HuntPlan {
  const steps = agent.hunt
    .map((step) => ({
      targets: step.ring.flatMap((id) => {
        const device = agent.devices.get(id);
        return device ? targetsOf(device, world) : [];
      }),
      forMs: step.forMs,
      keep: step.keep,
    }))
    .filter((step) => step.targets.length > 0);
  return { steps };
}

function targetsOf(device: DeviceConfig, world: HuntWorld): RingTarget[] {
  if (device.hours !== undefined && !world.isOpen(device.hours)) return [];
  const confirm = device.confirmKey === undefined ? {} : { confirmKey: device.confirmKey };
  switch (device.kind) {
    case 'sip':
      return world.contactsOf(device.username).map((contact) => ({
        device: device.id,
        route: { kind: 'contact', ...contact },
        ...confirm,
      }));
    case 'phone':
      return [{ device: device.id, route: { kind: 'trunk', trunk: device.trunk, number: device.number }, ...confirm }];
  }
}
