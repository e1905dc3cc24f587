/** The chat that is shown: whose it is, what can be done with it, what was said, and where to write. */
import { element, setText } from '../widget/element.js';
import { createComposerView } from './composer-view.js';
import { chatTitle, departmentName, phaseText } from './desk-words.js';
import { hasChat, type DeskChat, type DeskState } from './desk-state.js';
import { createQuestion, createTransferDialog, type TransferTo } from './dialogs.js';
import type { Strings, Wording } from './strings.js';
import { createTranscriptView } from './transcript-view.js';

export type ChatAct = 'give-back' | 'reopen' | 'take' | 'close';

export interface ChatPane {
  readonly root: HTMLElement;
  render(state: DeskState): void;
  focus(): void;
}

export interface ChatPaneOptions {
  readonly wording: Wording;
  readonly nowMs: () => number;
  readonly onBack: () => void;
  readonly onAct: (act: ChatAct) => void;
  readonly onPutAway: () => void;
  /** Who is there is asked for. */
  readonly onAskColleagues: () => void;
  readonly onTransfer: (to: TransferTo, note: string) => void;
  readonly onWrite: (text: string, isNote: boolean) => void;
  readonly onTyped: () => void;
}

type Act = ChatAct | 'transfer' | 'put-away';

/** What can be done now; the server has the last word. */
function actsIn(state: DeskState, chat: DeskChat): readonly Act[] {
  const { now, isMine } = chat;
  const isSupervisor = state.me?.isSupervisor === true;
  switch (now?.phase) {
    case 'talking':
      if (hasChat(state, chat)) return ['transfer', 'give-back', 'close'];
      return isSupervisor ? ['take', 'transfer', 'give-back', 'close'] : [];
    case 'inactive':
      return hasChat(state, chat) || isSupervisor ? ['give-back', 'close'] : [];
    case 'waiting':
    case 'offered':
      return isSupervisor ? ['take', 'close'] : [];
    case 'closed':
      return isMine ? ['reopen', 'put-away'] : isSupervisor ? ['reopen'] : [];
    case 'forgotten':
      return ['put-away'];
    default:
      return [];
  }
}

export function createChatPane(options: ChatPaneOptions): ChatPane {
  const { wording, nowMs, onAct } = options;
  const { strings } = wording;
  const head = createHead(strings, options.onBack);
  const transfer = createTransferDialog(strings, options.onTransfer);
  const close = createQuestion({ ask: strings.closeAsk, yes: strings.close, no: strings.cancel }, () => onAct('close'));
  const buttons = createButtons(strings, (act) => {
    if (act === 'transfer') {
      options.onAskColleagues();
      transfer.ask();
    } else if (act === 'close') close.ask();
    else if (act === 'put-away') options.onPutAway();
    else onAct(act);
  });
  const transcript = createTranscriptView(wording, nowMs);
  const typing = element('p', { class: 'typing quiet', 'aria-live': 'off' });
  const composer = createComposerView({ strings, onWrite: options.onWrite, onTyped: options.onTyped });
  const content = element(
    'div',
    { class: 'chat', hidden: true },
    element('header', {}, head.root, buttons.root),
    transcript.root,
    typing,
    composer.root,
  );
  /** The chat has been accepted, and is the agent's in a moment. */
  let isFieldAwaited = false;
  const nothing = element('p', { class: 'nothing quiet' }, strings.choose);
  return {
    root: element('main', { class: 'pane' }, nothing, content, transfer.root, close.root),
    focus() {
      isFieldAwaited = composer.root.hidden !== false;
      if (isFieldAwaited) transcript.root.focus();
      else composer.focus();
    },
    render(state) {
      const chat = state.shown === undefined ? undefined : state.chats.get(state.shown);
      content.hidden = chat === undefined;
      nothing.hidden = chat !== undefined;
      transfer.render(state);
      if (chat === undefined) return;
      head.render(state, chat);
      buttons.render(state.connection === 'online' ? actsIn(state, chat) : []);
      transcript.render(state, chat);
      setText(typing, chat.isVisitorTyping ? strings.visitorTyping : '');
      const may = { toVisitor: hasChat(state, chat), note: mayNote(state, chat) };
      composer.render(chat.id, may, chat.replies);
      if (!isFieldAwaited || composer.root.hidden) return;
      isFieldAwaited = false;
      if (document.activeElement === transcript.root) composer.focus();
    },
  };
}

function mayNote(state: DeskState, chat: DeskChat): boolean {
  if (chat.now === undefined || chat.now.phase === 'forgotten') return false;
  return hasChat(state, chat) || chat.isMine || state.me?.isSupervisor === true;
}

function createHead(strings: Strings, onBack: () => void) {
  const back = element('button', { type: 'button', class: 'back plain', 'aria-label': strings.back }, '‹');
  const title = element('h2', {});
  const about = element('p', { class: 'quiet' });
  const page = element('p', { class: 'quiet page' });
  back.addEventListener('click', onBack);
  return {
    root: element('div', { class: 'head' }, back, element('div', { class: 'titles' }, title, about, page)),
    render(state: DeskState, chat: DeskChat): void {
      const { now } = chat;
      setText(title, chatTitle(chat, strings));
      const parts = [
        now?.department === undefined ? '' : departmentName(state, now.department),
        phaseText(state, chat, strings),
        now?.language ?? '',
        now === undefined || now.visitorIsThere || now.phase === 'closed' ? '' : strings.visitorGone,
      ];
      setText(about, parts.filter((part) => part !== '').join(' · '));
      setText(page, now?.page ?? '');
    },
  };
}

function createButtons(strings: Strings, onClick: (act: Act) => void) {
  const labels: Readonly<Record<Act, string>> = {
    take: strings.take,
    transfer: strings.transfer,
    'give-back': strings.giveBack,
    reopen: strings.reopen,
    close: strings.close,
    'put-away': strings.putAway,
  };
  const buttons = (Object.keys(labels) as Act[]).map((act) => {
    const button = element('button', { type: 'button', class: 'plain' }, labels[act]);
    button.addEventListener('click', () => onClick(act));
    return { act, button };
  });
  return {
    root: element('div', { class: 'acts' }, ...buttons.map(({ button }) => button)),
    render(acts: readonly Act[]): void {
      for (const { act, button } of buttons) button.hidden = !acts.includes(act);
    },
  };
}
