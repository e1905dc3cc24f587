/** Where the agent writes: to the visitor, or a note for colleagues. What is half written stays with its chat. */
import { element } from '../widget/element.js';
import type { Reply } from './desk-state.js';
import { createKindChoice, type May } from './kind-choice.js';
import { createReplyPicker, type ReplyPicker } from './reply-picker.js';
import type { Strings } from './strings.js';

export interface ComposerView {
  readonly root: HTMLElement;
  /** @param may what the agent may write in this chat */
  render(chat: string, may: May, replies: readonly Reply[]): void;
  focus(): void;
}

export interface ComposerOptions {
  readonly strings: Strings;
  readonly onWrite: (text: string, isNote: boolean) => void;
  readonly onTyped: () => void;
}

interface Draft {
  readonly text: string;
  readonly isNote: boolean;
}

export function createComposerView(options: ComposerOptions): ComposerView {
  const parts = createParts(options.strings);
  const { root, field, kind, picker, repliesButton } = parts;
  const drafts = new Map<string, Draft>();
  let chat = '';
  let replies: readonly Reply[] = [];

  function submit(): void {
    const text = field.value.trim();
    if (text === '') return;
    field.value = '';
    picker.close();
    options.onWrite(text, kind.isNote());
    field.focus();
  }

  function typed(): void {
    if (kind.isNote()) return;
    const wanted = /^\/([\p{L}\p{N}_-]*)$/u.exec(field.value)?.[1];
    if (wanted !== undefined && replies.length > 0) return picker.open(replies, wanted);
    picker.close();
    options.onTyped();
  }

  root.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  kind.root.addEventListener('change', () => parts.showKind(replies.length > 0));
  repliesButton.addEventListener('click', () => {
    picker.toggle(replies);
    field.focus();
  });
  field.addEventListener('input', typed);
  field.addEventListener('keydown', (event) => {
    if (endsMessage(event, picker)) submit();
  });

  return {
    root,
    focus: () => field.focus(),
    render(next, may, nextReplies) {
      replies = nextReplies;
      root.hidden = !may.toVisitor && !may.note;
      if (next !== chat) {
        drafts.set(chat, { text: field.value, isNote: kind.wanted });
        picker.close();
        chat = next;
        const { text, isNote } = drafts.get(next) ?? { text: '', isNote: false };
        field.value = text;
        kind.set(isNote);
      }
      // What was begun as a note never turns into a message by itself.
      if (kind.isNote() && may.toVisitor && field.value !== '') kind.set(true);
      kind.allow(may);
      parts.showKind(replies.length > 0);
    },
  };
}

/** Enter sends, unless it chooses a character (IME) or a reply, or begins another line. */
function endsMessage(event: KeyboardEvent, picker: ReplyPicker): boolean {
  if (event.isComposing) return false;
  const isForPicker = picker.heed(event.key);
  const isEnd = !isForPicker && event.key === 'Enter' && !event.shiftKey;
  if (isForPicker || isEnd) event.preventDefault();
  return isEnd;
}

/** The server's own limit, in UTF-16 code units like the field's. */
const MAX_TEXT = 4_000;

function createParts(strings: Strings) {
  const field = element('textarea', {
    rows: '2',
    maxlength: String(MAX_TEXT),
    dir: 'auto',
    enterkeyhint: 'send',
    'aria-autocomplete': 'list',
    'aria-controls': 'replies',
    'aria-expanded': 'false',
  });
  const kind = createKindChoice(strings);
  const repliesButton = element('button', { type: 'button', class: 'plain' }, strings.replies);
  const send = element('button', { type: 'submit', class: 'strong' }, strings.send);
  /** In place of what was looked for. */
  const put = ({ text }: Reply): void => {
    field.value = field.value.startsWith('/') ? text : `${field.value}${text}`;
    field.focus();
  };
  const picker = createReplyPicker(strings, { field, onPicked: put });
  const tools = element('div', { class: 'line' }, kind.root, repliesButton);
  const line = element('div', { class: 'field' }, field, send);
  const root = element('form', { class: 'composer' }, picker.root, tools, line);
  return {
    root,
    field,
    kind,
    picker,
    repliesButton,
    showKind(hasReplies: boolean): void {
      const isNote = kind.isNote();
      root.classList.toggle('internal', isNote);
      field.placeholder = isNote ? strings.writeNote : strings.write;
      field.setAttribute('aria-label', isNote ? strings.note : strings.message);
      repliesButton.hidden = isNote || !hasReplies;
      if (isNote) picker.close();
    },
  };
}
