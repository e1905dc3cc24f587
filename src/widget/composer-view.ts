/** Where the visitor writes: a field, a button for files, a button to send. */
import { element, icon, setText } from './element.js';
import { MAX_FILE_BYTES, mediaTypeOf, sizeText } from './format.js';
import type { Body } from './server-message.js';
import { fill, type Wording } from './strings.js';

export interface ComposerView {
  readonly root: HTMLElement;
  focus(): void;
}

export interface ComposerOptions {
  readonly wording: Wording;
  readonly onWrite: (body: Body) => void;
  readonly onTyped: () => void;
}

/** The server's own limit, in UTF-16 code units like the field's. */
const MAX_TEXT = 4_000;
const CLIP = 'M16.5 6v11a4.5 4.5 0 0 1-9 0V5.5a3 3 0 0 1 6 0V16a1.5 1.5 0 0 1-3 0V6';
const ARROW = 'M3 20l18-8L3 4v6l12 2-12 2z';

export function createComposerView(options: ComposerOptions): ComposerView {
  const { onTyped } = options;
  const { strings, locale } = options.wording;
  const field = element('textarea', {
    rows: '1',
    maxlength: String(MAX_TEXT),
    placeholder: strings.write,
    'aria-label': strings.message,
    dir: 'auto',
    enterkeyhint: 'send',
  });
  const picker = element('input', { type: 'file', hidden: true, tabindex: '-1' });
  const attach = element('button', { type: 'button', class: 'quiet attach', 'aria-label': strings.attach }, icon(CLIP));
  const send = element('button', { type: 'submit', class: 'send', 'aria-label': strings.send }, icon(ARROW));
  const problem = element('p', { class: 'problem', role: 'alert' });
  const form = element('form', { class: 'composer' }, picker, attach, field, send);

  function submit(): void {
    const text = field.value.trim();
    if (text === '') return;
    options.onWrite({ kind: 'text', text });
    field.value = '';
    grow(field);
    field.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener('input', () => {
    grow(field);
    onTyped();
  });
  field.addEventListener('keydown', (event) => {
    // Enter that ends the choice of a character (IME) belongs to that.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  attach.addEventListener('click', () => picker.click());
  picker.addEventListener('change', () => {
    const file = picker.files?.[0];
    picker.value = '';
    if (file === undefined) return;
    const isTooLarge = file.size > MAX_FILE_BYTES;
    setText(problem, isTooLarge ? fill(strings.fileTooLarge, { size: sizeText(MAX_FILE_BYTES, locale) }) : '');
    if (isTooLarge) return;
    readFile(file, options.onWrite, () => setText(problem, strings.fileUnreadable));
  });

  return { root: element('div', {}, problem, form), focus: () => field.focus() };
}

/** As high as what is written, up to what the style allows. */
function grow(field: HTMLTextAreaElement): void {
  field.style.setProperty('height', 'auto');
  field.style.setProperty('height', `${field.scrollHeight}px`);
}

function readFile(file: File, onRead: (body: Body) => void, onFailed: () => void): void {
  const reader = new FileReader();
  reader.onerror = onFailed;
  reader.onload = () => {
    const url = typeof reader.result === 'string' ? reader.result : '';
    const data = url.slice(url.indexOf(',') + 1);
    onRead({ kind: 'file', name: file.name.slice(0, 200), mediaType: mediaTypeOf(file.type), data });
  };
  reader.readAsDataURL(file);
}
