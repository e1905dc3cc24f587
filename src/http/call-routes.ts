/** What may be done with a running call, and the recordings of calls. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';

import type { EventStream } from '../kernel/event-stream.js';
import { workId, type WorkId } from '../kernel/ids.js';
import type { CallHandle, CallsView } from '../voice/calls-view.js';
import type { Logger } from '../kernel/logger.js';
import type { RecordingStore } from '../voice/recordings/recording-store.js';
import { sendError } from './api-error.js';
import { recordingView, sendRecording } from './recording-routes.js';
import { parseBody } from './request-body.js';

interface CallRoutesOptions {
  readonly calls: CallsView;
  readonly recordings: RecordingStore;
  readonly events: EventStream;
  readonly log: Logger;
}

const transferBody = z.strictObject({ to: z.string().regex(/^[\w.+*#-]{1,64}$/, 'is nothing that can be dialled') });
const recordingBody = z.strictObject({ action: z.enum(['start', 'stop', 'pause', 'resume']) });

type Refusal =
  | Exclude<ReturnType<CallHandle['transfer'] | CallHandle['record']>, undefined>
  | Extract<ReturnType<CallHandle['confer']>, { type: 'refused' }>['why'];

const refusals: Readonly<Record<Refusal, string>> = {
  'not-talking': 'nobody talks in this call now',
  'not-allowed': 'not allowed: the agent may not dial that, or the queue does not have its calls recorded that way',
  'in-conference': 'three are in this call; one of them has to leave first',
  'no-consultation': 'no agent in this call talks in another one too',
  'conference-full': 'three are in one of the two calls already',
  'no-media-server': 'no media server is there for it',
  'not-recording': 'the call is not being recorded',
};

export function addCallRoutes(api: FastifyInstance, options: CallRoutesOptions): void {
  addActs(api, options);
  addRecordings(api, options);
}

function addActs(api: FastifyInstance, { calls, log }: CallRoutesOptions): void {
  api.post<{ Params: { id: string } }>('/calls/:id/transfer', async (request, reply) => {
    const call = workId(request.params.id);
    const body = parseBody(transferBody, request.body, '{"to": what the agent would dial}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const running = calls.find(call);
    if (running === undefined) return sendUnknown(reply, call);
    const { to } = body.value;
    const refusal = running.transfer(to);
    log.info({ callId: call, refusal }, 'transfer asked by the API');
    return refusal === undefined ? { result: 'transferred', to } : sendError(reply, 409, refusal, refusals[refusal]);
  });

  api.post<{ Params: { id: string } }>('/calls/:id/recording', async (request, reply) => {
    const call = workId(request.params.id);
    const body = parseBody(recordingBody, request.body, '{"action": "start" | "stop" | "pause" | "resume"}');
    if (!body.ok) return sendError(reply, 400, 'bad-request', body.message);
    const running = calls.find(call);
    if (running === undefined) return sendUnknown(reply, call);
    const refusal = running.record(body.value.action);
    log.info({ callId: call, action: body.value.action, refusal }, 'recording asked by the API');
    if (refusal !== undefined) return sendError(reply, 409, refusal, refusals[refusal]);
    return { recording: calls.list().find(({ id }) => id === call)?.recording ?? 'none' };
  });

  api.post<{ Params: { id: string } }>('/calls/:id/conference', async (request, reply) => {
    const call = workId(request.params.id);
    const running = calls.find(call);
    if (running === undefined) return sendUnknown(reply, call);
    const outcome = running.confer();
    log.info({ callId: call, outcome }, 'conference asked by the API');
    if (outcome.type === 'refused') return sendError(reply, 409, outcome.why, refusals[outcome.why]);
    return { result: 'conferring', call: outcome.call };
  });

  api.delete<{ Params: { id: string } }>('/calls/:id', async (request, reply) => {
    const call = workId(request.params.id);
    const running = calls.find(call);
    if (running === undefined) return sendUnknown(reply, call);
    log.info({ callId: call }, 'hung up by the API');
    running.hangUp('asked');
    return reply.code(204).send();
  });
}

function addRecordings(api: FastifyInstance, { calls, recordings, events }: CallRoutesOptions): void {
  api.get<{ Params: { id: string } }>('/calls/:id/recordings', async (request, reply) => {
    const call = workId(request.params.id);
    const found = await recordings.of(call);
    if (found.length === 0 && calls.find(call) === undefined) return sendUnknown(reply, call);
    return { recordings: found.map(recordingView) };
  });

  api.get<{ Params: { id: string; recording: string } }>(
    '/calls/:id/recordings/:recording/audio',
    async (request, reply) => {
      const { id, recording } = request.params;
      const found = await recordings.find(recording);
      if (found?.call === id) return sendRecording(request, reply, found, events);
      return sendError(reply, 404, 'unknown-recording', `there is no recording ${recording} of a call ${id}`);
    },
  );
}

async function sendUnknown(reply: FastifyReply, call: WorkId) {
  return sendError(reply, 404, 'unknown-call', `this controller has no call ${call} now`);
}
