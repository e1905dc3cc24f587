/** A WAV file, or the part of it that a player asks for (RFC 9110 §14). */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { sendError } from './api-error.js';

export async function sendAudio(request: FastifyRequest, reply: FastifyReply, path: string, name: string) {
  const { size } = await stat(path);
  const part = partOf(request.headers.range, size);
  if (part === 'unsatisfiable') {
    void reply.header('content-range', `bytes */${String(size)}`);
    return sendError(reply, 416, 'range-not-satisfiable', `the file has ${String(size)} bytes`);
  }
  const { first, last } = part ?? { first: 0, last: size - 1 };
  if (part !== undefined) {
    void reply.code(206).header('content-range', `bytes ${String(first)}-${String(last)}/${String(size)}`);
  }
  void reply.headers({
    'accept-ranges': 'bytes',
    'content-type': 'audio/wav',
    'content-length': last - first + 1,
    'content-disposition': `inline; filename="${name}.wav"`,
  });
  // A file that is still being recorded grows on: no more than what was promised is sent of it.
  return reply.send(createReadStream(path, { start: first, end: last }));
}

/** Whether it is asked for as by somebody who begins to listen: players ask for what follows part by part. */
export function isFromTheBeginning({ headers: { range } }: FastifyRequest): boolean {
  return range === undefined || !/^bytes=0*[1-9]/.test(range);
}

/** @returns `undefined` for the whole file: what is no single range of bytes may be left unheeded (RFC 9110 §14.2) */
function partOf(
  range: string | undefined,
  size: number,
): { readonly first: number; readonly last: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && from !== '' && Number(to) < first) return undefined;
  return first >= size || first > last ? 'unsatisfiable' : { first, last };
}
