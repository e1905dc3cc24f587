/** The voice side of a site: everything between its SIP server and its ledger. */
import { createChatLines, isChatWork } from './chat/chat-works.js';
import type { LiveConfig } from './config/live-config.js';
import type { Clock } from './kernel/clock.js';
import type { SwitchboardError } from './kernel/errors.js';
import type { EventStream } from './kernel/event-stream.js';
import type { QueueId, WorkId } from './kernel/ids.js';
import type { Ledger } from './ledger/ledger.js';
import type { OwnWork } from './ledger/redis.js';
import type { MediaServerAddress, ServerHealth } from './media/media-server.js';
import { createSignalling } from './sip/drachtio-signalling.js';
import { buildAccess } from './site-access.js';
import type { Started } from './site-lifetime.js';
import { connectMedia } from './site-media.js';
import { exposureOf, type SipServerHandle } from './site-sip-server.js';
import type { SiteStore } from './site-store.js';
import { startCallbackKeeper } from './voice/callback-keeper.js';
import { createCalls } from './voice/calls.js';
import { transferTarget } from './voice/dial-plan.js';
import { createInboundCalls, type InboundCalls } from './voice/inbound-calls.js';
import type { Logger } from './kernel/logger.js';
import { startQueueDispatcher } from './voice/queue-dispatcher.js';
import type { Signalling } from './voice/signalling.js';
import { createStandby } from './voice/standby.js';
import { createWaitEstimate } from './voice/wait-estimate.js';
import { isItemLine, isItemWork } from './work/work-names.js';

interface VoiceOptions {
  readonly clock: Clock;
  readonly events: EventStream;
  readonly ledger: Ledger;
  readonly store: SiteStore;
  readonly live: LiveConfig;
  readonly server: SipServerHandle;
  readonly mediaServers: readonly MediaServerAddress[];
  readonly log: Logger;
  readonly started: Started;
  /** What runs here beside calls, for a store that has lost it. */
  readonly otherWorks: () => readonly OwnWork[];
}

/** Calls come in from now on. */
export async function startVoice({ live, server, mediaServers, started, store, otherWorks, ...base }: VoiceOptions) {
  const { ledger, log } = base;
  const config = live.current;
  const { domain, sessionTimers } = config().sip;
  const signalling = createSignalling({ ...base, connection: server.address, domain, sessionTimers });
  const exposure = (): SwitchboardError | undefined => exposureOf(signalling.localUris(), live.exampleSecrets());
  const isSafe = (): boolean => exposure() === undefined;
  const share = store.createShare === undefined ? {} : { createShare: store.createShare };
  const access = buildAccess({ ...base, config, signalling, isSafe, started, ...share });
  const standby = createStandby({ ...base, config, calls: () => calls });
  const media = connectMedia({ ...base, servers: mediaServers, config, signalling, started });
  const waits = createWaitEstimate(base);
  started.add(() => waits.stop());
  const calls = createCalls({
    ...base,
    ledger: standby.ledger,
    config,
    signalling,
    contacts: access.registrar,
    dialled: (agent, digits, atMs) =>
      transferTarget(agent, digits, atMs, { config: config(), accounts: access.accounts }),
    expectedWait: (queue, position) => waits.of(queue, position),
    callbacks: store.callbacks,
    ...(media === undefined ? {} : { media }),
  });
  store.onAway(() => standby.storeAway());
  store.runs(
    () => [...calls.works(), ...otherWorks()],
    () => standby.handOver(),
  );
  const canBegin = (queue: QueueId | undefined): boolean =>
    store.isUp() || (queue !== undefined && standby.serves(queue));
  const inbound = createInboundCalls({ ...base, config, admission: access.admission, calls, canBegin });
  const isChatLine = createChatLines(() => config().chat?.routing);
  const others = {
    queue: (queue: QueueId) => isChatLine(queue) || isItemLine(queue, config().work),
    work: (work: WorkId) => isChatWork(work) || isItemWork(work),
  };
  started.add(startQueueDispatcher({ ledger, calls, log, others }));

  const callbacks = startCallbackKeeper({ ...base, book: store.callbacks, calls });
  started.add(() => callbacks.stop());
  started.add(() => signalling.stop());
  const connection = await takeRequests({ access, inbound, signalling, exposure, log });
  const places = (): number => media?.media.count() ?? 0;
  const mediaHealth = (): readonly ServerHealth[] => media?.health() ?? [];
  return {
    signalling,
    registrar: access.registrar,
    calls,
    callbacks,
    inbound,
    places,
    mediaHealth,
    ...connection,
  };
}

/** From the SIP server, from now on; nothing is taken while the site is open to strangers. */
async function takeRequests(parts: {
  readonly access: ReturnType<typeof buildAccess>;
  readonly inbound: InboundCalls;
  readonly signalling: Signalling;
  readonly exposure: () => SwitchboardError | undefined;
  readonly log: Logger;
}): Promise<{ isConnected(): boolean }> {
  const { access, inbound, signalling, exposure, log } = parts;
  let isConnected = true;
  await signalling.start({
    screen: access.screen,
    onInvite: inbound.onInvite,
    onRegister: (request) => access.registrar.onRegister(request),
    onConnection(up) {
      isConnected = up;
      log[up ? 'info' : 'warn']({ up }, 'connection to the SIP server');
      // It may have come back with other addresses than it had.
      const problem = up ? exposure() : undefined;
      if (problem !== undefined) log.error({ err: problem }, 'everything is refused until this is put right');
    },
  });
  const problem = exposure();
  if (problem !== undefined) throw problem;
  return { isConnected: () => isConnected };
}
