/** Texts that agents need again and again, as they fit one chat: in its language, for its department, with names filled in. */
import type { CannedReply } from '../config/chat-config.js';
import type { QueueId } from '../kernel/ids.js';
import { fallbacksOf, fill, type Fillings } from './templates.js';

export interface FittingReply {
  readonly shortcut: string;
  readonly text: string;
}

export interface ReplyWish {
  /** Absent before a chat has been routed: then only replies of all departments fit. */
  readonly department?: QueueId | undefined;
  /** What the visitor reads, best first, then the site's own. */
  readonly languages: readonly string[];
  readonly fillings: Fillings;
}

/** In the order of the configuration. One that is in none of the languages comes in the first that it has. */
export function fittingReplies(replies: readonly CannedReply[], wish: ReplyWish): readonly FittingReply[] {
  return replies
    .filter(({ departments }) => departments?.some((one) => one === wish.department) ?? true)
    .flatMap(({ shortcut, texts }) => {
      const text = textFor(texts, wish.languages);
      return text === undefined ? [] : [{ shortcut, text: fill(text, wish.fillings) }];
    });
}

function textFor(texts: CannedReply['texts'], languages: readonly string[]): string | undefined {
  const wanted = languages.flatMap(fallbacksOf).map((tag) => tag.toLowerCase());
  const tags = new Map(Object.keys(texts).map((tag) => [tag.toLowerCase(), tag]));
  const found = [...wanted, '*'].find((tag) => tags.has(tag));
  const tag = found === undefined ? Object.keys(texts)[0] : tags.get(found);
  return tag === undefined ? undefined : texts[tag];
}
