/** What the script tag says: `<script async src="https://chat.example/widget.js" data-language="es" data-accent="#0a7">`. */

export interface WidgetSettings {
  /** Of the visitor's WebSocket. */
  readonly socketUrl: string;
  /** Best first. */
  readonly languages: readonly string[];
  readonly title?: string;
  /** `#rrggbb`. */
  readonly accent?: string;
  readonly theme: 'auto' | 'light' | 'dark';
  readonly side: 'left' | 'right';
  /** A token by which the site's own server says who this is. */
  readonly customer?: string;
  /** How long a chat is remembered: by this browser, or by this tab alone. */
  readonly remember: 'browser' | 'tab';
  /** At once, without a click. */
  readonly isOpen: boolean;
}

export interface WidgetSurroundings {
  /** Of the script itself. */
  readonly scriptUrl: string;
  readonly browserLanguages: readonly string[];
}

/** @param data of the script tag; what cannot be understood is as if it were not there */
export function settingsFrom(
  data: Readonly<Record<string, string | undefined>>,
  { scriptUrl, browserLanguages }: WidgetSurroundings,
): WidgetSettings {
  const { server, language, title, accent, theme, side, customer, remember, open } = data;
  return {
    socketUrl: socketUrlOf(server ?? scriptUrl, scriptUrl),
    languages: language ? [language] : browserLanguages,
    ...(title ? { title } : {}),
    ...(accent && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(accent) ? { accent } : {}),
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    side: side === 'left' ? 'left' : 'right',
    ...(customer ? { customer } : {}),
    remember: remember === 'tab' ? 'tab' : 'browser',
    isOpen: open !== undefined && open !== 'false',
  };
}

/** The path goes with the server: `https://chat.example` or `https://example.com/chat/`, above which `/v1/visitor` is. */
function socketUrlOf(server: string, scriptUrl: string): string {
  const base = new URL(server, scriptUrl);
  const isScript = base.pathname.endsWith('.js');
  const folder = isScript ? base.pathname.replace(/[^/]*$/, '') : `${base.pathname.replace(/\/$/, '')}/`;
  return `${base.protocol === 'http:' ? 'ws:' : 'wss:'}//${base.host}${folder}v1/visitor`;
}
