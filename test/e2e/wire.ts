/** What the wire of a phone or caller says, in the words that tests ask for. */
import type { Ledger } from '../../src/ledger/ledger.js';
import { calledUser, storyOf, type WireMessage } from '../sipp/wire-trace.js';

export const completedElsewhere = 'SIP;cause=200;text="Call completed elsewhere"';

export const story = (call: readonly WireMessage[] | undefined) => storyOf(call ?? []).join(' ');

/** The Reason of the CANCEL or BYE that ended it at this phone; `none` when that had none. */
export function reasonOf(call: readonly WireMessage[]): string | undefined {
  const ending = call.find(
    ({ direction, method }) => direction === 'received' && (method === 'CANCEL' || method === 'BYE'),
  );
  if (ending === undefined) return undefined;
  return ending.header('Reason')?.replace(/\s*([;=])\s*/g, '$1') ?? 'none';
}

/** Whose phones rang, in the order in which they were told. */
export function rung(calls: readonly WireMessage[][]): string[] {
  return calls.map((call) => calledUser(call[0]!));
}

/** Whose phones were connected: answered, and left by a BYE that does not say that somebody else has it. */
export function connected(calls: readonly WireMessage[][]): string[] {
  return rung(
    calls.filter(
      (call) =>
        story(call).includes('<ACK') && story(call).includes('>200 INVITE') && reasonOf(call) !== completedElsewhere,
    ),
  );
}

/** The origin line's owner in the SDP of the first message that has one. */
export function sdpOwner(messages: readonly WireMessage[], direction: WireMessage['direction']): string | undefined {
  const body = messages.find((message) => message.direction === direction && message.body !== '')?.body;
  return /^o=(\S+)/m.exec(body ?? '')?.[1];
}

export function fromUser(call: readonly WireMessage[]): string | undefined {
  return /sip:([^@]+)@/.exec(call[0]?.header('From') ?? '')?.[1];
}

/** Looks all the time at how much each agent holds; `stop` tells the most that any one had at once. */
export function watchLimits(ledger: Pick<Ledger, 'snapshot'>): { stop(): Promise<number> } {
  let most = 0;
  let isStopped = false;
  async function watch(): Promise<void> {
    while (!isStopped) {
      const { agents } = await ledger.snapshot();
      most = Math.max(most, ...agents.map(({ holds }) => holds.length));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const watching = watch();
  return {
    async stop() {
      isStopped = true;
      await watching;
      return most;
    },
  };
}

/**
 * The most calls that each phone was connected with at one time, as its own wire says: from its 200 to the INVITE until the
 * BYE, whoever sent that. A call without a BYE lasts until `endMs`, milliseconds since the epoch, or for ever.
 */
export function mostAtOnce(
  banks: readonly { calls(): WireMessage[][] }[],
  endMs: (call: readonly WireMessage[]) => number = () => Infinity,
): Record<string, number> {
  const changes = new Map<string, { atMs: number; by: 1 | -1 }[]>();
  for (const call of banks.flatMap((bank) => bank.calls())) {
    const answered = call.find(
      ({ direction, status, cseq }) => direction === 'sent' && status === 200 && cseq.method === 'INVITE',
    );
    if (answered === undefined) continue;
    const user = calledUser(call[0]!);
    const over = call.find(({ method, atMs }) => method === 'BYE' && atMs >= answered.atMs)?.atMs ?? endMs(call);
    const ofUser = changes.get(user) ?? [];
    changes.set(user, ofUser);
    ofUser.push({ atMs: answered.atMs, by: 1 }, { atMs: over, by: -1 });
  }
  return Object.fromEntries(
    Array.from(changes, ([user, list]) => {
      let now = 0;
      let most = 0;
      for (const { by } of list.toSorted((a, b) => a.atMs - b.atMs || a.by - b.by)) most = Math.max(most, (now += by));
      return [user, most];
    }),
  );
}
