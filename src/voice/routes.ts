/** Where the destinations of a configuration lead: a queue with its rules, a person, a number, a menu, a voicemail. */
import type { Destination as ConfiguredDestination, QueueConfig, RoutingConfig } from '../config/routing-config.js';
import type { HoursId, MenuId } from '../kernel/ids.js';
import type { CallbackConfig } from '../config/media-config.js';
import { isOpen, nextChange } from '../routing/hours.js';
import type { CallbackRules, OverflowTo, QueueRules, Routes, WaitingSound } from './call/call-types.js';

/** What a reload has taken away leads nowhere: the caller is told so, rather than left waiting. */
const nowhere: OverflowTo = { kind: 'reject' };

export function routesOf(config: RoutingConfig): Routes {
  return (to, { atMs, language }) => routeTo(to, config, atMs, language, new Set());
}

function routeTo(
  to: ConfiguredDestination,
  config: RoutingConfig,
  atMs: number,
  language: string | undefined,
  passed: ReadonlySet<MenuId>,
): OverflowTo {
  switch (to.kind) {
    case 'queue': {
      const queue = config.queues.get(to.queue);
      return queue === undefined ? nowhere : { kind: 'queue', rules: rulesOf(queue, config, language) };
    }
    case 'agent':
      return { kind: 'agent', agent: to.agent, ignorePresence: false };
    case 'number':
      return { kind: 'number', number: to.number, trunk: to.trunk };
    case 'menu': {
      const menu = config.menus.get(to.menu);
      // A circle of menus that are all closed has nobody to answer.
      if (menu === undefined || passed.has(to.menu)) return nowhere;
      const spoken = menu.language ?? language ?? config.media.language;
      if (menu.hours === undefined || isOpenAt(menu.hours.open, config, atMs)) {
        return { kind: 'menu', menu, language: spoken };
      }
      return routeTo(menu.hours.closed, config, atMs, spoken, new Set(passed).add(to.menu));
    }
    case 'voicemail': {
      const box = config.voicemails.get(to.voicemail);
      return box === undefined ? nowhere : { kind: 'voicemail', box, language: language ?? box.language };
    }
    case 'message':
      return { kind: 'message', prompt: to.prompt, language: language ?? config.media.language };
    case 'reject':
      return nowhere;
  }
}

function isOpenAt(hours: HoursId, { hours: all, site }: RoutingConfig, atMs: number): boolean {
  const weekly = all.get(hours);
  return weekly === undefined || isOpen(weekly, site.timeZone, atMs);
}

function callbackRules({ hours: name, ...callback }: CallbackConfig, config: RoutingConfig): CallbackRules {
  const { trunks, hours, site } = config;
  const weekly = name === undefined ? undefined : hours.get(name);
  const allowedPrefixes = trunks.get(callback.trunk)?.allowedPrefixes ?? [];
  if (weekly === undefined) return { ...callback, allowedPrefixes };
  return {
    ...callback,
    allowedPrefixes,
    hours(atMs) {
      const changesAtMs = nextChange(weekly, site.timeZone, atMs);
      const changes = changesAtMs === undefined ? {} : { changesAtMs };
      return { isOpen: isOpen(weekly, site.timeZone, atMs), ...changes };
    },
  };
}

function rulesOf(queue: QueueConfig, config: RoutingConfig, language: string | undefined): QueueRules {
  const waiting =
    config.media.servers.kind === 'none' ? undefined : waitingOf(queue, config, language ?? queue.language);
  return {
    queue: queue.id,
    strategy: queue.strategy,
    ringTimeoutMs: queue.ringTimeoutMs,
    maxWaitMs: queue.maxWaitMs,
    wrapUpMs: queue.wrapUpMs,
    overflow: queue.overflow,
    isAnchored: queue.media === 'anchored',
    recording: queue.recording,
    language: language ?? queue.language,
    ...(queue.recordingNotice === undefined ? {} : { recordingNotice: queue.recordingNotice }),
    ...(waiting === undefined ? {} : { waiting }),
  };
}

function waitingOf({ waiting }: QueueConfig, config: RoutingConfig, language: string): WaitingSound | undefined {
  if (waiting.kind === 'ringing') return undefined;
  const { music, welcome, announce, callback, voicemail } = waiting;
  const isSilent = !announce.position && !announce.expectedWait && callback === undefined && voicemail === undefined;
  return {
    music,
    language,
    ...(welcome === undefined ? {} : { welcome }),
    ...(isSilent ? {} : { announce }),
    ...(callback === undefined ? {} : { callback: callbackRules(callback, config) }),
    keys: {
      ...(callback === undefined ? {} : { callback: callback.key }),
      ...(voicemail === undefined ? {} : { voicemail }),
    },
  };
}
