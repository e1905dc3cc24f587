/** The whole page of an agent who has signed in: bar, lists, and the chat that is shown; on a phone one of the latter two. */
import type { AgentMessage } from '../chat/agent-protocol.js';
import { element } from '../widget/element.js';
import { createBarView } from './bar-view.js';
import { createChatPane } from './chat-pane.js';
import type { DeskClient } from './desk-client.js';
import { unreadIn, type DeskState, type Offer } from './desk-state.js';
import { createListsView } from './lists-view.js';
import type { Wording } from './strings.js';

export interface DeskView {
  readonly root: HTMLElement;
  render(state: DeskState): void;
}

export interface DeskViewOptions {
  readonly wording: Wording;
  readonly client: () => DeskClient;
  readonly nowMs: () => number;
  readonly onSignOut: () => void;
}

export function createDeskView({ wording, client, nowMs, onSignOut }: DeskViewOptions): DeskView {
  const { strings } = wording;
  const send = (message: AgentMessage): void => client().send(message);
  const inShown = (act: (chat: string) => void): void => {
    const { shown } = client().state;
    if (shown !== undefined) act(shown);
  };
  const show = (chat: string | undefined): void => {
    client().show(chat);
    if (chat !== undefined) pane.focus();
  };
  const bar = createBarView(strings, { onPresence: (to) => send({ type: 'presence', to }), onSignOut });
  const lists = createListsView({
    strings,
    nowMs,
    onAccept({ work, chat }: Offer) {
      send({ type: 'accept', work });
      show(chat);
    },
    onDecline: ({ work }) => send({ type: 'decline', work }),
    onShow: show,
    onOversee: (isOn) => client().oversee(isOn),
  });
  const pane = createChatPane({
    wording,
    nowMs,
    onBack: () => show(undefined),
    onAct: (type) => inShown((chat) => send({ type, chat })),
    onPutAway: () => inShown((chat) => client().putAway(chat)),
    onAskColleagues: () => send({ type: 'colleagues' }),
    onTransfer: (to, note) => inShown((chat) => send({ type: 'transfer', chat, to, ...(note === '' ? {} : { note }) })),
    onWrite: (text, isNote) => inShown((chat) => client().write(chat, text, isNote)),
    onTyped: () => inShown((chat) => client().typed(chat)),
  });
  const root = element('div', { class: 'desk', lang: wording.language }, bar.root, lists.root, pane.root);
  return {
    root,
    render(state) {
      root.dataset.view = state.shown !== undefined && state.chats.has(state.shown) ? 'chat' : 'lists';
      bar.render(state);
      lists.render(state);
      pane.render(state);
      document.title = titleFor(state, strings.title);
    },
  };
}

/** What asks for the agent stands in the title, which is seen from other tabs too. */
function titleFor(state: DeskState, title: string): string {
  const unread = [...state.chats.values()].filter((chat) => chat.isMine && unreadIn(chat, state.me) > 0).length;
  const count = state.offers.length + unread;
  return count === 0 ? title : `(${count}) ${title}`;
}
