/** Whether what is written goes to the visitor, or is a note for colleagues. */
import { element } from '../widget/element.js';
import type { Strings } from './strings.js';

export interface KindChoice {
  readonly root: HTMLElement;
  isNote(): boolean;
  /** What the agent wants, where they have the choice. */
  readonly wanted: boolean;
  set(isNote: boolean): void;
  /** What may not be written cannot be chosen; with the choice comes back what was wanted. */
  allow(may: May): void;
}

export interface May {
  readonly toVisitor: boolean;
  readonly note: boolean;
}

export function createKindChoice(strings: Strings): KindChoice {
  const toVisitor = element('input', { type: 'radio', name: 'kind', id: 'to-visitor', checked: true });
  const note = element('input', { type: 'radio', name: 'kind', id: 'to-colleagues' });
  let wanted = false;
  const root = element(
    'div',
    { class: 'kind', role: 'radiogroup', 'aria-label': strings.message },
    element('label', {}, toVisitor, strings.toVisitor),
    element('label', {}, note, strings.toColleagues),
  );
  const show = (isNote: boolean): void => {
    note.checked = isNote;
    toVisitor.checked = !isNote;
  };
  root.addEventListener('change', () => (wanted = note.checked));
  return {
    root,
    get wanted() {
      return wanted;
    },
    set(isNote) {
      wanted = isNote;
      show(isNote);
    },
    isNote: () => note.checked,
    allow(may) {
      toVisitor.disabled = !may.toVisitor;
      note.disabled = !may.note;
      show(wanted || !may.toVisitor);
    },
  };
}
