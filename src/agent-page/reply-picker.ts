/** Canned replies over the field: all by a button, or those that what follows a `/` begins or holds; worked by its keys. */
import type { Reply } from './desk-state.js';
import { createReplyList, repliesFor } from './reply-list.js';
import type { Strings } from './strings.js';

export interface ReplyPicker {
  readonly root: HTMLElement;
  open(replies: readonly Reply[], wanted: string): void;
  /** All of them, or none. */
  toggle(replies: readonly Reply[]): void;
  close(): void;
  /** Heeds a key of the field. @returns whether it was for the picker */
  heed(key: string): boolean;
}

export function createReplyPicker(
  strings: Strings,
  { field, onPicked }: { readonly field: HTMLTextAreaElement; readonly onPicked: (reply: Reply) => void },
): ReplyPicker {
  const list = createReplyList(strings, { onPoint: pointAt, onPicked: pick });
  const { root } = list;

  function pointAt(option: string | undefined): void {
    if (option === undefined) field.removeAttribute('aria-activedescendant');
    else field.setAttribute('aria-activedescendant', option);
  }

  function open(replies: readonly Reply[], wanted: string): void {
    root.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    list.show(repliesFor(replies, wanted));
  }

  function close(): void {
    root.hidden = true;
    pointAt(undefined);
    field.setAttribute('aria-expanded', 'false');
  }

  function pick(reply: Reply): void {
    close();
    onPicked(reply);
  }

  return {
    root,
    open,
    toggle: (replies) => (root.hidden ? open(replies, '') : close()),
    close,
    heed(key) {
      if (root.hidden) return false;
      switch (key) {
        case 'ArrowDown':
        case 'ArrowUp':
          list.move(key === 'ArrowDown' ? 1 : -1);
          return true;
        case 'Enter':
        case 'Tab':
          if (list.current === undefined) return false;
          pick(list.current);
          return true;
        case 'Escape':
          close();
          return true;
        default:
          return false;
      }
    },
  };
}
