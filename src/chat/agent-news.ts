/** What an agent's page is told, one JSON text a message. */
import { z } from 'zod';
import { entry, instant, marks, seq } from './news-parts.js';

const chat = z.string();
const agent = z.string();
/** Names an offer: accepted and declined by it. */
const work = z.string();

const presence = z.discriminatedUnion('state', [
  z.strictObject({ state: z.enum(['available', 'offline']) }),
  z.strictObject({ state: z.literal('away'), reason: z.string() }),
  z.strictObject({ state: z.literal('break'), untilMs: instant }),
]);

const why = ['not-yours', 'not-now', 'not-there', 'no-room', 'declined'] as const;

export const agentNews = z.discriminatedUnion('type', [
  /** The first one. */
  z.strictObject({ type: z.literal('welcome'), agent, name: z.string(), isSupervisor: z.boolean() }),
  /** Of this agent; `pending` comes when the work of now is done. */
  z.strictObject({ type: z.literal('presence'), presence, pending: presence.optional() }),
  /** Until it is `withdrawn`. `from` is a colleague who hands the chat over. */
  z.strictObject({
    type: z.literal('offer'),
    work,
    chat,
    department: z.string().optional(),
    untilMs: instant.optional(),
    from: agent.optional(),
    note: z.string().optional(),
  }),
  /** `accepted`: the chat is theirs. */
  z.strictObject({
    type: z.literal('withdrawn'),
    work,
    why: z.enum(['accepted', 'taken', 'timed-out', 'declined', 'visitor-left', 'taken-back', 'over']),
  }),
  /** What was asked for and is not done. */
  z.strictObject({
    type: z.literal('refused'),
    chat,
    what: z.enum(['transfer', 'give-back', 'reopen', 'close', 'take']),
    why: z.enum(why),
  }),
  /** As a chat is now: one of this agent's, or one that they oversee. `forgotten`: nothing more is heard of it. */
  z.strictObject({
    type: z.literal('chat'),
    chat,
    phase: z.enum(['opened', 'asking', 'waiting', 'offered', 'talking', 'inactive', 'closed', 'forgotten']),
    visitorIsThere: z.boolean(),
    /** When it was opened, or last reopened. */
    sinceMs: instant,
    agent: agent.optional(),
    department: z.string().optional(),
    /** In line, from 1, once nobody was free. */
    place: z.int().min(1).optional(),
    /** Who is asked to take it. */
    offeredTo: z.array(agent).readonly().optional(),
    /** As the site's own server vouches for them. */
    customer: z.string().optional(),
    name: z.string().optional(),
    /** The page that the chat was opened on, and what the visitor reads best, as their browser says. */
    page: z.string().optional(),
    language: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('entry'), chat, audience: z.enum(['everybody', 'agents']), ...entry }),
  /** What the page sent under that id is written down. */
  z.strictObject({ type: z.literal('receipt'), chat, id: z.string(), seq }),
  /** The visitor. */
  z.strictObject({ type: z.literal('typing'), chat, isTyping: z.boolean() }),
  z.strictObject({ type: z.literal('marks'), chat, ...marks }),
  /** Canned replies for a chat that is watched, with names filled in. */
  z.strictObject({
    type: z.literal('replies'),
    chat,
    replies: z.array(z.strictObject({ shortcut: z.string(), text: z.string() })).readonly(),
  }),
  z.strictObject({
    type: z.literal('colleagues'),
    agents: z
      .array(
        z.strictObject({
          agent,
          name: z.string(),
          presence: z.enum(['available', 'away', 'break', 'offline']),
          /** Whether a chat could reach them now, if they have room. */
          isThere: z.boolean(),
          chats: z.int().min(0),
        }),
      )
      .readonly(),
    departments: z.array(z.strictObject({ department: z.string(), name: z.string() })).readonly(),
  }),
  z.strictObject({
    type: z.literal('error'),
    code: z.enum(['bad-message', 'no-such-chat', 'not-yours', 'no-such-department', 'no-supervisor', 'try-later']),
    chat: chat.optional(),
    /** Of the message or note that is refused. */
    id: z.string().optional(),
  }),
]);

export type AgentNews = z.infer<typeof agentNews>;
export type ChatNews = Extract<AgentNews, { type: 'chat' }>;

/** For whoever writes a page of their own. */
export function agentNewsSchema(): unknown {
  return z.toJSONSchema(agentNews);
}
