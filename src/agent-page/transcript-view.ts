/** What was said in the chat that is shown: text is text, files are saved and never shown, notes look like notes. */
import { download } from '../widget/download.js';
import { element, setText } from '../widget/element.js';
import { base64Bytes, sizeText, timeText } from '../widget/format.js';
import { fill } from '../widget/strings.js';
import { agentName } from './desk-words.js';
import type { DeskChat, DeskState, Entry } from './desk-state.js';
import { createKeyedList, type KeyedList, type Row } from './keyed-list.js';
import type { Strings, Wording } from './strings.js';

export interface TranscriptView {
  readonly root: HTMLElement;
  render(state: DeskState, chat: DeskChat): void;
}

interface Line {
  readonly key: string;
  readonly kind: 'visitor' | 'own' | 'colleague' | 'site';
  readonly isNote: boolean;
  readonly who: string;
  readonly body: Entry['body'];
  readonly atMs: number;
  readonly delivery: string;
}

/** As far from the end as a reader may be and still be carried along. */
const FOLLOW_PX = 80;

export function createTranscriptView({ strings, locale }: Wording, nowMs: () => number): TranscriptView {
  const list = element('div', { class: 'lines' });
  const root = element(
    'div',
    { class: 'transcript', role: 'log', 'aria-live': 'polite', 'aria-label': strings.transcript, tabindex: '0' },
    list,
  );
  let chatId = '';
  let lines: KeyedList<Line> = newList();
  let newest: string | undefined;
  let count = 0;

  function newList(): KeyedList<Line> {
    list.replaceChildren();
    return createKeyedList(list, { keyOf: ({ key }) => key, create: (line) => createLine(line, nowMs()) });
  }

  return {
    root,
    render(state, chat) {
      const isOther = chat.id !== chatId;
      if (isOther) lines = newList();
      chatId = chat.id;
      const isFollowing = isOther || root.scrollHeight - root.scrollTop - root.clientHeight < FOLLOW_PX;
      const all = linesOf(state, chat, strings);
      lines.render(all);
      const last = all.at(-1);
      const isOwnNews = last?.key !== newest && last?.kind === 'own';
      // What was on its way may stay the last, while others' words come in before it.
      if (isOther || isOwnNews || (isFollowing && all.length !== count)) root.scrollTop = root.scrollHeight;
      newest = last?.key;
      count = all.length;
    },
  };

  function createLine({ kind, isNote, who, body, atMs }: Line, now: number): Row<Line> {
    const delivery = element('span', {});
    const content = body.kind === 'text' ? body.text : fileButton(body);
    const line = element(
      'div',
      { class: `said ${kind}${isNote ? ' internal' : ''}` },
      element('span', { class: kind === 'own' && !isNote ? 'unseen' : 'whose' }, who),
      element('div', { class: 'bubble', dir: 'auto' }, content),
      element('div', { class: 'meta' }, timeText(atMs, { nowMs: now, language: locale }), delivery),
    );
    return { root: line, update: (now) => setText(delivery, now.delivery === '' ? '' : ` · ${now.delivery}`) };
  }

  function fileButton({ name, data }: Extract<Entry['body'], { kind: 'file' }>): HTMLElement {
    const size = sizeText(base64Bytes(data), locale);
    const label = fill(strings.download, { name, size });
    const button = element('button', { type: 'button', class: 'file', 'aria-label': label }, `${name} (${size})`);
    button.addEventListener('click', () => download(name, data));
    return button;
  }
}

/** All that was said, then what is on its way. */
function linesOf(state: DeskState, chat: DeskChat, strings: Strings): readonly Line[] {
  const entered = new Set(chat.entries.map(({ id }) => id));
  const unwritten = new Set(chat.pending.map(({ id }) => id));
  const { received, read } = chat.visitorMarks;
  const said = chat.entries.map((entry): Line => {
    const { seq, id, from, body, atMs, audience } = entry;
    const isNote = audience === 'agents';
    const isOwn = from.kind === 'agent' && from.agent === state.me?.agent;
    const isUnwritten = id !== undefined && unwritten.has(id);
    const byVisitor = seq <= read ? strings.read : seq <= received ? strings.received : strings.sent;
    return {
      key: id === undefined ? `seq ${seq}` : `id ${id}`,
      kind: isOwn ? 'own' : from.kind === 'agent' ? 'colleague' : from.kind,
      isNote,
      who: whoIs(state, chat, entry, strings),
      body,
      atMs,
      delivery: !isOwn ? '' : isUnwritten ? strings.sending : isNote ? '' : byVisitor,
    };
  });
  const coming = chat.pending
    .filter(({ id }) => !entered.has(id))
    .map(({ id, text, isNote, atMs, isRefused }): Line => {
      const me = state.me?.name ?? strings.you;
      const who = isNote ? fill(strings.noteBy, { agent: me }) : strings.you;
      const delivery = isRefused ? strings.refusedLine : strings.sending;
      return { key: `id ${id}`, kind: 'own', isNote, who, body: { kind: 'text', text }, atMs, delivery };
    });
  return [...said, ...coming];
}

function whoIs(state: DeskState, chat: DeskChat, { from, audience }: Entry, strings: Strings): string {
  if (from.kind === 'site') return strings.site;
  if (from.kind === 'visitor') return chat.now?.name ?? chat.now?.customer ?? fill(strings.visitor, { id: '' }).trim();
  const name = agentName(state, from.agent);
  return audience === 'agents' ? fill(strings.noteBy, { agent: name }) : name;
}
