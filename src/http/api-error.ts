/** What a request that cannot be served gets: `{ "error": { "code", "message" } }`. */
import type { FastifyReply } from 'fastify';

export type ApiErrorCode =
  | 'bad-request'
  | 'unauthorized'
  | 'not-found'
  | 'unknown-agent'
  | 'unknown-call'
  | 'unknown-callback'
  | 'unknown-queue'
  | 'unknown-work'
  | 'unknown-voicemail'
  | 'unknown-message'
  | 'unknown-recording'
  | 'still-recording'
  | 'not-talking'
  | 'not-allowed'
  | 'not-recording'
  | 'in-conference'
  | 'no-consultation'
  | 'conference-full'
  | 'no-media-server'
  | 'not-a-member'
  | 'agent-unavailable'
  | 'nothing-waiting'
  | 'not-waiting'
  // of work of other systems
  | 'conflict'
  | 'not-offered'
  | 'taken'
  | 'not-active'
  | 'being-accepted'
  | 'over'
  | 'unavailable'
  | 'range-not-satisfiable'
  | 'too-large'
  | 'unsupported-media-type'
  | 'internal';

export interface ApiErrorBody {
  readonly error: { readonly code: ApiErrorCode; readonly message: string };
}

export async function sendError(reply: FastifyReply, status: number, code: ApiErrorCode, message: string) {
  const body: ApiErrorBody = { error: { code, message } };
  return reply.code(status).send(body);
}

/** Status and code for what Fastify itself refuses (a body that is no JSON, too large, of another type). */
export function errorOfStatus(status: number): ApiErrorCode {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 404:
      return 'not-found';
    case 413:
      return 'too-large';
    case 415:
      return 'unsupported-media-type';
    default:
      return status >= 500 ? 'internal' : 'bad-request';
  }
}
