/**
 * Pages for people: `/agent`, on which agents chat, and `/widget-demo`, on which the widget can be tried. Both are files
 * that say nothing to anybody; what is done on them goes by `/v1/agent` and `/v1/visitor`, each with its own check.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ChatSiteConfig } from '../config/chat-config.js';
import { sendError } from './api-error.js';
import { builtFile, createStaticFile } from './static-file.js';

type Pages = ChatSiteConfig['pages'];

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

const files: readonly {
  readonly path: string;
  readonly of: keyof Pages;
  readonly file: string;
  readonly type: string;
}[] = [
  { path: '/agent', of: 'agent', file: 'agent-page/agent.html', type: HTML },
  { path: '/agent.css', of: 'agent', file: 'agent-page/agent.css', type: CSS },
  { path: '/agent.js', of: 'agent', file: 'agent-page/agent.js', type: JAVASCRIPT },
  { path: '/widget-demo', of: 'widgetDemo', file: 'widget/demo.html', type: HTML },
  { path: '/widget-demo.css', of: 'widgetDemo', file: 'widget/demo.css', type: CSS },
];

/** Nothing but what is served here, nothing inline, in nobody's frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @param pages which of them are served; asked each time, since a reload may change it */
export function addChatPages(app: FastifyInstance, pages: () => Pages): void {
  for (const { path, of, file, type } of files) {
    const content = createStaticFile(builtFile(file), type);
    app.get(path, async (request, reply) => {
      if (!pages()[of]) return sendError(reply, 404, 'not-found', `there is no GET ${path}`);
      guard(reply);
      return content.send(request, reply);
    });
  }
}

function guard(reply: FastifyReply): void {
  void reply
    .header('cache-control', 'no-cache')
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cross-origin-resource-policy', 'same-origin');
}

/** By which browsers on this machine know the page to try the widget on. */
export function demoOrigins(port: number): readonly string[] {
  return ['127.0.0.1', 'localhost', '[::1]'].map((host) => `http://${host}:${port}`);
}
