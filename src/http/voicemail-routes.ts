/** Messages that callers have left. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';

import type { RoutingConfig } from '../config/routing-config.js';
import type { EventStream } from '../kernel/event-stream.js';
import { voicemailId, type VoicemailId } from '../kernel/ids.js';
import type { Message } from '../voice/recordings/voicemail-folder.js';
import type { VoicemailStore } from '../voice/recordings/voicemail-store.js';
import { sendError } from './api-error.js';
import { isFromTheBeginning, sendAudio } from './audio-reply.js';
import { parseBody } from './request-body.js';
import { instant } from './views.js';

interface VoicemailRoutesOptions {
  readonly config: () => RoutingConfig;
  readonly voicemails: VoicemailStore;
  readonly events: EventStream;
}

interface ToMessage {
  readonly Params: { readonly box: string; readonly id: string };
}

const PAGE = { default: 100, most: 1000 };

const page = z.strictObject({
  before: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE.most).default(PAGE.default),
});
const heardBody = z.strictObject({ heard: z.boolean() });

export function addVoicemailRoutes(api: FastifyInstance, options: VoicemailRoutesOptions): void {
  addLists(api, options);
  addMessages(api, options);
}

function addLists(api: FastifyInstance, { config, voicemails }: VoicemailRoutesOptions): void {
  api.get('/voicemails', async () => {
    const boxes = [];
    for (const id of config().voicemails.keys()) {
      const messages = await voicemails.list(id);
      boxes.push({ id, messages: messages.length, unheard: messages.filter(({ isHeard }) => !isHeard).length });
    }
    return { voicemails: boxes };
  });

  api.get<{ Params: { box: string } }>('/voicemails/:box/messages', async (request, reply) => {
    const box = voicemailId(request.params.box);
    const query = parseBody(page, request.query, `?limit=1 to ${String(PAGE.most)}&before=the id of a message`);
    if (!query.ok) return sendError(reply, 400, 'bad-request', query.message);
    // A box that a reload has dropped may still have messages.
    const { limit, before } = query.value;
    const messages = await voicemails.list(box, { limit, ...(before === undefined ? {} : { before }) });
    if (messages.length === 0 && !config().voicemails.has(box)) {
      return sendError(reply, 404, 'unknown-voicemail', `no voicemail is called ${box}`);
    }
    return { messages: messages.map(messageView) };
  });
}

function addMessages(api: FastifyInstance, { voicemails, events }: VoicemailRoutesOptions): void {
  api.get<ToMessage>('/voicemails/:box/messages/:id/audio', async (request, reply) => {
    const { box, id } = idsOf(request.params);
    const message = await voicemails.find(box, id);
    if (message === undefined) return sendUnknown(reply, box, id);
    if (isFromTheBeginning(request))
      events.emit({ type: 'voicemail.heard', voicemail: box, message: id, by: request.ip });
    return sendAudio(request, reply, message.path, id);
  });

  api.put<ToMessage>('/voicemails/:box/messages/:id/heard', async (request, reply) => {
    const { box, id } = idsOf(request.params);
    const body = parseBody(heardBody, request.body, '{"heard": true | false}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const { heard } = body.value;
    return (await voicemails.setHeard(box, id, heard)) ? { heard } : sendUnknown(reply, box, id);
  });

  api.delete<ToMessage>('/voicemails/:box/messages/:id', async (request, reply) => {
    const { box, id } = idsOf(request.params);
    return (await voicemails.remove(box, id, 'asked')) ? reply.code(204).send() : sendUnknown(reply, box, id);
  });
}

function idsOf({ box, id }: ToMessage['Params']): { box: VoicemailId; id: string } {
  return { box: voicemailId(box), id };
}

function messageView({ id, call, from, atMs, durationMs, isHeard }: Message) {
  return { id, call, from, at: instant(atMs), durationMs, heard: isHeard };
}

async function sendUnknown(reply: FastifyReply, box: VoicemailId, id: string) {
  return sendError(reply, 404, 'unknown-message', `there is no message ${id} in ${box}`);
}
