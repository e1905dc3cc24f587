/** The body of `PUT /v1/agents/{id}/presence`. */
import { z } from 'zod';

import type { Presence } from '../ledger/ledger.js';
import { parseBody } from './request-body.js';

const body = z.strictObject({
  presence: z.enum(['available', 'away', 'break', 'offline']),
  reason: z.string().trim().min(1).max(100).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  when_free: z.boolean().optional(),
});

export type PresenceBody =
  | { readonly ok: true; readonly presence: Presence; readonly whenFree: boolean }
  | { readonly ok: false; readonly message: string };

const EXPECTED =
  '{"presence": "available" | "away" | "break" | "offline", "reason"?: text (away only), ' +
  '"until"?: "2030-01-31T12:00:00Z" (break, required there), "when_free"?: true | false}';

/** @param nowMs a break must end after it */
export function parsePresenceBody(value: unknown, nowMs: number): PresenceBody {
  const parsed = parseBody(body, value, EXPECTED);
  if (!parsed.ok) return parsed;
  const { presence: state, reason, until, when_free: whenFree = false } = parsed.value;
  if (reason !== undefined && state !== 'away') return refused('reason: goes with "away" only');
  if (until !== undefined && state !== 'break') return refused('until: goes with "break" only');
  switch (state) {
    case 'available':
    case 'offline':
      return { ok: true, presence: { state }, whenFree };
    case 'away':
      return { ok: true, presence: { state, reason: reason ?? 'away' }, whenFree };
    case 'break': {
      if (until === undefined) return refused('until: says when the break ends, and is missing');
      const untilMs = Date.parse(until);
      if (untilMs <= nowMs) return refused('until: is over already');
      return { ok: true, presence: { state, untilMs }, whenFree };
    }
  }
}

function refused(what: string): PresenceBody {
  return { ok: false, message: `${what}; expected ${EXPECTED}` };
}
