/** The bar on top: who the agent is, what they are, and how the connection is. */
import { element, setText } from '../widget/element.js';
import { fill } from '../widget/strings.js';
import { presenceText } from './desk-words.js';
import type { DeskState, Presence } from './desk-state.js';
import { problemText, type Strings } from './strings.js';

export interface BarView {
  readonly root: HTMLElement;
  render(state: DeskState): void;
}

const choices: readonly Exclude<Presence, { state: 'break' }>[] = [
  { state: 'available' },
  { state: 'away', reason: 'away' },
  { state: 'away', reason: 'lunch' },
  { state: 'offline' },
];

export function createBarView(
  strings: Strings,
  { onPresence, onSignOut }: { onPresence: (to: (typeof choices)[number]) => void; onSignOut: () => void },
): BarView {
  const name = element('h1', {});
  const role = element('span', { class: 'role', hidden: true }, strings.supervisor);
  const status = element('p', { class: 'status', role: 'status' });
  const problem = element('p', { class: 'problem', role: 'alert' });
  const pending = element('span', { class: 'quiet pending' });
  const select = element('select', { id: 'presence' });
  const signOut = element('button', { type: 'button', class: 'plain' }, strings.signOut);
  select.addEventListener('change', () => {
    const chosen = choices[Number(select.value)];
    if (chosen !== undefined) onPresence(chosen);
  });
  signOut.addEventListener('click', onSignOut);
  const label = element('label', { for: 'presence' }, strings.presence);
  const root = element(
    'header',
    { class: 'bar' },
    element('div', { class: 'who' }, name, role),
    element('div', { class: 'presence' }, element('span', { class: 'dot' }), label, select, pending),
    signOut,
    status,
    problem,
  );
  return {
    root,
    render({ me, presence, pendingPresence, connection, problem: what }) {
      setText(problem, what === undefined ? '' : problemText(strings, what));
      setText(name, me?.name ?? strings.title);
      role.hidden = me?.isSupervisor !== true;
      setText(status, connection === 'online' ? '' : connection === 'lost' ? strings.lost : strings.connecting);
      status.classList.toggle('lost', connection === 'lost');
      root.dataset.presence = presence?.state ?? 'offline';
      setText(
        pending,
        pendingPresence === undefined
          ? ''
          : fill(strings.whenFree, { presence: presenceText(pendingPresence, strings) }),
      );
      select.disabled = connection !== 'online' || presence === undefined;
      if (presence !== undefined) showPresence(select, presence, strings);
    },
  };
}

/** What the agent is may have been set elsewhere, and be none of the choices. */
function showPresence(select: HTMLSelectElement, presence: Presence, strings: Strings): void {
  const text = presenceText(presence, strings);
  const known = choices.findIndex((choice) => presenceText(choice, strings) === text);
  const wanted = [
    ...choices.map((choice, index) => [String(index), presenceText(choice, strings)] as const),
    ...(known < 0 ? [['other', text] as const] : []),
  ];
  const shown = [...select.options].map((option) => `${option.value} ${option.text}`).join('|');
  if (shown !== wanted.map(([value, label]) => `${value} ${label}`).join('|')) {
    select.replaceChildren(...wanted.map(([value, label]) => element('option', { value }, label)));
  }
  select.value = known < 0 ? 'other' : String(known);
}
