/** What an agent's page may send, one JSON text a message; anything else is refused. Sizes are bounded here. */
import { z } from 'zod';

const id = z.string().min(1).max(64);
const chat = z.string().min(1).max(64);
/** As it stood in the offer. */
const work = z.string().min(1).max(100);
const seq = z.int().min(0);
const text = z.string().min(1).max(4_000);
const note = z.string().max(2_000).optional();

const presence = z.discriminatedUnion('state', [
  z.strictObject({ state: z.enum(['available', 'offline']) }),
  z.strictObject({ state: z.literal('away'), reason: z.string().trim().min(1).max(100) }),
  /** Milliseconds since the epoch. */
  z.strictObject({ state: z.literal('break'), untilMs: z.int().min(0) }),
]);

export const agentMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('accept'), work }),
  z.strictObject({ type: z.literal('decline'), work }),
  /** Sends what was said after `after`, and from now on what is said; supervisors may watch every chat. */
  z.strictObject({ type: z.literal('watch'), chat, after: seq.optional() }),
  z.strictObject({ type: z.literal('unwatch'), chat }),
  z.strictObject({ type: z.literal('message'), chat, id, text }),
  /** For agents' eyes alone. */
  z.strictObject({ type: z.literal('note'), chat, id, text }),
  z.strictObject({ type: z.literal('typing'), chat, isTyping: z.boolean() }),
  z.strictObject({ type: z.literal('marks'), chat, received: seq.optional(), read: seq.optional() }),
  z.strictObject({
    type: z.literal('transfer'),
    chat,
    to: z.union([z.strictObject({ agent: z.string().max(100) }), z.strictObject({ department: z.string().max(100) })]),
    note,
  }),
  z.strictObject({ type: z.literal('give-back'), chat }),
  z.strictObject({ type: z.literal('reopen'), chat }),
  z.strictObject({ type: z.literal('close'), chat }),
  /** For supervisors: it is theirs at once, out of a line or from the agent who has it. */
  z.strictObject({ type: z.literal('take'), chat }),
  /** For supervisors: to be told of every chat of their teams, as it is and as it changes. */
  z.strictObject({ type: z.literal('oversee'), isOn: z.boolean() }),
  /** Who is there, and which departments there are: for a transfer. Answered by `colleagues`. */
  z.strictObject({ type: z.literal('colleagues') }),
  /** Of this agent. `whenFree`: when the work of now is done. */
  z.strictObject({ type: z.literal('presence'), to: presence, whenFree: z.boolean().optional() }),
]);

export type AgentMessage = z.infer<typeof agentMessage>;

/** For whoever writes a page of their own. */
export function agentMessageSchema(): unknown {
  return z.toJSONSchema(agentMessage);
}
