/**
 * The visitor's widget, started by its own script tag. It stands in a shadow root, so that neither the page's style nor
 * its own leaks, and asks nothing of the page's Content-Security-Policy but this script and `connect-src` to its server.
 * Pages open it from a link of their own by `window.SwitchboardChat.open()`.
 */
import { browserTimers, newId } from './browser.js';
import { createChatClient } from './chat-client.js';
import { createChatView } from './chat-view.js';
import { readableOn } from './colour.js';
import { createChatMemory } from './remembered-chat.js';
import { settingsFrom, type WidgetSettings } from './settings.js';
import { stringsFor } from './strings.js';
import { style } from './style.js';

declare global {
  interface Window {
    SwitchboardChat?: { open(): void; hide(): void };
  }
}

const SMALL = '(max-width: 480px)';

function start(settings: WidgetSettings): void {
  const wording = stringsFor(settings.languages);
  const nowMs = () => Date.now();
  const memory = createChatMemory(
    () => (settings.remember === 'tab' ? window.sessionStorage : window.localStorage),
    `switchboard-chat ${settings.socketUrl}`,
  );
  const before = memory.load();
  const client = createChatClient({
    openSocket: () => new WebSocket(settings.socketUrl),
    timers: browserTimers,
    nowMs,
    random: () => Math.random(),
    newId,
    memory,
    facts: () => ({ page: location.href, languages: [...settings.languages, ...navigator.languages] }),
    ...(settings.customer === undefined ? {} : { customer: settings.customer }),
    onChanged: (state) => {
      view.render(state);
      look();
    },
  });
  const view = createChatView({
    wording,
    title: settings.title ?? wording.strings.title,
    nowMs,
    isSmall: () => matchMedia(SMALL).matches,
    onOpened: () => {
      client.start();
      view.render(client.state);
      look();
    },
    onWrite: (body) => client.write(body),
    onTyped: () => client.typed(),
    onEnd: () => client.close(),
    onBeginAnew: () => client.beginAnew(),
  });
  /** Seen is what stands in an open panel of a page in front. */
  function look(): void {
    if (view.isOpen && document.visibilityState === 'visible') client.seen();
  }
  document.addEventListener('visibilitychange', look);
  window.addEventListener('offline', () => client.networkLost());
  window.addEventListener('online', () => client.networkBack());
  show(settings, view.nodes);
  view.render(client.state);
  window.SwitchboardChat = { open: () => view.open(), hide: () => view.hide() };
  // Of a chat that goes on, the visitor hears on every page; otherwise nothing is asked of the server before a click.
  if (before.token !== undefined && before.isClosed !== true) client.start();
  if (settings.isOpen) view.open();
}

function show({ accent, theme, side }: WidgetSettings, nodes: readonly Node[]): void {
  const host = document.createElement('switchboard-chat');
  host.dataset.side = side;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const setTheme = (): void => {
    host.dataset.theme = theme === 'auto' ? (dark.matches ? 'dark' : 'light') : theme;
  };
  setTheme();
  dark.addEventListener('change', setTheme);
  if (accent !== undefined) {
    host.style.setProperty('--switchboard-accent', accent);
    host.style.setProperty('--switchboard-accent-text', readableOn(accent) ?? '#fff');
  }
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  root.append(...nodes);
  document.body.append(host);
}

const script = document.currentScript;
// Included twice, or by a page that took it for a module, it does nothing.
if (script instanceof HTMLScriptElement && window.SwitchboardChat === undefined) {
  const settings = settingsFrom(script.dataset, { scriptUrl: script.src, browserLanguages: navigator.languages });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => start(settings));
  else start(settings);
}
