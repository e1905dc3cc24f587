/** The typed twin of every script: what it takes, and how its reply is read. */
import type { Channel } from '../../config/routing-config.js';
import type { StrategyKind } from '../../config/staffing.js';
import type { AgentId, QueueId, WorkId } from '../../kernel/ids.js';
import type {
  AbandonResult,
  AcceptResult,
  AdoptedWork,
  AssignRequest,
  AssignResult,
  DeclineCause,
  DeclineResult,
  EnqueueResult,
  Expiry,
  ExtendResult,
  LedgerQueue,
  LedgerSnapshot,
  MatchResult,
  NewWork,
  OfferRef,
  PresenceChange,
  PresenceResult,
  PreviewResult,
  PullRequest,
  PullResult,
  ReleaseResult,
  RequeueResult,
  ScheduledAbsence,
  TransferRequest,
  TransferResult,
} from '../ledger.js';
import type { Charge } from '../charges.js';
import { readLibrary } from './library.js';
import { requireSameSchema, type SchemaReply } from './schema.js';
import type { Script } from './script.js';
import {
  list,
  parseDecision,
  type ContactChange,
  type LuaList,
  type StoredContact,
  type StoredDecision,
} from './stored-notice.js';
import { parseSnapshot } from './stored-snapshot.js';

/** A capacity as it stands in an agent's record: weight, max, and 1 for interruptible. */
type StoredCapacity = { readonly total: number } & Readonly<Record<Channel, readonly [number, number, 0 | 1]>>;

export interface StoredAgentSettings {
  readonly capacity: StoredCapacity;
  readonly queues: readonly { readonly queue: QueueId; readonly order: number; readonly priority: number }[];
}

const asItIs = <Result>(result: Result): Result => result;
const nothing = (): undefined => undefined;

const ownScripts = new URL('../scripts/', import.meta.url);

export type Operations = ReturnType<typeof loadOperations>;

/** @param folder of the scripts; tests bring one with a planted fault */
export function loadOperations(folder: URL = ownScripts) {
  const names: string[] = [];
  const load = <Request, Result>(name: string, parse: (result: never) => Result): Script<Request, Result> => {
    names.push(name);
    return { name, parse };
  };
  const operations = {
    setPresence: load<PresenceChange, PresenceResult>('set-presence', asItIs),
    setChannel: load<
      { agent: AgentId; channel: Channel; field: 'reach' | 'off'; value: boolean; here?: true },
      undefined
    >('set-channel', nothing),
    setSchedule: load<{ agent: AgentId; absences: readonly ScheduledAbsence[] }, undefined>('set-schedule', nothing),
    preview: load<{ queue: QueueId }, PreviewResult>('preview', parseChoice as (result: never) => PreviewResult),
    enqueue: load<NewWork, EnqueueResult>('enqueue', asItIs),
    requeue: load<{ work: WorkId; queue: QueueId }, RequeueResult>('requeue', asItIs),
    placeInLine: load<{ work: WorkId }, number | undefined>(
      'place-in-line',
      ({ position }: { position?: number }) => position,
    ),
    match: load<{ queue: QueueId; random: number }, MatchResult>(
      'match',
      parseChoice as (result: never) => MatchResult,
    ),
    extend: load<{ work: WorkId; attempt: number; count?: number; random: number }, ExtendResult>(
      'extend',
      parseChoice as (result: never) => ExtendResult,
    ),
    accept: load<OfferRef, AcceptResult>('accept', (result: AcceptResult): AcceptResult =>
      result.type === 'won' ? { type: 'won', losers: list(result.losers) } : result,
    ),
    decline: load<OfferRef & { cause: DeclineCause }, DeclineResult>('decline', asItIs),
    abandon: load<{ work: WorkId }, AbandonResult>('abandon', (result: AbandonResult): AbandonResult =>
      result.type === 'abandoned' ? { type: 'abandoned', offeredTo: list(result.offeredTo) } : result,
    ),
    release: load<{ work: WorkId; wrapUpMs: number; talkMs: number }, ReleaseResult>('release', asItIs),
    endWrapUp: load<{ agent: AgentId }, EndWrapUpResult>('end-wrap-up', asItIs),
    assign: load<AssignRequest, AssignResult>('assign', asItIs),
    transfer: load<TransferRequest, TransferResult>('transfer', asItIs),
    pull: load<PullRequest, PullResult>('pull', asItIs),
    expire: load<undefined, readonly Expiry[]>('expire', list<Expiry>),
    snapshot: load<undefined, LedgerSnapshot>('snapshot', parseSnapshot),
    configureSite: load<StoredSiteSettings, { known: readonly AgentId[] }>(
      'configure-site',
      (result: { known: LuaList<AgentId> }) => ({ known: list(result.known) }),
    ),
    configureAgents: load<{ agents: Readonly<Record<AgentId, StoredAgentSettings>> }, undefined>(
      'configure-agents',
      nothing,
    ),
    checkSchema: load<undefined, undefined>('check-schema', requireSameSchema as (reply: SchemaReply) => undefined),
    beat: load<BeatRequest, Beat>('beat', parseBeat),
    reconcile: load<ReconcileRequest, Reconciled>('reconcile', parseReconciled),
    setContact: load<ContactChange, { isChanged: boolean; left: number }>('set-contact', asItIs),
    listContacts: load<undefined, readonly StoredContact[]>('list-contacts', list<StoredContact>),
    charge: load<ChargeRequest, { owner?: string; isNew: boolean }>('charge', asItIs),
    dropAgents: load<{ agents: readonly AgentId[] }, undefined>('drop-agents', nothing),
  };
  return { ...operations, library: readLibrary(folder, names) };
}

interface BeatRequest {
  readonly deadAfterMs?: number;
  /** What this controller has loaded into the store, and after how long without a use another one may be forgotten. */
  readonly library: string;
  readonly unusedAfterMs: number;
}

export interface Beat {
  /** Whether the store knew this controller already; else it has lost its data, or took this one for dead. */
  readonly isKnown: boolean;
  readonly isConfigured: boolean;
  readonly dead: readonly string[];
  /** All who have said that they live, and are not known to be dead. */
  readonly nodes: readonly string[];
  /** Names this run of the store; another one after a restart or a failover. */
  readonly incarnation?: string;
  /** Who has told this run of the store all that runs there. */
  readonly told: readonly string[];
  /** Libraries that controllers of this site have used, and use no more. */
  readonly unused: readonly string[];
}

type BeatLists = 'dead' | 'nodes' | 'told' | 'unused';

function parseBeat(beat: Omit<Beat, BeatLists> & Record<BeatLists, LuaList<string>> & { schema: SchemaReply }): Beat {
  requireSameSchema(beat.schema);
  const { isKnown, isConfigured, incarnation } = beat;
  return {
    ...{ isKnown, isConfigured },
    ...(incarnation === undefined ? {} : { incarnation }),
    ...{ dead: list(beat.dead), nodes: list(beat.nodes), told: list(beat.told), unused: list(beat.unused) },
  };
}

interface ChargeRequest {
  readonly id: string;
  readonly act: 'take' | 'find' | 'keep' | 'drop';
  /** To `keep`. */
  readonly state?: string;
}

interface ReconcileRequest {
  readonly owner: string;
  readonly works: readonly OwnWork[];
  /** What the owner is in charge of. */
  readonly charges?: readonly Charge[];
  /** Channels whose work is taken over instead of ended. */
  readonly adopts?: readonly Channel[];
  /** Whether what somebody was in charge of is taken over, too. */
  readonly adoptsCharges?: boolean;
  /** The owner is another one, and dead if it has not been heard of for so long. */
  readonly deadAfterMs?: number;
  /** The owner cannot take anything over yet: what they could stays as it is. */
  readonly spares?: true;
  /** The owner goes: what others could take over is left to them. */
  readonly leaves?: true;
  /** The run of the store that is told. */
  readonly incarnation?: string;
}

function parseReconciled(reply: {
  gone: LuaList<WorkId>;
  adopted: LuaList<Omit<AdoptedWork, 'agents'> & { agents: LuaList<AgentId> }>;
  offered: LuaList<Reconciled['offered'][number]>;
  lost: LuaList<OfferRef>;
  charges: LuaList<Charge>;
  lostCharges: LuaList<string>;
}): Reconciled {
  return {
    gone: list(reply.gone),
    adopted: list(reply.adopted).map((work) => ({ ...work, agents: list(work.agents) })),
    offered: list(reply.offered),
    lost: list(reply.lost),
    charges: list(reply.charges),
    lostCharges: list(reply.lostCharges),
  };
}

/** Work as the controller has it that runs it. */
export interface OwnWork {
  readonly work: WorkId;
  readonly channel: Channel;
  readonly phase: 'waiting' | 'offered' | 'active';
  readonly queue?: QueueId;
  readonly enqueuedAt: number;
  readonly offerTtlMs: number;
  readonly attempt?: number;
  /** Who is rung, or the one who works on it. */
  readonly agents: readonly AgentId[];
  /** What it belongs to (charges.ts). */
  readonly charge?: string;
}

export interface Reconciled {
  /** Works that only the store still knew. */
  readonly gone: readonly WorkId[];
  /** Works that only the store still knew, whose owner is whoever asked. */
  readonly adopted: readonly AdoptedWork[];
  /** Offers of which the controller did not know. */
  readonly offered: readonly { readonly work: WorkId; readonly attempt: number; readonly agents: readonly AgentId[] }[];
  /** Offers that stand no more. */
  readonly lost: readonly OfferRef[];
  /** What whoever asked is in charge of from now on, with its adopted work. */
  readonly charges: readonly Charge[];
  /** What another one is in charge of by now. */
  readonly lostCharges: readonly string[];
}

type EndWrapUpResult = { type: 'ended'; works: readonly WorkId[] } | { type: 'nothing-to-end' };

interface StoredSiteSettings {
  readonly backOff: Readonly<Record<DeclineCause, number>>;
  readonly missesUntilAway: number;
  readonly queues: Readonly<Record<QueueId, StoredQueueSettings>>;
}

export interface StoredQueueSettings extends Pick<LedgerQueue, 'priority' | 'ageingStepMs' | 'maxWaiting'> {
  readonly kind: StrategyKind;
  readonly start?: number;
  readonly channel: Channel;
  /** Whether its decisions say of every member why they were passed over. */
  readonly explained: boolean;
}

/** A match or an extension, with its decision in words. */
function parseChoice(result: { agents?: LuaList<AgentId>; decision?: StoredDecision }): unknown {
  return {
    ...result,
    ...(result.agents && { agents: list(result.agents) }),
    ...(result.decision && { decision: parseDecision(result.decision) }),
  };
}
