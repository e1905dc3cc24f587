/** A visitor who has come to this controller, while another one runs their chat: both sides say it through this one. */
import type { ChatPeers } from './chat-peers.js';
import type { ChatSocket } from './socket-writer.js';
import type { VisitorNews } from './visitor-news.js';
import type { VisitorSession } from './visitor-session.js';

/** @returns `undefined` when that controller is not there */
export function relayVisitor(
  { node, address, socket }: { readonly node: string; readonly address: string; readonly socket: ChatSocket },
  peers: ChatPeers | undefined,
): VisitorSession | undefined {
  const reconnect: VisitorNews = { type: 'error', code: 'reconnect' };
  const link = peers?.open(
    node,
    { kind: 'visitor', address },
    {
      text(text, done) {
        if (socket.readyState === socket.OPEN) socket.send(text, done);
      },
      // Whoever runs the chat then is found by another `hello`.
      ended() {
        if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(reconnect));
      },
    },
  );
  if (link === undefined) return undefined;
  return {
    received(text) {
      link.send(text);
      return Promise.resolve();
    },
    ended: () => link.end(),
  };
}
