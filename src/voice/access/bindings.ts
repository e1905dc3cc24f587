/** The contacts that are registered now, per account, and the timers that end them. No SIP in here. */
import type { Clock } from '../../kernel/clock.js';
import type { Contact } from './devices.js';

export interface Binding extends Contact {
  readonly callId: string;
  readonly cseq: number;
  readonly expiresAtMs: number;
  /** `+sip.instance`: the same phone under another address replaces itself (RFC 5626 §6). */
  readonly instance?: string;
  /** Registered through a NAT: asked now and then whether it is still there. */
  readonly isBehindNat: boolean;
}

export interface Bindings {
  /** Freshest first. */
  of(username: string): readonly Binding[];
  find(username: string, uri: string): Binding | undefined;
  /** Puts a binding first; beyond `max` the stalest goes. */
  put(username: string, binding: Binding, max: number): void;
  remove(username: string, uri: string): void;
  clear(): void;
}

interface Entry {
  readonly binding: Binding;
  readonly cancels: (() => void)[];
}

interface BindingsOptions {
  readonly clock: Clock;
  /** How often a contact behind NAT is asked; 0 never. */
  readonly keepAliveMs: () => number;
  readonly probe: (contact: Contact) => Promise<boolean>;
  /** A contact was added or has gone, however. */
  readonly onChange: (username: string, change: 'added' | 'removed', left: number) => void;
  /** A contact was added or refreshed. */
  readonly onStored?: (username: string, binding: Binding) => void;
  readonly onForgotten?: (username: string, uri: string) => void;
}

/** A contact behind NAT that lets so many questions in a row pass is gone. */
const probesUntilGone = 3;

export function createBindings(options: BindingsOptions): Bindings {
  return new BindingTable(options);
}

class BindingTable implements Bindings {
  readonly #options: BindingsOptions;
  /** Contacts in the order of their last registration. */
  readonly #accounts = new Map<string, Map<string, Entry>>();

  constructor(options: BindingsOptions) {
    this.#options = options;
  }

  of(username: string): readonly Binding[] {
    const contacts = this.#accounts.get(username);
    if (contacts === undefined) return [];
    return [...contacts.values()].map(({ binding }) => binding).reverse();
  }

  find(username: string, uri: string): Binding | undefined {
    return this.#accounts.get(username)?.get(uri)?.binding;
  }

  put(username: string, binding: Binding, max: number): void {
    const contacts = this.#accounts.get(username) ?? new Map<string, Entry>();
    this.#accounts.set(username, contacts);
    const isNew = !contacts.has(binding.uri);
    const replaced = isNew ? sameInstance(contacts, binding) : undefined;
    this.#forget(contacts, binding.uri);
    const { clock } = this.#options;
    const cancels = [
      clock.after(binding.expiresAtMs - clock.now(), () => this.remove(username, binding.uri)),
      ...(binding.isBehindNat ? [this.#keepAlive(username, binding, 0)] : []),
    ];
    contacts.set(binding.uri, { binding, cancels });
    this.#options.onStored?.(username, binding);
    if (isNew) this.#options.onChange(username, 'added', contacts.size);
    if (replaced !== undefined) this.remove(username, replaced.uri);
    const stalest = contacts.keys().next().value;
    if (contacts.size > max && stalest !== undefined) this.remove(username, stalest);
  }

  remove(username: string, uri: string): void {
    const contacts = this.#accounts.get(username);
    if (contacts?.has(uri) !== true) return;
    this.#forget(contacts, uri);
    if (contacts.size === 0) this.#accounts.delete(username);
    this.#options.onForgotten?.(username, uri);
    this.#options.onChange(username, 'removed', contacts.size);
  }

  clear(): void {
    for (const contacts of this.#accounts.values()) for (const uri of [...contacts.keys()]) this.#forget(contacts, uri);
    this.#accounts.clear();
  }

  #forget(contacts: Map<string, Entry>, uri: string): void {
    for (const cancel of contacts.get(uri)?.cancels ?? []) cancel();
    contacts.delete(uri);
  }

  /** Keeps the NAT's mapping open too (RFC 5626 §3.5.2 asks for much shorter times than registrations last). */
  #keepAlive(username: string, binding: Binding, missed: number): () => void {
    const { clock, keepAliveMs, probe } = this.#options;
    const everyMs = keepAliveMs();
    if (everyMs <= 0) return () => undefined;
    return clock.after(everyMs, () => {
      void probe(binding).then((isThere) => {
        // A refresh in the meantime has its own keep-alive.
        const entry = this.#accounts.get(username)?.get(binding.uri);
        if (entry?.binding !== binding) return;
        const nowMissed = isThere ? 0 : missed + 1;
        if (nowMissed >= probesUntilGone) this.remove(username, binding.uri);
        else entry.cancels[1] = this.#keepAlive(username, binding, nowMissed);
      });
    });
  }
}

function sameInstance(contacts: ReadonlyMap<string, Entry>, binding: Binding): Binding | undefined {
  if (binding.instance === undefined) return undefined;
  for (const entry of contacts.values()) if (entry.binding.instance === binding.instance) return entry.binding;
  return undefined;
}
