import { randomBytes, randomUUID } from 'node:crypto';
import { BRANCH_COOKIE } from './via.js';

// Random bytes are drawn in bulk: one system call for a few hundred identifiers.
let pool = '';
let used = 0;

function hex(length: number): string {
  if (used + length > pool.length) {
    pool = randomBytes(4096).toString('hex');
    used = 0;
  }
  used += length;
  return pool.slice(used - length, used);
}

/** A branch that no other transaction has (RFC 3261 §8.1.1.7), 80 random bits. */
export function newBranch(): string {
  return `${BRANCH_COOKIE}${hex(20)}`;
}

/** A tag that cannot be guessed (RFC 3261 §19.3 asks for 32 random bits). */
export function newTag(): string {
  return hex(16);
}

/** An identifier for transactions, dialogs and messages of the control protocol, and for Call-IDs. */
export function newId(): string {
  return randomUUID();
}
