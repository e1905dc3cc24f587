/** Canned replies as a list with one of them pointed at, and the words by which they are found. */
import { element, setText } from '../widget/element.js';
import type { Reply } from './desk-state.js';
import type { Strings } from './strings.js';

export interface ReplyList {
  readonly root: HTMLElement;
  /** The first is pointed at. */
  show(replies: readonly Reply[]): void;
  /** One further, or one back; beyond the end comes the beginning. */
  move(by: 1 | -1): void;
  readonly current: Reply | undefined;
}

/** Those whose shortcut begins so come before those that hold it somewhere. */
export function repliesFor(replies: readonly Reply[], wanted: string): readonly Reply[] {
  const lower = wanted.toLowerCase();
  const begins = replies.filter(({ shortcut }) => shortcut.toLowerCase().startsWith(lower));
  const holds = replies.filter(
    (reply) => !begins.includes(reply) && `${reply.shortcut} ${reply.text}`.toLowerCase().includes(lower),
  );
  return [...begins, ...holds];
}

export function createReplyList(
  strings: Strings,
  { onPoint, onPicked }: { onPoint: (optionId: string | undefined) => void; onPicked: (reply: Reply) => void },
): ReplyList {
  const list = element('ul', { id: 'replies', role: 'listbox', 'aria-label': strings.replies });
  const none = element('p', { class: 'quiet' });
  let shown: readonly Reply[] = [];
  let at = 0;

  function point(index: number): void {
    at = shown.length === 0 ? 0 : (index + shown.length) % shown.length;
    [...list.children].forEach((option, position) => option.setAttribute('aria-selected', String(position === at)));
    const current = list.children[at];
    onPoint(current?.id);
    current?.scrollIntoView({ block: 'nearest' });
  }

  function createOption(reply: Reply, index: number): HTMLElement {
    const text = element('span', { dir: 'auto' }, reply.text);
    const option = element(
      'li',
      { id: `reply-${index}`, role: 'option' },
      element('b', {}, `/${reply.shortcut}`),
      text,
    );
    // The field keeps the focus.
    option.addEventListener('pointerdown', (event) => event.preventDefault());
    option.addEventListener('click', () => onPicked(reply));
    return option;
  }

  return {
    root: element('div', { class: 'replies', hidden: true }, list, none),
    show(replies) {
      shown = replies;
      list.replaceChildren(...shown.map(createOption));
      setText(none, shown.length === 0 ? strings.noReplies : '');
      point(0);
    },
    move: (by) => point(at + by),
    get current() {
      return shown[at];
    },
  };
}
