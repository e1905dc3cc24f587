/** The registrar (RFC 3261 §10.3): REGISTER requests in, contacts of devices out. */
import type { RegistrarConfig } from '../../config/routing-config.js';
import type { Clock } from '../../kernel/clock.js';
import type { EventStream } from '../../kernel/event-stream.js';
import type { AgentId } from '../../kernel/ids.js';
import type { Accounts } from './accounts.js';
import { createBindings, type Binding, type Bindings } from './bindings.js';
import type { ContactShare } from './contact-share.js';
import type { Contact, ContactBook } from './devices.js';
import type { Doorkeeper } from './doorkeeper.js';
import type { NameAddr, SipRequest, SipSource } from '../signalling.js';
import { parseSipUri } from '../sip-uri.js';

export interface Registrar extends ContactBook {
  onRegister(request: SipRequest): void;
  /** Forgets the contacts of an account, as if they had gone by themselves. */
  drop(username: string): void;
  /** Forgets all contacts; nobody is told. */
  stop(): void;
}

interface RegistrarDeps {
  readonly settings: () => RegistrarConfig;
  readonly accounts: Accounts;
  readonly doorkeeper: Doorkeeper;
  readonly clock: Clock;
  readonly events: EventStream;
  /** Asks a contact with OPTIONS whether it is there. */
  readonly probe: (contact: Contact) => Promise<boolean>;
  /** The first contact of any of the agent's devices registered (`true`), or the last one has gone (`false`). */
  readonly onReachable: (agent: AgentId, isReachable: boolean) => void;
  /** Where phones register with several controllers: then it says who is reachable, and `onReachable` is not told. */
  readonly share?: ContactShare;
}

export function createRegistrar(deps: RegistrarDeps): Registrar {
  const { accounts, clock, doorkeeper, settings, share } = deps;
  const bindings = createBindings({
    clock,
    keepAliveMs: () => settings().keepAliveMs,
    probe: deps.probe,
    onChange: createChangeReport(deps),
    onStored(username, { uri, proxy, expiresAtMs }) {
      const owner = accounts.deviceOf(username);
      const contact = { uri, expiresAtMs, ...(proxy === undefined ? {} : { proxy }) };
      if (owner !== undefined) share?.stored(owner.agent, username, contact);
    },
    onForgotten(username, uri) {
      const owner = accounts.deviceOf(username);
      if (owner !== undefined) share?.forgotten(owner.agent, username, uri);
    },
  });
  return {
    contactsOf(username) {
      const own = bindings.of(username).map(contactOf);
      const others = share?.of(username).filter(({ uri }) => bindings.find(username, uri) === undefined) ?? [];
      return [...own, ...others];
    },
    ownerOf: (username) => accounts.deviceOf(username),
    drop: (username) => removeAll(bindings, username),
    stop: () => bindings.clear(),
    onRegister(request) {
      const username = doorkeeper.authenticate(request);
      if (username === undefined) return;
      // RFC 3261 §10.3 step 4: an account registers for itself only.
      if (accounts.deviceOf(username) === undefined || request.to.user !== username) {
        request.respond(403);
        return;
      }
      const update = readUpdate(request, settings(), clock.now());
      if (update.type === 'refused') {
        request.respond(update.status, { headers: update.headers });
        return;
      }
      if (isOutOfOrder(bindings, username, update)) {
        request.respond(500);
        return;
      }
      applyUpdate(bindings, username, update, settings().maxContactsPerAor);
      request.respond(200, { headers: contactHeaders(bindings.of(username), clock.now()) });
    },
  };
}

function contactOf({ uri, proxy }: Binding): Contact {
  return { uri, ...(proxy === undefined ? {} : { proxy }) };
}

/** What changed for the device and, at its agent's first contact and last, for the agent. */
function createChangeReport({ accounts, events, onReachable, share }: RegistrarDeps) {
  const contacts = new Map<AgentId, Map<string, number>>();
  return (username: string, change: 'added' | 'removed', left: number): void => {
    const owner = accounts.deviceOf(username);
    // A reload took the device away; whoever it belonged to was told then.
    if (owner === undefined) return;
    const { agent, device } = owner;
    const type = change === 'added' ? 'agent.device_registered' : 'agent.device_unregistered';
    events.emit({ type, agent, device: device.id, contacts: left });
    const ofAgent = contacts.get(agent) ?? new Map<string, number>();
    contacts.set(agent, ofAgent);
    const wasReachable = ofAgent.size > 0;
    if (left > 0) ofAgent.set(username, left);
    else ofAgent.delete(username);
    if (share === undefined && ofAgent.size > 0 !== wasReachable) onReachable(agent, !wasReachable);
  };
}

type Update =
  | { readonly type: 'query' }
  | { readonly type: 'remove-all'; readonly order: Order }
  | { readonly type: 'change'; readonly order: Order; readonly contacts: readonly (Binding & { isRemoved: boolean })[] }
  | { readonly type: 'refused'; readonly status: number; readonly headers: Readonly<Record<string, string>> };

interface Order {
  readonly callId: string;
  readonly cseq: number;
}

/** Looks at all of the request before anything is changed (RFC 3261 §10.3: all or nothing). */
function readUpdate(request: SipRequest, settings: RegistrarConfig, nowMs: number): Update {
  const cseq = Number.parseInt(request.header('cseq') ?? '', 10);
  if (!Number.isInteger(cseq)) return refused(400);
  const order = { callId: request.callId as string, cseq };
  const expiresField = secondsOf(request.header('expires'));
  if (request.contactStar) return expiresField === 0 ? { type: 'remove-all', order } : refused(400);
  if (request.contacts.length === 0) return { type: 'query' };
  if (request.contacts.length > settings.maxContactsPerAor) return refused(403);

  const contacts: (Binding & { isRemoved: boolean })[] = [];
  for (const contact of request.contacts) {
    const wantedMs = (secondsOf(contact.params.expires) ?? expiresField ?? settings.defaultExpiresMs / 1000) * 1000;
    if (wantedMs > 0 && wantedMs < settings.minExpiresMs) {
      return refused(423, { 'Min-Expires': String(Math.ceil(settings.minExpiresMs / 1000)) });
    }
    if (parseSipUri(contact.uri)?.host === '') return refused(400);
    const expiresAtMs = nowMs + Math.min(wantedMs, settings.maxExpiresMs);
    contacts.push({ ...bindingOf(contact, request.source, order), expiresAtMs, isRemoved: wantedMs === 0 });
  }
  return { type: 'change', order, contacts };
}

function refused(status: number, headers: Readonly<Record<string, string>> = {}): Update {
  return { type: 'refused', status, headers };
}

/** Delta-seconds; `undefined` when there are none that can be read. RFC 3261 §20.19 has them below 2^32. */
function secondsOf(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\s*\d{1,10}\s*$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : undefined;
}

function bindingOf(contact: NameAddr, source: SipSource, { callId, cseq }: Order): Omit<Binding, 'expiresAtMs'> {
  const instance = contact.params['+sip.instance'];
  // A phone that is not where its Contact says is reached only the way that its REGISTER came.
  const isBehindNat = contact.host.replace(/^\[|\]$/g, '') !== source.address.toLowerCase();
  const address = source.address.includes(':') ? `[${source.address}]` : source.address;
  return {
    uri: contact.uri,
    callId,
    cseq,
    isBehindNat,
    ...(isBehindNat ? { proxy: `sip:${address}:${source.port};transport=${source.transport}` } : {}),
    ...(typeof instance === 'string' ? { instance } : {}),
  };
}

/** RFC 3261 §10.3 step 6: within one Call-ID the CSeq must rise; an old request must not undo a newer one. */
function isOutOfOrder(bindings: Bindings, username: string, update: Update): boolean {
  if (update.type === 'query' || update.type === 'refused') return false;
  const touched =
    update.type === 'remove-all'
      ? bindings.of(username)
      : update.contacts.map(({ uri }) => bindings.find(username, uri)).filter((binding) => binding !== undefined);
  return touched.some(({ callId, cseq }) => callId === update.order.callId && cseq >= update.order.cseq);
}

function applyUpdate(bindings: Bindings, username: string, update: Update, max: number): void {
  if (update.type === 'remove-all') removeAll(bindings, username);
  if (update.type !== 'change') return;
  for (const { isRemoved, ...binding } of update.contacts) {
    if (isRemoved) bindings.remove(username, binding.uri);
    else bindings.put(username, binding, max);
  }
}

function removeAll(bindings: Bindings, username: string): void {
  for (const { uri } of bindings.of(username)) bindings.remove(username, uri);
}

function contactHeaders(bindings: readonly Binding[], nowMs: number): Record<string, string> {
  if (bindings.length === 0) return {};
  const values = bindings.map(
    ({ uri, expiresAtMs }) => `<${uri}>;expires=${Math.max(0, Math.ceil((expiresAtMs - nowMs) / 1000))}`,
  );
  return { Contact: values.join(', ') };
}
