/** The button in the corner of the page, and the panel that it opens. */
import { unreadIn, type ChatState } from './chat-state.js';
import { createComposerView } from './composer-view.js';
import { element, icon, setText } from './element.js';
import type { Body } from './server-message.js';
import { fill, type Strings, type Wording } from './strings.js';
import { createTranscriptView } from './transcript-view.js';

export interface ChatView {
  readonly nodes: readonly Node[];
  render(state: ChatState): void;
  readonly isOpen: boolean;
  open(): void;
  hide(): void;
}

export interface ChatViewOptions {
  readonly wording: Wording;
  readonly title: string;
  readonly nowMs: () => number;
  /** On a phone the panel covers the page, and keeps the focus. */
  readonly isSmall: () => boolean;
  readonly onOpened: () => void;
  readonly onWrite: (body: Body) => void;
  readonly onTyped: () => void;
  readonly onEnd: () => void;
  readonly onBeginAnew: () => void;
}

const BALLOON = 'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z';
const CROSS = 'M6 6l12 12M18 6L6 18';

export function createChatView(options: ChatViewOptions): ChatView {
  const { isSmall } = options;
  const { strings } = options.wording;
  const { launcher, badge } = createLauncher();
  const parts = createPanel(options, () => hide());
  const { panel, transcript, composer } = parts;
  let isOpen = false;

  function open(): void {
    if (isOpen) return composer.focus();
    isOpen = true;
    panel.hidden = false;
    launcher.setAttribute('aria-expanded', 'true');
    panel.setAttribute('aria-modal', String(isSmall()));
    options.onOpened();
    transcript.scrollDown();
    composer.focus();
  }

  function hide(): void {
    if (!isOpen) return;
    isOpen = false;
    panel.hidden = true;
    launcher.setAttribute('aria-expanded', 'false');
    launcher.focus();
  }

  launcher.addEventListener('click', () => (isOpen ? hide() : open()));
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      hide();
    } else if (event.key === 'Tab' && isSmall()) keepFocus(panel, event);
  });

  return {
    nodes: [panel, launcher],
    get isOpen() {
      return isOpen;
    },
    open,
    hide,
    render(state) {
      const unread = isOpen ? 0 : unreadIn(state);
      badge.hidden = unread === 0;
      setText(badge, String(unread));
      launcher.setAttribute('aria-label', launcherLabel(isOpen, unread, strings));
      parts.render(state);
    },
  };
}

function createLauncher() {
  const badge = element('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const attributes = { 'aria-expanded': 'false', 'aria-controls': 'panel', 'aria-haspopup': 'dialog' };
  return {
    badge,
    launcher: element('button', { type: 'button', class: 'launcher', ...attributes }, icon(BALLOON), badge),
  };
}

function launcherLabel(isOpen: boolean, unread: number, strings: Strings): string {
  if (isOpen) return strings.hide;
  if (unread === 0) return strings.open;
  return `${strings.open}: ${unread === 1 ? strings.unreadOne : fill(strings.unread, { count: unread })}`;
}

function createPanel(options: ChatViewOptions, onHide: () => void) {
  const { strings, language } = options.wording;
  const transcript = createTranscriptView(options.wording, options.nowMs);
  const composer = createComposerView({ ...options });
  const status = element('p', { class: 'status', role: 'status' });
  const typing = element('p', { class: 'typing' });
  const anew = element('button', { type: 'button', class: 'anew', hidden: true }, strings.beginAnew);
  const end = element('button', { type: 'button', class: 'quiet end' }, strings.end);
  const hide = element('button', { type: 'button', class: 'quiet hide', 'aria-label': strings.hide }, icon(CROSS));
  const question = createQuestion(strings, {
    onYes() {
      options.onEnd();
      composer.focus();
    },
    onNo: () => end.focus(),
  });
  const header = element('header', {}, element('h2', { id: 'title' }, options.title), end, hide);
  const panel = element(
    'section',
    { id: 'panel', class: 'panel', role: 'dialog', 'aria-labelledby': 'title', lang: language, hidden: true },
    header,
    question.root,
    status,
    transcript.root,
    typing,
    anew,
    composer.root,
  );
  hide.addEventListener('click', onHide);
  end.addEventListener('click', () => question.ask());
  anew.addEventListener('click', () => {
    options.onBeginAnew();
    composer.focus();
  });
  return {
    panel,
    transcript,
    composer,
    render(state: ChatState) {
      const { connection, phase } = state;
      setText(status, statusText(state, strings));
      status.classList.toggle('lost', connection === 'lost');
      setText(typing, state.typing === undefined ? '' : fill(strings.typing, { agent: state.typing }));
      anew.hidden = phase !== 'closed';
      end.hidden = connection !== 'online' || phase === 'closed' || phase === 'new';
      if (end.hidden && question.takeBack()) composer.focus();
      transcript.render(state);
    },
  };
}

/** Asked before a chat is ended: a slip of the finger would cost the place in line. */
function createQuestion(strings: Strings, { onYes, onNo }: { onYes: () => void; onNo: () => void }) {
  const yes = element('button', { type: 'button', class: 'yes' }, strings.endYes);
  const no = element('button', { type: 'button', class: 'quiet no' }, strings.endNo);
  const root = element(
    'div',
    { class: 'question', role: 'group', 'aria-labelledby': 'question', hidden: true },
    element('span', { id: 'question' }, strings.endAsk),
    yes,
    no,
  );
  /** Whether it had been asked. */
  const takeBack = (): boolean => {
    const wasAsked = !root.hidden;
    root.hidden = true;
    return wasAsked;
  };
  yes.addEventListener('click', () => {
    takeBack();
    onYes();
  });
  no.addEventListener('click', () => {
    takeBack();
    onNo();
  });
  return {
    root,
    takeBack,
    ask() {
      root.hidden = false;
      no.focus();
    },
  };
}

function statusText({ connection, phase, place, agent }: ChatState, strings: Strings): string {
  if (connection === 'lost') return strings.lost;
  if (connection !== 'online') return strings.connecting;
  switch (phase) {
    case 'new':
      return '';
    case 'waiting':
      return place === undefined ? strings.waiting : fill(strings.inLine, { place });
    case 'talking':
      return fill(strings.talking, { agent: agent ?? strings.agent });
    case 'closed':
      return strings.closed;
  }
}

/** From the last element to the first, and back. */
function keepFocus(panel: HTMLElement, event: KeyboardEvent): void {
  const inOrder = [...panel.querySelectorAll<HTMLElement>('button, textarea, [tabindex="0"]')].filter(
    (node) => node.offsetParent !== null,
  );
  const root = panel.getRootNode() as ShadowRoot;
  const edge = event.shiftKey ? inOrder[0] : inOrder.at(-1);
  if (root.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? inOrder.at(-1) : inOrder[0])?.focus();
}
