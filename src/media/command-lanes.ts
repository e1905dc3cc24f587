/**
 * Connections to an event socket that carry commands and nothing else, beside the one that events and probes come by.
 *
 * FreeSWITCH carries out one command at a time on a connection, and reads it byte by byte, giving the processor away after each:
 * on a busy machine a command of 90 bytes takes tens of milliseconds, whatever it asks for.
 */
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { ChannelUuid } from './esl-commands.js';
import { createEslConnection, type EslAddress, type EslConnection } from './esl-connection.js';

export interface CommandLanes {
  /** Always the same one for a channel, so that its commands keep their order; none while that is not connected. */
  of(channel: ChannelUuid): EslConnection | undefined;
  close(): void;
}

const laneCount = 4;

export function openCommandLanes(options: {
  readonly address: EslAddress;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random?: () => number;
}): CommandLanes {
  const nothing = (): void => undefined;
  const log = toldAsDebug(options.log);
  const lanes = Array.from({ length: laneCount }, () =>
    createEslConnection({ ...options, log, isForCommands: true, onUp: nothing, onDown: nothing, onEvent: nothing }),
  );
  return {
    of(channel) {
      const lane = lanes[numberOf(channel) % laneCount];
      return lane?.isUp === true ? lane : undefined;
    },
    close() {
      for (const lane of lanes) lane.close();
    },
  };
}

function numberOf(channel: ChannelUuid): number {
  let sum = 0;
  for (let index = 0; index < channel.length; index++) sum += channel.charCodeAt(index);
  return sum;
}

/** What matters of the server's health, the other connection tells of. */
function toldAsDebug(log: Logger): Logger {
  const debug = (fields: object, message: string): void => log.debug(fields, message);
  return { debug, info: debug, warn: debug, error: debug, child: (fields) => toldAsDebug(log.child(fields)) };
}
