/** Work of other systems: taken, accepted, declined, closed and taken back, by whichever controller has it. */
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { RoutingConfig } from '../config/routing-config.js';
import { agentId, itemId, queueId, type AgentId, type ItemId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import { whyNot } from '../routing/why-not.js';
import type { ItemAct, RefusalReason } from '../work/item-types.js';
import type { ActResult, ItemPull, ItemView, SubmitResult, WorkDesk } from '../work/work-desk.js';
import { sendError } from './api-error.js';
import { parseBody } from './request-body.js';
import { instant } from './views.js';

export interface WorkRoutesOptions {
  readonly desk: WorkDesk;
  readonly config: () => RoutingConfig;
  /** Whether the store of the ledger answers: nothing can be asked while it does not. */
  readonly isUp: () => boolean;
  readonly log: Logger;
}

/** So long a caller is to wait before it asks again what could not be answered. Seconds. */
const ASK_AGAIN_S = 1;

const idText = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, 'letters, digits, `.`, `_`, `:` and `-`, at most 100');

const submitBody = z.strictObject({
  id: idText.optional(),
  queue: z.string().min(1).max(100),
  priority: z.int().min(-1000).max(1000).default(0),
  since: z.iso.datetime({ offset: true }).optional(),
});
const submitExpected =
  '{"queue": name, "id"?: your own id of it, "priority"?: from -1000 to 1000, "since"?: "2030-01-31T12:00:00Z"}';

const agentName = z.string().min(1).max(100);
const acceptBody = z.strictObject({ agent: agentName });
const declineBody = z.strictObject({
  agent: agentName,
  cause: z.enum(['declined', 'busy', 'no-answer', 'unreachable']).default('declined'),
});
const pullBody = z.strictObject({ agent: agentName, queue: z.string().min(1).max(100), id: idText.optional() });
const closeBody = z.strictObject({ agent: agentName.optional() });

const refusals: Readonly<Record<RefusalReason, string>> = {
  'not-offered': 'it is not offered to this agent, or not any more',
  taken: 'another agent has it',
  'not-active': 'nobody has accepted it yet; DELETE takes it back',
  'being-accepted': 'this agent is accepting it at this moment',
  over: 'it has ended',
};

type IdRequest = FastifyRequest<{ Params: { id: string } }>;

export function addWorkRoutes(api: FastifyInstance, options: WorkRoutesOptions): void {
  void api.register((work, _options, done) => {
    // Many clients name the type of a body that they do not send.
    const parseJson = work.getDefaultJsonParser('error', 'error');
    work.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, parsed) => {
      if (body === '') parsed(null, undefined);
      else void parseJson(request, body.toString(), parsed);
    });
    work.addHook('preHandler', async (_request, reply) =>
      options.isUp() ? undefined : sendUnavailable(reply, 'the store of the ledger does not answer'),
    );
    addItems(work, options);
    addActs(work, options);
    done();
  });
}

function addItems(api: FastifyInstance, { desk, log }: WorkRoutesOptions): void {
  api.get('/work', async () => ({ work: (await desk.list()).map(itemView) }));

  api.post('/work', async (request, reply) => {
    const body = parseBody(submitBody, request.body, submitExpected);
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const { id, queue, priority, since } = body.value;
    const wanted = { id: itemIdOf(id, request), queue: queueId(queue), priority };
    const result = await desk.submit({ ...wanted, ...(since === undefined ? {} : { sinceMs: Date.parse(since) }) });
    log.info({ item: wanted.id, queue, result: result.type }, 'work sent by the API');
    return sendSubmitted(reply, result, queue);
  });

  api.get('/work/:id', async (request: IdRequest, reply) => {
    const item = await desk.find(itemId(request.params.id));
    return item === undefined ? sendUnknown(reply, request.params.id) : itemView(item);
  });
}

/** Said twice, a request makes one item: by the caller's own id of it, or by the key of the request. */
function itemIdOf(id: string | undefined, { headers }: FastifyRequest): ItemId {
  if (id !== undefined) return itemId(id);
  const key = keyOf({ headers });
  if (key === undefined) return itemId(randomUUID());
  return itemId(`key-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`);
}

function keyOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const key = headers['idempotency-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

async function sendSubmitted(reply: FastifyReply, result: SubmitResult, queue: string) {
  switch (result.type) {
    case 'created':
      return reply.code(201).header('location', `/v1/work/${result.item.id}`).send(itemView(result.item));
    case 'known':
      return itemView(result.item);
    case 'conflict':
      return sendError(reply, 409, 'conflict', 'that id is in use, for work of another queue or priority');
    case 'unknown-queue':
      return sendError(reply, 404, 'unknown-queue', `no queue of work is called ${queue}`);
  }
}

function addActs(api: FastifyInstance, options: WorkRoutesOptions): void {
  const { desk, config, log } = options;

  async function act(request: IdRequest, reply: FastifyReply, wanted: ItemAct): Promise<FastifyReply> {
    const id = itemId(request.params.id);
    const result = await desk.act(id, wanted);
    log.info({ item: id, ...wanted, result: result.type }, 'asked of work by the API');
    return sendActed(reply, result, { id, isRemoved: wanted.type === 'withdraw' });
  }

  const known = (agent: string): AgentId | undefined =>
    config().agents.has(agentId(agent)) ? agentId(agent) : undefined;
  const sendNobody = (reply: FastifyReply, agent: string) =>
    sendError(reply, 404, 'unknown-agent', `no agent is called ${agent}`);

  api.post('/work/:id/accept', async (request: IdRequest, reply) => {
    const body = parseBody(acceptBody, request.body, '{"agent": id}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const agent = known(body.value.agent);
    return agent === undefined ? sendNobody(reply, body.value.agent) : act(request, reply, { type: 'accept', agent });
  });

  api.post('/work/:id/decline', async (request: IdRequest, reply) => {
    const expected = '{"agent": id, "cause"?: "declined" | "busy" | "no-answer" | "unreachable"}';
    const body = parseBody(declineBody, request.body, expected);
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const agent = known(body.value.agent);
    return agent === undefined
      ? sendNobody(reply, body.value.agent)
      : act(request, reply, { type: 'decline', agent, cause: body.value.cause });
  });

  api.post('/work/:id/close', async (request: IdRequest, reply) => {
    const body = parseBody(closeBody, request.body ?? {}, '{"agent"?: id, to close it only if it is theirs}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const { agent } = body.value;
    return act(request, reply, { type: 'close', ...(agent === undefined ? {} : { agent: agentId(agent) }) });
  });

  api.post('/work/pull', async (request, reply) => {
    const body = parseBody(pullBody, request.body, '{"agent": id, "queue": name, "id"?: of one piece}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const { queue, id } = body.value;
    const agent = known(body.value.agent);
    if (agent === undefined) return sendNobody(reply, body.value.agent);
    const token = keyOf(request) ?? randomUUID();
    const named = id === undefined ? {} : { id: itemId(id) };
    const result = await desk.pull({ agent, queue: queueId(queue), token, ...named });
    log.info({ agent, queue, result: result.type }, 'work pulled by the API');
    return sendPulled(reply, result, queue);
  });

  api.delete('/work/:id', async (request: IdRequest, reply) => act(request, reply, { type: 'withdraw' }));
}

async function sendPulled(reply: FastifyReply, result: ItemPull, queue: string): Promise<FastifyReply> {
  switch (result.type) {
    case 'pulled':
      return reply.send(itemView(result.item));
    case 'unknown-queue':
      return sendError(reply, 404, 'unknown-queue', `no queue of work is called ${queue}`);
    case 'nothing-waiting':
      return sendError(reply, 409, 'nothing-waiting', 'nothing waits in this queue');
    case 'not-waiting':
      return sendError(reply, 409, 'not-waiting', 'it does not wait in this queue, or no more');
    case 'refused':
      return result.why.type === 'not-a-member'
        ? sendError(reply, 409, 'not-a-member', 'the agent is no member of this queue')
        : sendError(reply, 409, 'agent-unavailable', `the agent cannot take it now: ${whyNot(result.why)}`);
  }
}

async function sendActed(
  reply: FastifyReply,
  result: ActResult,
  { id, isRemoved }: { readonly id: ItemId; readonly isRemoved: boolean },
): Promise<FastifyReply> {
  switch (result.type) {
    case 'done':
      return isRemoved ? reply.code(204).send() : reply.send(itemView(result.item));
    case 'refused':
      return sendError(reply, 409, result.why, refusals[result.why]);
    case 'unknown':
      return sendUnknown(reply, id);
    case 'no-answer':
      return sendUnavailable(reply, `the controller ${result.node}, which has it, does not answer; ask again`);
  }
}

async function sendUnknown(reply: FastifyReply, id: string): Promise<FastifyReply> {
  return sendError(reply, 404, 'unknown-work', `no work is called ${id}, or it ended more than a day ago`);
}

async function sendUnavailable(reply: FastifyReply, message: string): Promise<FastifyReply> {
  void reply.header('retry-after', ASK_AGAIN_S);
  return sendError(reply, 503, 'unavailable', message);
}

function itemView({ phase, sinceMs, ...item }: ItemView) {
  const common = { ...item, since: instant(sinceMs) };
  switch (phase.name) {
    case 'waiting':
      return { ...common, phase: phase.name, until: instant(phase.untilMs) };
    case 'offered': {
      const offers = phase.offers.map(({ agent, untilMs }) => ({ agent, until: instant(untilMs) }));
      return { ...common, phase: phase.name, attempt: phase.attempt, offers };
    }
    case 'active':
      return { ...common, phase: phase.name, agent: phase.agent, accepted: instant(phase.sinceMs) };
    case 'ended':
      return { ...common, phase: phase.name, agent: phase.agent, ended: instant(phase.atMs), why: phase.why };
  }
}
