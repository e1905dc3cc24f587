/** Files that come in chats. */
import { element } from './element.js';

/** Always saved and never shown, as bytes of no type: a page among the files would otherwise run as one of this site. */
export function download(name: string, data: string): void {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = element('a', { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
