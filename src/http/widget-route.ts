/** The visitors' widget: one script, `/widget.js`, for the pages of any site. What it may do there is decided by `/v1/visitor`. */
import type { FastifyInstance } from 'fastify';
import { builtFile, createStaticFile } from './static-file.js';

/** @param file a built widget; read once, when it is asked for the first time */
export function addWidgetRoute(app: FastifyInstance, file: URL = builtFile('widget/widget.js')): void {
  const script = createStaticFile(file, 'text/javascript; charset=utf-8');
  app.get('/widget.js', async (request, reply) => {
    void reply
      // Its address never changes, so that it is asked for again soon, and mostly answered by 304.
      .header('cache-control', 'public, max-age=300, stale-while-revalidate=86400')
      .header('access-control-allow-origin', '*')
      .header('cross-origin-resource-policy', 'cross-origin');
    return script.send(request, reply);
  });
}
