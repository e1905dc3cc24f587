/** What was said, as it is shown: one element a line, made once and then only marked as sent, delivered or read. */
import { isReadingHistory, linesOf, type ChatState, type Line } from './chat-state.js';
import { download } from './download.js';
import { element, setText } from './element.js';
import { base64Bytes, sizeText, timeText } from './format.js';
import { fill, type Strings, type Wording } from './strings.js';

export interface TranscriptView {
  readonly root: HTMLElement;
  render(state: ChatState): void;
  /** To the newest line. */
  scrollDown(): void;
}

interface ShownLine {
  readonly root: HTMLElement;
  readonly delivery: HTMLElement;
}

/** As far from the end as a reader may be and still be carried along. */
const FOLLOW_PX = 80;

export function createTranscriptView({ strings, locale }: Wording, nowMs: () => number): TranscriptView {
  const list = element('div', { class: 'lines' });
  const root = element(
    'div',
    {
      class: 'transcript',
      role: 'log',
      'aria-live': 'polite',
      'aria-relevant': 'additions',
      'aria-label': strings.transcript,
      tabindex: '0',
    },
    list,
  );
  const shown = new Map<string, ShownLine>();
  let count = 0;

  function show(line: Line): ShownLine {
    const delivery = element('span', { class: 'delivery' });
    const made = element(
      'div',
      { class: `line ${line.from}` },
      element('span', { class: 'unseen' }, `${whoIs(line, strings)}: `),
      element('div', { class: 'bubble', dir: 'auto' }, contentOf(line, strings, locale)),
      element('div', { class: 'meta' }, timeText(line.atMs, { nowMs: nowMs(), language: locale }), delivery),
    );
    return { root: made, delivery };
  }

  const scrollDown = (): void => {
    root.scrollTop = root.scrollHeight;
  };

  return {
    root,
    scrollDown,
    render(state) {
      const isFollowing = root.scrollHeight - root.scrollTop - root.clientHeight < FOLLOW_PX;
      const lines = linesOf(state);
      // History is not read out: only what comes while the visitor is here.
      root.setAttribute('aria-busy', String(isReadingHistory(state)));
      removeOthers(shown, lines);
      const newest = lines.at(-1);
      const isNew = newest !== undefined && !shown.has(newest.key);
      lines.forEach((line, index) => {
        const { root: node, delivery } = shown.get(line.key) ?? show(line);
        shown.set(line.key, { root: node, delivery });
        setText(delivery, line.delivery === undefined ? '' : ` · ${strings[line.delivery]}`);
        node.classList.toggle('refused', line.delivery === 'refused');
        if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
      });
      // What was on its way may stay the newest, while an agent's words come in before it.
      if ((isNew && newest.from === 'visitor') || (isFollowing && lines.length !== count)) scrollDown();
      count = lines.length;
    },
  };
}

function removeOthers(shown: Map<string, ShownLine>, lines: readonly Line[]): void {
  const keys = new Set(lines.map(({ key }) => key));
  for (const [key, { root }] of shown) {
    if (keys.has(key)) continue;
    root.remove();
    shown.delete(key);
  }
}

function whoIs({ from }: Line, strings: Strings): string {
  return { visitor: strings.you, agent: strings.agent, site: strings.site }[from];
}

function contentOf({ body }: Line, strings: Strings, locale: string): Node | string {
  if (body.kind === 'text') return body.text;
  const { name, data } = body;
  const size = sizeText(base64Bytes(data), locale);
  const label = fill(strings.download, { name, size });
  const button = element('button', { type: 'button', class: 'file', 'aria-label': label }, `${name} (${size})`);
  button.addEventListener('click', () => download(name, data));
  return button;
}
