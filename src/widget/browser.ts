/** What a page has of the browser that tests give in another way. */
import type { Timers } from './connection.js';

export const browserTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** `crypto.randomUUID` is for pages over HTTPS alone. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
