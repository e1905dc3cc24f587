/**
 * `npm run bench:chat`: many open chats and a steady stream of messages through one process, beside the same messages
 * through a bare `ws` relay in the same run. Delivery is from a page's `send` until the other page has it.
 *
 *   npm run bench:chat -- --chats 5000 --rate 500 --seconds 20
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import { CHATS_EACH, ORIGIN, runSubject, type SubjectMemory, type SubjectReady } from './chat-subject.js';
import { machine } from './report.js';

const { values } = parseArgs({
  options: {
    chats: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    subject: { type: 'string' },
    agents: { type: 'string', default: '0' },
  },
});

/** Visitors and agents of one subject: who sends what, and what has arrived. */
interface Pages {
  /** Of chat number so and so; the text is what arrives. */
  say(chat: number, by: 'visitor' | 'agent', text: string): void;
  readonly count: number;
}

const sentAt = new Map<string, number>();
let delays: number[] = [];
/** A page's own id of a message is used once. */
let lastMessage = 0;

function arrived(text: string): void {
  const at = sentAt.get(text);
  if (at === undefined) return;
  sentAt.delete(text);
  delays.push(performance.now() - at);
}

interface Figures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly delivered: number;
  readonly lost: number;
  readonly heapKb: number;
  readonly residentKb: number;
}

async function startSubject(kind: string, agents: number): Promise<{ child: ChildProcess; ready: SubjectReady }> {
  const child = fork(fileURLToPath(import.meta.url), ['--subject', kind, '--agents', String(agents)]);
  const [ready] = (await once(child, 'message')) as [SubjectReady];
  return { child, ready };
}

async function memoryOf(child: ChildProcess): Promise<SubjectMemory> {
  child.send('memory?');
  const [memory] = (await once(child, 'message')) as [SubjectMemory];
  return memory;
}

async function open(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

type Message = Record<string, unknown> & { readonly body?: { readonly text?: string } };

function onMessage(socket: WebSocket, heed: (message: Message) => void): void {
  socket.on('message', (data: Buffer) => heed(JSON.parse(data.toString()) as Message));
}

/** Some at a time: a thousand connections at once would fill the backlog of the listening socket. */
async function openAll<T>(count: number, openOne: (index: number) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let from = 0; from < count; from += 50) {
    const some = Array.from({ length: Math.min(50, count - from) }, (_, index) => openOne(from + index));
    found.push(...(await Promise.all(some)));
  }
  return found;
}

/** @param agents sockets of agents' pages by chat, filled in as chats are taken */
function takeChats(socket: WebSocket, agents: Map<string, WebSocket>): void {
  onMessage(socket, (message) => {
    if (message.type === 'offer') socket.send(JSON.stringify({ type: 'accept', work: message.work }));
    if (message.type === 'entry') arrived(message.body?.text ?? '');
    const chat = String(message.chat);
    if (message.type !== 'chat' || message.phase !== 'talking' || agents.has(chat)) return;
    agents.set(chat, socket);
    socket.send(JSON.stringify({ type: 'watch', chat }));
  });
}

async function openChatPages({ port, tokens }: SubjectReady): Promise<(count: number) => Promise<Pages>> {
  const url = `ws://127.0.0.1:${port}`;
  const agents = new Map<string, WebSocket>();
  for (const token of tokens) takeChats(await open(`${url}/agent`, { authorization: `Bearer ${token}` }), agents);
  return async (count) => {
    const visitors = await openAll(count, async (index) => {
      const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      const socket = await open(`${url}/visitor`, { origin: ORIGIN, 'x-forwarded-for': address });
      const chat = await new Promise<string>((resolve) => {
        let id = '';
        onMessage(socket, (message) => {
          if (message.type === 'entry') arrived(message.body?.text ?? '');
          if (message.type === 'welcome') id = String(message.chat);
          if (message.type === 'state' && message.phase === 'talking') resolve(id);
        });
        socket.send(JSON.stringify({ type: 'hello' }));
      });
      return { socket, chat };
    });
    return {
      count,
      say(index, by, text) {
        const { socket, chat } = visitors[index]!;
        const message = { type: 'message', id: text.slice(0, text.indexOf(' ')), text };
        if (by === 'visitor') socket.send(JSON.stringify(message));
        else agents.get(chat)?.send(JSON.stringify({ ...message, chat }));
      },
    };
  };
}

async function openRelayPages({ port }: SubjectReady, agentCount: number): Promise<(count: number) => Promise<Pages>> {
  const openOne = async (name: string): Promise<WebSocket> => {
    const socket = await open(`ws://127.0.0.1:${port}/${name}`);
    onMessage(socket, ({ text }) => arrived(String(text)));
    return socket;
  };
  const agents = await openAll(agentCount, (index) => openOne(`a${index}`));
  return async (count) => {
    const visitors = await openAll(count, (index) => openOne(`v${index}`));
    return {
      count,
      say(index, by, text) {
        const agent = index % agentCount;
        const message = { type: 'message', id: text.slice(0, text.indexOf(' ')), text };
        if (by === 'visitor') visitors[index]!.send(JSON.stringify({ ...message, to: `a${agent}` }));
        else agents[agent]!.send(JSON.stringify({ ...message, to: `v${index}` }));
      },
    };
  };
}

/** In slices of 10 ms, by turns of either side, chat after chat. */
async function talk(pages: Pages, rate: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  let said = 0;
  while (said < rate * seconds) {
    const due = Math.min(rate * seconds, ((performance.now() - startMs) / 1000) * rate);
    for (; said < due; said += 1) {
      const text = `m${(lastMessage += 1)} ${'x'.repeat(80)}`;
      sentAt.set(text, performance.now());
      pages.say((said * 7919) % pages.count, said % 2 === 0 ? 'visitor' : 'agent', text);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (let waits = 0; sentAt.size > 0 && waits < 500; waits += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

async function tryOne(
  kind: 'chats' | 'relay',
  plan: { chats: number; rate: number; seconds: number },
): Promise<Figures> {
  const agentCount = Math.ceil(plan.chats / CHATS_EACH);
  const { child, ready } = await startSubject(kind, agentCount);
  const openPages = kind === 'chats' ? await openChatPages(ready) : await openRelayPages(ready, agentCount);
  const before = await memoryOf(child);
  const pages = await openPages(plan.chats);
  const after = await memoryOf(child);
  await talk(pages, plan.rate, Math.min(2, plan.seconds));
  delays = [];
  sentAt.clear();
  await talk(pages, plan.rate, plan.seconds);
  const sorted = delays.toSorted((a, b) => a - b);
  const figures = {
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: sorted.at(-1) ?? NaN,
    delivered: sorted.length,
    lost: sentAt.size,
    heapKb: (after.heapBytes - before.heapBytes) / plan.chats / 1024,
    residentKb: (after.residentBytes - before.residentBytes) / plan.chats / 1024,
  };
  child.disconnect();
  await once(child, 'exit');
  return figures;
}

function lineOf(name: string, figures: Figures): string {
  const { p50Ms, p99Ms, maxMs, delivered, lost, heapKb, residentKb } = figures;
  const times = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, most ${maxMs.toFixed(1)} ms`;
  const memory = `${heapKb.toFixed(1)} KB live, ${residentKb.toFixed(1)} KB resident an idle chat`;
  return `${name.padEnd(12)} ${times}; ${delivered} delivered, ${lost} lost; ${memory}`;
}

if (values.subject !== undefined) {
  await runSubject(values.subject, Number(values.agents));
} else {
  const plan = { chats: Number(values.chats), rate: Number(values.rate), seconds: Number(values.seconds) };
  console.log(
    `${machine()}; ${plan.chats} open chats, ${plan.rate} messages/s for ${plan.seconds} s, both ways by turns`,
  );
  // The relay twice, around the chats: what else the machine does meets both.
  console.log(lineOf('bare relay', await tryOne('relay', plan)));
  console.log(lineOf('switchboard', await tryOne('chats', plan)));
  console.log(lineOf('bare relay', await tryOne('relay', plan)));
  process.exit(0);
}
