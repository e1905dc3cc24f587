/** Questions in front of the page: the browser keeps the focus in them, and Escape leaves them. */
import { element } from '../widget/element.js';
import { fill } from '../widget/strings.js';
import type { DeskState } from './desk-state.js';
import type { Strings } from './strings.js';

export type TransferTo = { readonly agent: string } | { readonly department: string };

export interface TransferDialog {
  readonly root: HTMLElement;
  ask(): void;
  /** Who is there may change while it is asked. */
  render(state: DeskState): void;
}

export function createTransferDialog(
  strings: Strings,
  onTransfer: (to: TransferTo, note: string) => void,
): TransferDialog {
  const select = element('select', { id: 'transfer-to', required: true });
  const note = element('textarea', { id: 'transfer-note', rows: '3', maxlength: '2000', dir: 'auto' });
  const cancel = element('button', { type: 'button', class: 'plain' }, strings.cancel);
  const form = element(
    'form',
    {},
    element('h2', { id: 'transfer-title' }, strings.transferTitle),
    element('label', { for: 'transfer-to' }, strings.transferTo),
    select,
    element('label', { for: 'transfer-note' }, strings.transferNote),
    note,
    element(
      'div',
      { class: 'buttons' },
      element('button', { type: 'submit', class: 'strong' }, strings.transferTitle),
      cancel,
    ),
  );
  const dialog = element('dialog', { 'aria-labelledby': 'transfer-title' }, form);
  cancel.addEventListener('click', () => dialog.close());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [kind, ...rest] = select.value.split(' ');
    const id = rest.join(' ');
    if (id === '') return;
    onTransfer(kind === 'agent' ? { agent: id } : { department: id }, note.value.trim());
    note.value = '';
    dialog.close();
  });
  let rendered: unknown;
  return {
    root: dialog,
    ask() {
      dialog.showModal();
      select.focus();
    },
    render(state) {
      if (rendered === state.colleagues) return;
      rendered = state.colleagues;
      const chosen = select.value;
      select.replaceChildren(...targetsOf(state, strings));
      select.value = chosen;
      if (select.selectedIndex < 0) select.selectedIndex = 0;
    },
  };
}

function targetsOf({ colleagues, me }: DeskState, strings: Strings): readonly HTMLElement[] {
  const departments = colleagues.departments.map(({ department, name }) =>
    element('option', { value: `department ${department}` }, name),
  );
  const others = colleagues.agents.filter(({ agent }) => agent !== me?.agent);
  const sorted = [...others].sort(
    (one, other) => Number(other.isThere) - Number(one.isThere) || one.chats - other.chats,
  );
  const agents = sorted.map(({ agent, name, isThere, chats }) => {
    const text = isThere ? fill(strings.chatsOf, { name, count: chats }) : fill(strings.notThere, { name });
    return element('option', { value: `agent ${agent}`, disabled: !isThere }, text);
  });
  return [
    element('optgroup', { label: strings.colleagues }, ...agents),
    element('optgroup', { label: strings.departments }, ...departments),
  ];
}

export interface Question {
  readonly root: HTMLElement;
  ask(): void;
}

export function createQuestion(words: { ask: string; yes: string; no: string }, onYes: () => void): Question {
  const yes = element('button', { type: 'button', class: 'strong' }, words.yes);
  const no = element('button', { type: 'button', class: 'plain' }, words.no);
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'question' },
    element('p', { id: 'question' }, words.ask),
    element('div', { class: 'buttons' }, yes, no),
  );
  yes.addEventListener('click', () => {
    dialog.close();
    onYes();
  });
  no.addEventListener('click', () => dialog.close());
  return { root: dialog, ask: () => dialog.showModal() };
}
