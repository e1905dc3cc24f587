/** Recordings of calls, of whichever controller that writes to the same folder. Who listens to one is told as an event. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { EventStream } from '../kernel/event-stream.js';
import type { Logger } from '../kernel/logger.js';
import type { Recording, RecordingStore } from '../voice/recordings/recording-store.js';
import { sendError } from './api-error.js';
import { isFromTheBeginning, sendAudio } from './audio-reply.js';
import { parseBody } from './request-body.js';
import { instant } from './views.js';

interface RecordingRoutesOptions {
  readonly recordings: RecordingStore;
  readonly events: EventStream;
  readonly log: Logger;
}

const PAGE = { default: 100, most: 1000 };

const page = z.strictObject({
  before: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE.most).default(PAGE.default),
});

export function addRecordingRoutes(api: FastifyInstance, { recordings, events, log }: RecordingRoutesOptions): void {
  api.get('/recordings', async (request, reply) => {
    const query = parseBody(page, request.query, `?limit=1 to ${String(PAGE.most)}&before=the id of a recording`);
    if (!query.ok) return sendError(reply, 400, 'bad-request', query.message);
    const { limit, before } = query.value;
    const found = await recordings.list({ limit, ...(before === undefined ? {} : { before }) });
    return { recordings: found.map((recording) => ({ call: recording.call, ...recordingView(recording) })) };
  });

  api.get<{ Params: { id: string } }>('/recordings/:id/audio', async (request, reply) => {
    const { id } = request.params;
    const recording = await recordings.find(id);
    return recording === undefined ? sendUnknown(reply, id) : sendRecording(request, reply, recording, events);
  });

  api.delete<{ Params: { id: string } }>('/recordings/:id', async (request, reply) => {
    const { id } = request.params;
    const outcome = await recordings.remove(id, 'asked');
    log.info({ recording: id, outcome }, 'a recording was deleted by the API');
    switch (outcome) {
      case 'removed':
        return reply.code(204).send();
      case 'unknown':
        return sendUnknown(reply, id);
      case 'still-recording':
        return sendStillRecording(reply, id);
    }
  });
}

export function recordingView({ id, atMs, durationMs, from, to, isComplete }: Recording) {
  return { id, since: instant(atMs), durationMs, from, to, complete: isComplete };
}

/** A file to which something is still written is no recording yet. */
export async function sendRecording(
  request: FastifyRequest,
  reply: FastifyReply,
  { id, path, isComplete }: Recording,
  events: EventStream,
) {
  if (!isComplete) return sendStillRecording(reply, id);
  if (isFromTheBeginning(request)) events.emit({ type: 'recording.heard', recording: id, by: request.ip });
  return sendAudio(request, reply, path, id);
}

async function sendUnknown(reply: FastifyReply, id: string) {
  return sendError(reply, 404, 'unknown-recording', `there is no recording ${id}`);
}

async function sendStillRecording(reply: FastifyReply, id: string) {
  return sendError(reply, 409, 'still-recording', `${id} is still being recorded`);
}
