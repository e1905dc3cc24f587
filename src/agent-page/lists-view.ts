/** The side of the page: what is offered, the agent's own chats, and for supervisors those of their teams. */
import { element, setText } from '../widget/element.js';
import { fill } from '../widget/strings.js';
import { agentName, chatTitle, departmentName, lastWords, phaseText } from './desk-words.js';
import { ownChats, overseenChats, unreadIn, type DeskChat, type DeskState, type Offer } from './desk-state.js';
import { createKeyedList, type Row } from './keyed-list.js';
import type { Strings } from './strings.js';

export interface ListsView {
  readonly root: HTMLElement;
  render(state: DeskState): void;
}

export interface ListsOptions {
  readonly strings: Strings;
  readonly nowMs: () => number;
  readonly onAccept: (offer: Offer) => void;
  readonly onDecline: (offer: Offer) => void;
  readonly onShow: (chat: string) => void;
  readonly onOversee: (isOn: boolean) => void;
}

type Shown<Item> = readonly [item: Item, state: DeskState];

export function createListsView(options: ListsOptions): ListsView {
  const { strings } = options;
  const offers = createSection('offers', strings.offers);
  const own = createSection('own', strings.ownChats);
  const all = createSection('all', strings.allChats);
  const news = element('p', { class: 'unseen', role: 'alert' });
  const oversee = element('input', { type: 'checkbox', id: 'oversee' });
  const overseeLabel = element('label', { class: 'check', for: 'oversee' }, oversee, strings.oversee);
  oversee.addEventListener('change', () => options.onOversee(oversee.checked));
  all.root.insertBefore(overseeLabel, all.list);
  const offerList = createKeyedList<Shown<Offer>>(offers.list, {
    keyOf: ([{ work }]) => work,
    create: ([offer]) => createOfferRow(offer, options),
  });
  const chatList = (list: HTMLElement) =>
    createKeyedList<Shown<DeskChat>>(list, {
      keyOf: ([{ id }]) => id,
      create: ([chat]) => createChatRow(chat, options),
    });
  const ownList = chatList(own.list);
  const allList = chatList(all.list);
  let told = 0;

  return {
    root: element('nav', { class: 'side', 'aria-label': strings.title }, news, offers.root, own.root, all.root),
    render(state) {
      const count = state.offers.length;
      // Said once for each that comes, and taken back, so that the next is said too.
      setText(news, count > told ? strings.offersNew : count < told ? '' : news.textContent);
      told = count;
      offerList.render(state.offers.map((offer) => [offer, state]));
      const isAvailable = state.presence?.state === 'available';
      setText(offers.empty, count > 0 ? '' : isAvailable ? strings.noOffers : strings.unavailable);
      const mine = ownChats(state);
      ownList.render(mine.map((chat) => [chat, state]));
      setText(own.empty, mine.length > 0 ? '' : strings.noChats);
      all.root.hidden = state.me?.isSupervisor !== true;
      oversee.checked = state.isOverseeing;
      const overseen = overseenChats(state);
      allList.render(overseen.map((chat) => [chat, state]));
      setText(all.empty, state.isOverseeing && overseen.length === 0 ? strings.noneOpen : '');
    },
  };
}

function createSection(name: string, title: string) {
  const list = element('ul', { class: name });
  const empty = element('p', { class: 'quiet empty' });
  const heading = element('h2', { id: `${name}-title` }, title);
  return { list, empty, root: element('section', { 'aria-labelledby': `${name}-title` }, heading, list, empty) };
}

function createOfferRow(offer: Offer, { strings, nowMs, onAccept, onDecline }: ListsOptions): Row<Shown<Offer>> {
  const title = element('strong', {});
  const about = element('span', { class: 'quiet' });
  const words = element('p', { class: 'words', dir: 'auto' });
  const note = element('p', { class: 'note', dir: 'auto' });
  const left = element('span', { class: 'left', 'aria-hidden': 'true' });
  const accept = element('button', { type: 'button', class: 'strong' }, strings.accept);
  const decline = element('button', { type: 'button', class: 'plain' }, strings.decline);
  accept.addEventListener('click', () => onAccept(offer));
  decline.addEventListener('click', () => onDecline(offer));
  const root = element(
    'li',
    { class: 'offer' },
    element('div', { class: 'line' }, title, left),
    about,
    words,
    note,
    element('div', { class: 'buttons' }, accept, decline),
  );
  return {
    root,
    update([now, state]) {
      const chat = state.chats.get(now.chat);
      setText(title, chat === undefined ? '' : chatTitle(chat, strings));
      accept.setAttribute('aria-label', `${strings.accept}: ${title.textContent}`);
      decline.setAttribute('aria-label', `${strings.decline}: ${title.textContent}`);
      const department = now.department === undefined ? '' : departmentName(state, now.department);
      const from = now.from === undefined ? '' : fill(strings.from, { agent: agentName(state, now.from) });
      setText(about, [department, from].filter((part) => part !== '').join(' · '));
      setText(words, chat === undefined ? '' : lastWords(chat));
      setText(note, now.note ?? '');
      const seconds = now.untilMs === undefined ? 0 : Math.max(0, Math.ceil((now.untilMs - nowMs()) / 1000));
      setText(left, now.untilMs === undefined ? '' : fill(strings.secondsLeft, { seconds }));
    },
  };
}

function createChatRow(chat: DeskChat, { strings, onShow }: ListsOptions): Row<Shown<DeskChat>> {
  const title = element('strong', {});
  const unread = element('span', { class: 'unread' });
  const phase = element('span', { class: 'quiet' });
  const words = element('span', { class: 'words', dir: 'auto' });
  const button = element(
    'button',
    { type: 'button', class: 'chat-row' },
    element('span', { class: 'line' }, title, unread),
    phase,
    words,
  );
  button.addEventListener('click', () => onShow(chat.id));
  return {
    root: element('li', {}, button),
    update([now, state]) {
      setText(title, chatTitle(now, strings));
      const count = unreadIn(now, state.me);
      setText(unread, count === 0 || state.shown === now.id ? '' : fill(strings.unread, { count }));
      const department = now.now?.department === undefined ? '' : departmentName(state, now.now.department);
      const text = phaseText(state, now, strings);
      setText(phase, [department, text].filter((part) => part !== '').join(' · '));
      setText(words, now.isVisitorTyping ? strings.visitorTyping : lastWords(now));
      button.setAttribute('aria-current', String(state.shown === now.id));
      button.dataset.phase = now.now?.phase ?? '';
    },
  };
}
