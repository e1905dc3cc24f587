/**
 * What the YAML files come to: one checked, frozen value with every default filled in and every reference resolved.
 * All durations are milliseconds, all times of day are in `site.timeZone`. Nothing else in the code reads YAML.
 */
import type { AgentId, DeviceId, HoursId, MenuId, QueueId, TeamId, TrunkId, VoicemailId } from '../kernel/ids.js';
import type { ChatSiteConfig } from './chat-config.js';
import type { MediaConfig, WaitingConfig } from './media-config.js';
import type { StoreConfig } from './store-config.js';
import type { Channel, QueueMember, Strategy, WeeklyHours } from './staffing.js';
import type { WorkSiteConfig } from './work-config.js';

export type { Channel };

export interface RoutingConfig {
  /** Short hash of the files' content; stands in every event, so that a decision can be traced to its config. */
  readonly version: string;
  readonly site: SiteConfig;
  readonly sip: SipConfig;
  readonly http: HttpConfig;
  readonly media: MediaConfig;
  readonly store: StoreConfig;
  readonly hours: ReadonlyMap<HoursId, WeeklyHours>;
  readonly agents: ReadonlyMap<AgentId, AgentConfig>;
  readonly teams: ReadonlyMap<TeamId, TeamConfig>;
  readonly queues: ReadonlyMap<QueueId, QueueConfig>;
  readonly menus: ReadonlyMap<MenuId, MenuConfig>;
  readonly voicemails: ReadonlyMap<VoicemailId, VoicemailConfig>;
  readonly trunks: ReadonlyMap<TrunkId, TrunkConfig>;
  readonly entryPoints: readonly EntryPointConfig[];
  /** Absent: no chats. */
  readonly chat?: ChatSiteConfig;
  /** Absent: no work of other systems. */
  readonly work?: WorkSiteConfig;
}

export interface SiteConfig {
  readonly name: string;
  /** IANA zone name, for example `Europe/Madrid`. */
  readonly timeZone: string;
  /** `on_register`: a registered device makes its agent available; `manual`: only the agent does (star code, API). */
  readonly signIn: 'on_register' | 'manual';
  /** With `on_register`: how long after their last phone has gone agents are offline; they get no calls from the first moment. */
  readonly signOutAfterMs: number;
  readonly starCodes: StarCodes;
  readonly inCallKeys: InCallKeys;
  /** After so many offers let pass in a row the agent is `away: missed calls`; 0 never. */
  readonly missesUntilAway: number;
  readonly backOff: BackOffConfig;
  /** How long a graceful stop lets running calls go on before it hangs up. */
  readonly stopGraceMs: number;
}

/** What an agent dials. */
export interface StarCodes {
  /** Presence. */
  readonly available: string;
  readonly away: string;
  /** Followed by the extension of an agent: a supervisor hears that agent's call. */
  readonly supervise: string;
}

/** Keys that an agent presses in a call, by RFC 4733 or SIP INFO. */
export interface InCallKeys {
  /** Starts and stops the recording on demand; pauses and goes on with one that is made of every call. */
  readonly record: string;
  /** Makes a conference of the agent's two calls. */
  readonly conference: string;
  /** What a supervisor hears and is heard by, see `SpyMode` in voice/media.ts. */
  readonly listen: string;
  readonly whisper: string;
  readonly barge: string;
}

/** How long an agent gets no further offer after one that came to nothing, by cause. */
export interface BackOffConfig {
  readonly busyMs: number;
  readonly declinedMs: number;
  readonly noAnswerMs: number;
  readonly unreachableMs: number;
}

export interface SipConfig {
  /** The realm of digest challenges and the host part of our own URIs. */
  readonly domain: string;
  /** Where the embedded SIP server listens; a real drachtio-server has its own configuration. Port 0 takes a free one. */
  readonly listen: readonly ListenAddress[];
  readonly server: SipServer;
  readonly registrar: RegistrarConfig;
  readonly sessionTimers: SessionTimersConfig;
  /**
   * Digest algorithms that our challenges offer, one header field each, in this order (RFC 8760 §2.4). MD5 goes first by
   * default, against the RFC's advice: many deployed phones look at the first challenge only and know nothing else.
   */
  readonly digestAlgorithms: readonly DigestAlgorithm[];
  /** Phones that are offered MD5 only, by how their User-Agent begins. */
  readonly md5OnlyUserAgents: readonly string[];
  readonly protection: ProtectionConfig;
}

export interface ListenAddress {
  readonly transport: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
}

export type DigestAlgorithm = 'SHA-256' | 'MD5';

export type SipServer =
  | { readonly kind: 'embedded' }
  | { readonly kind: 'drachtio'; readonly host: string; readonly port: number; readonly secret: string };

export interface RegistrarConfig {
  readonly minExpiresMs: number;
  readonly maxExpiresMs: number;
  readonly defaultExpiresMs: number;
  readonly maxContactsPerAor: number;
  /** How often a contact behind NAT is asked with OPTIONS whether it is still there; 0 never. */
  readonly keepAliveMs: number;
}

/** RFC 4028. */
export interface SessionTimersConfig {
  /** Session-Expires that we ask for; 0 turns our own timers off. */
  readonly expiresMs: number;
  readonly minSeMs: number;
}

export interface ProtectionConfig {
  /** First delay of an answer after wrong credentials from a source; doubled by each further failure. */
  readonly authDelayMs: number;
  readonly authMaxDelayMs: number;
  /** Requests a second that one source may send outside dialogs before it is shed. Trunks known by address are exempt. */
  readonly maxRequestsPerSecond: number;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Bearer token of the API; without one the composition root makes a random one at each start. */
  readonly token?: string;
}

export interface AgentConfig {
  readonly id: AgentId;
  readonly name: string;
  /** What colleagues dial to reach this agent. */
  readonly extension?: string;
  readonly devices: ReadonlyMap<DeviceId, DeviceConfig>;
  readonly hunt: readonly HuntStep[];
  /** Most specific of agent, team and site, already resolved. */
  readonly capacity: Capacity;
  /** Scheduled: no work is offered within these hours, whatever the agent's presence. */
  readonly breaks?: readonly { readonly hours: HoursId; readonly reason: string }[];
  /** On duty while any of these is open; without it always. */
  readonly duty?: readonly HoursId[];
  /** Trunk by which this agent may dial out, if any. */
  readonly dialOut?: TrunkId;
}

export type DeviceConfig = SipDevice | PhoneDevice;

export interface SipDevice {
  readonly kind: 'sip';
  readonly id: DeviceId;
  /** User name of the SIP account; the AOR is `sip:<username>@<sip.domain>`. Unique over all devices of the site. */
  readonly username: string;
  readonly password: string;
  readonly hours?: HoursId;
  /** The key that must be pressed to accept, where a voicemail might answer. */
  readonly confirmKey?: string;
}

export interface PhoneDevice {
  readonly kind: 'phone';
  readonly id: DeviceId;
  /** E.164 with leading `+`, or a short number. */
  readonly number: string;
  readonly trunk: TrunkId;
  readonly hours?: HoursId;
  readonly confirmKey?: string;
}

export interface HuntStep {
  readonly ring: readonly DeviceId[];
  readonly forMs: number;
  /** Devices of earlier steps ring on beside these. */
  readonly keep: boolean;
}

export interface Capacity {
  readonly total: number;
  readonly channels: Readonly<Record<Channel, ChannelCapacity>>;
}

export interface ChannelCapacity {
  readonly weight: number;
  readonly max: number;
  /** A call may be offered in spite of this work. */
  readonly interruptible: boolean;
}

export interface TeamConfig {
  readonly id: TeamId;
  readonly name: string;
  readonly agents: readonly AgentId[];
  /** Who may listen to calls of its agents. */
  readonly supervisors: readonly AgentId[];
}

export interface QueueConfig {
  readonly id: QueueId;
  readonly name: string;
  readonly strategy: Strategy;
  /** In the order of the config, which `linear` and `round-robin` follow; each agent once. */
  readonly members: readonly QueueMember[];
  /** Who of the members is on duty when; without it all always are. */
  readonly duty?: DutyRotation;
  /** Cuts an offer short, whatever the agent's hunt allows. */
  readonly ringTimeoutMs: number;
  /** From arrival; then the overflow. */
  readonly maxWaitMs: number;
  /** A caller beyond so many waiting goes to the overflow at once. */
  readonly maxWaiting: number;
  /** Where a caller goes when nobody took the call. */
  readonly overflow: Destination;
  /** Whom its calls ring while the store is away; without it they are refused. */
  readonly standby?: readonly StandbyMember[];
  readonly wrapUpMs: number;
  /** `auto`: a media server takes part only while there is something to hear. `anchored`: from the first to the last. */
  readonly media: 'auto' | 'anchored';
  readonly waiting: WaitingConfig;
  readonly recording: RecordingPolicy;
  /** Prompt that tells both parties of a recording before it begins; absent when nobody is told. */
  readonly recordingNotice?: string;
  /** Of its prompts, for callers who came by no entry point or menu that says another. */
  readonly language: string;
  /** Base priority of its work, 0 the most urgent; each step counts like `ageingStepMs` of waiting. */
  readonly priority: number;
  readonly ageingStepMs: number;
}

export type RecordingPolicy =
  | 'never'
  /** By {@link InCallKeys} or the API. */
  | 'on-demand'
  /** Every call, which is always `anchored`. */
  | 'always';

/** A greeting, and keys that lead on. */
export interface MenuConfig {
  readonly id: MenuId;
  readonly name: string;
  /** Prompt. */
  readonly greeting: string;
  /** Of its prompts, and of all that is heard from here on; without it that of the entry point, or else the site's. */
  readonly language?: string;
  /** Out of hours the caller goes to `closed` at once. */
  readonly hours?: { readonly open: HoursId; readonly closed: Destination };
  readonly keys: ReadonlyMap<string, Destination>;
  /** From the end of the greeting to the key. */
  readonly timeoutMs: number;
  /** How often the greeting is heard, at least 1; then `otherwise`. */
  readonly tries: number;
  readonly otherwise: Destination;
}

/** Where callers leave a message. */
export interface VoicemailConfig {
  readonly id: VoicemailId;
  readonly name: string;
  /** Prompt before the tone. */
  readonly greeting: string;
  readonly language: string;
  readonly maxMs: number;
  /** So long a silence ends the message. */
  readonly silenceMs: number;
}

/** Where a caller is sent. */
export type Destination =
  | { readonly kind: 'queue'; readonly queue: QueueId }
  | { readonly kind: 'agent'; readonly agent: AgentId }
  | { readonly kind: 'menu'; readonly menu: MenuId }
  | { readonly kind: 'voicemail'; readonly voicemail: VoicemailId }
  /** Is played to the end; then the call is over. */
  | { readonly kind: 'message'; readonly prompt: string }
  | { readonly kind: 'number'; readonly number: string; readonly trunk: TrunkId }
  /** 480 Temporarily Unavailable; a call that has been answered hears `goodbye` and is hung up. */
  | { readonly kind: 'reject' };

/** Groups of a queue's members that take calls in turn; members who are in no group are always on duty. */
export interface DutyRotation {
  readonly groups: readonly (readonly AgentId[])[];
  /** Length of a turn. */
  readonly everyDays: number;
  /** First day of a turn of the first group, `2026-01-05`. */
  readonly startDay: string;
  /** When one group hands over to the next, in minutes from midnight. */
  readonly handoverMinute: number;
}

export type StandbyMember =
  | { readonly kind: 'agent'; readonly agent: AgentId }
  | { readonly kind: 'number'; readonly number: string; readonly trunk: TrunkId };

export interface EntryPointConfig {
  /** The user part of the Request-URI as dialled; unique over the site. */
  readonly number: string;
  readonly to: Exclude<Destination, { readonly kind: 'number' | 'reject' }>;
  /** Anybody may dial it, also who is neither a trunk nor a registered device. */
  readonly public: boolean;
  /** Of all that its callers hear, until a menu says another; without it each queue's own. */
  readonly language?: string;
}

export interface TrunkConfig {
  readonly id: TrunkId;
  /** Where calls out are sent. */
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** Source addresses (IPv4, IPv6, CIDR) that calls in come from. */
  readonly addresses: readonly string[];
  /** Digest account by which the carrier signs in to us, for carriers without fixed addresses. */
  readonly inbound?: Credentials;
  /** Digest account by which we answer the carrier's challenges. */
  readonly outbound?: Credentials;
  /** Numbers that may be dialled: by leading digits, for example `+34`. None: none. */
  readonly allowedPrefixes: readonly string[];
  /** The From user of calls out. */
  readonly callerId?: string;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}
