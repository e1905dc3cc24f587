/** Capacity of an agent: the most specific wins key by key, agent before team before site before default. */
import type { Capacity, Channel, ChannelCapacity } from './routing-config.js';
import { channelNames, type CapacityInput } from './agent-schema.js';

const defaults: Capacity = {
  total: 100,
  channels: {
    voice: { weight: 100, max: 1, interruptible: false },
    chat: { weight: 25, max: 4, interruptible: true },
    ticket: { weight: 10, max: 5, interruptible: true },
  },
};

export interface CapacityLayers {
  readonly agent: CapacityInput | undefined;
  readonly teams: readonly { readonly team: string; readonly capacity: CapacityInput }[];
  readonly site: CapacityInput;
}

export interface CapacityConflict {
  /** As written: `channels.voice.max`. */
  readonly key: string;
  readonly teams: readonly string[];
}

/** Teams that disagree on a key that the agent itself does not set are a conflict; the first team's value is taken. */
export function resolveCapacity(layers: CapacityLayers): {
  capacity: Capacity;
  conflicts: readonly CapacityConflict[];
} {
  const conflicts: CapacityConflict[] = [];
  const pick = <T>(key: string, read: (capacity: CapacityInput) => T | undefined, fallback: T): T => {
    const own = layers.agent === undefined ? undefined : read(layers.agent);
    if (own !== undefined) return own;
    const byTeam = layers.teams.flatMap(({ team, capacity }) => {
      const value = read(capacity);
      return value === undefined ? [] : [{ team, value }];
    });
    if (new Set(byTeam.map(({ value }) => value)).size > 1) {
      conflicts.push({ key, teams: byTeam.map(({ team }) => team) });
    }
    return byTeam[0]?.value ?? read(layers.site) ?? fallback;
  };
  const channel = (name: Channel): ChannelCapacity => {
    const key = `channels.${name}`;
    const fallback = defaults.channels[name];
    return {
      weight: pick(`${key}.weight`, ({ channels }) => channels?.[name]?.weight, fallback.weight),
      max: pick(`${key}.max`, ({ channels }) => channels?.[name]?.max, fallback.max),
      interruptible: pick(
        `${key}.interruptible`,
        ({ channels }) => channels?.[name]?.interruptible,
        fallback.interruptible,
      ),
    };
  };
  const capacity = {
    total: pick('total', ({ total }) => total, defaults.total),
    channels: { voice: channel('voice'), chat: channel('chat'), ticket: channel('ticket') },
  };
  return { capacity, conflicts };
}

export interface CapacityFault {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** What makes no sense about a capacity: work that never fits, and a maximum that is never reached. */
export function capacityFaults({ total, channels }: Capacity): readonly CapacityFault[] {
  return channelNames.flatMap((name): CapacityFault[] => {
    const { weight, max } = channels[name];
    if (max === 0) return [];
    if (weight > total) {
      const message = `${name} weighs ${weight} of a total of ${total}, so it never fits; lower its \`weight\` or set its \`max\` to 0`;
      return [{ severity: 'error', message }];
    }
    if (weight * max <= total) return [];
    const message = `${name} never comes to its \`max\` of ${max}: each weighs ${weight} of a total of ${total}`;
    return [{ severity: 'warning', message }];
  });
}
