/** Files that `npm run build` makes for browsers: read once, and sent compressed, or not at all where the browser has them. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { sendError } from './api-error.js';

export interface StaticFile {
  /** Whatever headers it needs beside those of its content. */
  send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

interface Content {
  readonly etag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

/** @param path below `dist/`, where the sources look for it too */
export function builtFile(path: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `../../dist/${path}` : `../${path}`, import.meta.url);
}

export function createStaticFile(file: URL, type: string): StaticFile {
  let content: Promise<Content | undefined> | undefined;
  return {
    async send(request, reply) {
      content ??= readContent(file);
      const found = await content;
      if (found === undefined) return sendError(reply, 404, 'not-found', 'this is not built here: npm run build');
      void reply.header('etag', found.etag).header('vary', 'accept-encoding');
      if (isKnown(request.headers['if-none-match'], found.etag)) return reply.code(304).send();
      void reply.type(type);
      if (!takesGzip(request.headers['accept-encoding'])) return reply.send(found.plain);
      return reply.header('content-encoding', 'gzip').send(found.zipped);
    },
  };
}

async function readContent(file: URL): Promise<Content | undefined> {
  const plain = await readFile(file).catch(() => undefined);
  if (plain === undefined) return undefined;
  // Weak: the bytes differ by encoding, what they mean does not (RFC 9110 §8.8.1).
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url')}"`;
  return { etag, plain, zipped: await promisify(gzip)(plain, { level: 9 }) };
}

/** RFC 9110 §13.1.2. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag.replace(/^W\//, ''));
}

/** RFC 9110 §12.5.3; `gzip;q=0` refuses it. */
function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((one) => {
    const [coding, ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    return (coding === 'gzip' || coding === '*') && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
