/**
 * Branded identifiers: a SIP Call-ID, a leg id and our call id are all strings, and must never mix.
 * A value becomes an id at the edge where it enters (config, wire, generator) by one of the functions below.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type AgentId = Branded<'AgentId'>;
export type TeamId = Branded<'TeamId'>;
export type QueueId = Branded<'QueueId'>;
export type DeviceId = Branded<'DeviceId'>;
export type TrunkId = Branded<'TrunkId'>;
export type HoursId = Branded<'HoursId'>;
export type MenuId = Branded<'MenuId'>;
export type VoicemailId = Branded<'VoicemailId'>;

/** One piece of work for people: a call, a chat or a ticket. The ledger knows work by this id alone. */
export type WorkId = Branded<'WorkId'>;

/** One chat from its opening on, through any number of works, closings and reopenings. */
export type ConversationId = Branded<'ConversationId'>;

/** One piece of work of another system, by the name that one gave it. */
export type ItemId = Branded<'ItemId'>;

/** One party's side of a call. */
export type LegId = Branded<'LegId'>;

/** One party's spot on a media server. */
export type PlaceId = Branded<'PlaceId'>;

/** The Call-ID header field of a SIP dialog (RFC 3261 §8.1.1.4). */
export type SipCallId = Branded<'SipCallId'>;

export const agentId = (value: string): AgentId => value as AgentId;
export const teamId = (value: string): TeamId => value as TeamId;
export const queueId = (value: string): QueueId => value as QueueId;
export const deviceId = (value: string): DeviceId => value as DeviceId;
export const trunkId = (value: string): TrunkId => value as TrunkId;
export const hoursId = (value: string): HoursId => value as HoursId;
export const menuId = (value: string): MenuId => value as MenuId;
export const voicemailId = (value: string): VoicemailId => value as VoicemailId;
export const workId = (value: string): WorkId => value as WorkId;
export const conversationId = (value: string): ConversationId => value as ConversationId;
export const itemId = (value: string): ItemId => value as ItemId;
export const legId = (value: string): LegId => value as LegId;
export const placeId = (value: string): PlaceId => value as PlaceId;
export const sipCallId = (value: string): SipCallId => value as SipCallId;
