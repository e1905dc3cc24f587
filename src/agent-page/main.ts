/**
 * The page on which agents chat. The token comes by hand, or behind the `#` of a link, which no server ever sees; it is
 * kept for as long as the tab is open.
 */
import { browserTimers, newId } from '../widget/browser.js';
import { createDeskClient, type DeskClient } from './desk-client.js';
import { createDeskView } from './desk-view.js';
import { createSignInView } from './sign-in-view.js';
import { wordingFor } from './strings.js';

const KEPT = 'switchboard-agent-token';
const SECOND_MS = 1_000;

const wording = wordingFor(navigator.languages);
document.documentElement.lang = wording.language;

function signIn(isRefused: boolean): void {
  sessionStorage.removeItem(KEPT);
  const view = createSignInView(wording.strings, (token) => {
    void isGood(token).then((good) => (good === false ? view.refuse() : begin(token)));
  });
  document.body.replaceChildren(view.root);
  if (isRefused) view.refuse();
  else view.focus();
}

/** A browser does not say why a WebSocket was refused, so it is asked for apart. @returns undefined: nobody answers */
async function isGood(token: string): Promise<boolean | undefined> {
  try {
    const response = await fetch('v1/agent', { headers: { authorization: `Bearer ${token}` } });
    return response.ok ? true : response.status === 401 ? false : undefined;
  } catch {
    return undefined;
  }
}

function begin(token: string): void {
  sessionStorage.setItem(KEPT, token);
  const leaving = new AbortController();
  const nowMs = (): number => Date.now();
  function leave(isRefused: boolean): void {
    leaving.abort();
    client.stop();
    signIn(isRefused);
  }
  const client: DeskClient = createDeskClient({
    openSocket: () => new WebSocket(socketUrl(), ['switchboard.v1', `bearer.${token}`]),
    timers: browserTimers,
    nowMs,
    random: () => Math.random(),
    newId,
    onChanged: (state) => {
      view.render(state);
      look();
    },
    onLost: () =>
      void isGood(token).then((good) => {
        if (good === false && !leaving.signal.aborted) leave(true);
      }),
  });
  const view = createDeskView({ wording, client: () => client, nowMs, onSignOut: () => leave(false) });
  /** Seen is what stands on a page in front. */
  function look(): void {
    if (document.visibilityState === 'visible') client.seen();
  }
  const { signal } = leaving;
  document.addEventListener('visibilitychange', look, { signal });
  window.addEventListener('offline', () => client.networkLost(), { signal });
  window.addEventListener('online', () => client.networkBack(), { signal });
  const ticking = setInterval(() => client.state.offers.length > 0 && view.render(client.state), SECOND_MS);
  signal.addEventListener('abort', () => clearInterval(ticking));
  document.body.replaceChildren(view.root);
  view.render(client.state);
  client.start();
}

function socketUrl(): string {
  const url = new URL('v1/agent', location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.hash = '';
  return url.href;
}

const inLink = new URLSearchParams(location.hash.slice(1)).get('token');
// Not to be seen over somebody's shoulder, nor kept in the history.
if (inLink !== null) history.replaceState(null, '', location.pathname);
const token = inLink ?? sessionStorage.getItem(KEPT);
if (token === null || token === '') signIn(false);
else begin(token);
