/** Where an agent shows their token, once for as long as the tab is open. */
import { element, setText } from '../widget/element.js';
import type { Strings } from './strings.js';

export interface SignInView {
  readonly root: HTMLElement;
  focus(): void;
  /** The token is not taken. */
  refuse(): void;
}

export function createSignInView(strings: Strings, onToken: (token: string) => void): SignInView {
  const field = element('input', {
    id: 'token',
    type: 'password',
    autocomplete: 'off',
    required: true,
    spellcheck: 'false',
    'aria-describedby': 'token-help token-problem',
  });
  const problem = element('p', { id: 'token-problem', class: 'problem', role: 'alert' });
  const form = element(
    'form',
    { class: 'sign-in' },
    element('h1', {}, strings.title),
    element('label', { for: 'token' }, strings.token),
    field,
    element('p', { id: 'token-help', class: 'quiet' }, strings.tokenHelp),
    problem,
    element('button', { type: 'submit', class: 'strong' }, strings.signIn),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const token = field.value.trim();
    field.value = '';
    if (token !== '') onToken(token);
  });
  return {
    root: element('main', { class: 'door' }, form),
    focus: () => field.focus(),
    refuse() {
      setText(problem, strings.tokenRefused);
      field.focus();
    },
  };
}
