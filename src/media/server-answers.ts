/** What a media server answers to `status` and `show channels`, read. */
import { channelUuid, type ChannelUuid } from './esl-commands.js';

/** How many sessions run now, from `12 session(s) - peak ...`; `NaN` when it does not say. */
export function sessionsIn(statusText: string): number {
  return Number(/^(\d+) session\(s\) - peak/m.exec(statusText)?.[1]);
}

/** Channels whose INVITE came from this owner. */
export function orphansIn(channelsJson: string, owner: string): ChannelUuid[] {
  return rowsOf(channelsJson).flatMap((row) => {
    if (typeof row !== 'object' || row === null || !('uuid' in row) || !('cid_num' in row)) return [];
    const { uuid, cid_num: caller } = row;
    return caller === owner && typeof uuid === 'string' && /^[\w-]+$/.test(uuid) ? [channelUuid(uuid)] : [];
  });
}

function rowsOf(channelsJson: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(channelsJson);
    const rows: unknown = typeof parsed === 'object' && parsed !== null && 'rows' in parsed ? parsed.rows : [];
    return Array.isArray(rows) ? rows : [];
  } catch {
    return [];
  }
}
