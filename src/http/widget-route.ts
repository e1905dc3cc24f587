/** The visitors' widget: one script, `/widget.js`, for the pages of any site. What it may do there is decided by `/v1/visitor`. */
import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { sendError } from './api-error.js';

/** `npm run build` puts it there. */
const BUILT_FILE = new URL('../widget/widget.js', import.meta.url);

interface WidgetScript {
  readonly etag: string;
  readonly plain: Buffer;
  readonly zipped: Buffer;
}

/** @param file a built widget; read once, when it is asked for the first time */
export function addWidgetRoute(app: FastifyInstance, file: URL = BUILT_FILE): void {
  let script: Promise<WidgetScript | undefined> | undefined;
  app.get('/widget.js', async (request, reply) => {
    script ??= readScript(file);
    const found = await script;
    if (found === undefined) return sendError(reply, 404, 'not-found', 'the widget is not built here: npm run build');
    void reply
      // Its address never changes, so that it is asked for again soon, and mostly answered by 304.
      .header('cache-control', 'public, max-age=300, stale-while-revalidate=86400')
      .header('etag', found.etag)
      .header('vary', 'accept-encoding')
      .header('access-control-allow-origin', '*')
      .header('cross-origin-resource-policy', 'cross-origin');
    if (isKnown(request.headers['if-none-match'], found.etag)) return reply.code(304).send();
    void reply.type('text/javascript; charset=utf-8');
    if (!takesGzip(request.headers['accept-encoding'])) return reply.send(found.plain);
    return reply.header('content-encoding', 'gzip').send(found.zipped);
  });
}

async function readScript(file: URL): Promise<WidgetScript | undefined> {
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
