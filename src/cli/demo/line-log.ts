/** Events as lines, for where there is no terminal to draw on. */
import type { SwitchboardEvent } from '../../kernel/events.js';
import type { WorkId } from '../../kernel/ids.js';
import type { Decision } from '../../routing/decision.js';
import type { Palette } from './ansi.js';
import { type Names, seconds, whyOf } from './words.js';

/** Gives a line for an event of a call, or nothing for those that say little. */
export function createLineLog(options: {
  readonly names: Names;
  readonly callerNames: ReadonlyMap<string, string>;
  readonly palette: Palette;
}): (event: SwitchboardEvent) => string | undefined {
  const callers = new Map<WorkId, string>();
  return (event) => {
    if (!('call' in event)) return undefined;
    if (event.type === 'call.arrived') {
      callers.set(event.call, options.callerNames.get(event.from) ?? event.from);
    }
    const text = wordsOf(event, options);
    if (event.type === 'call.ended') queueMicrotask(() => callers.delete(event.call));
    return text === undefined ? undefined : `  ${options.palette.bold(callers.get(event.call) ?? '?')} ${text}`;
  };
}

type CallEvent = Extract<SwitchboardEvent, { call: WorkId }>;

function wordsOf(event: CallEvent, { names, palette }: { names: Names; palette: Palette }): string | undefined {
  switch (event.type) {
    case 'call.arrived':
      return `dials ${event.to}`;
    case 'call.queued':
      return `waits for ${names.queue(event.queue)}, at place ${event.position}`;
    case 'call.offered': {
      const decision = event.decision as Decision | undefined;
      const why = decision === undefined ? '' : palette.dim(` - ${whyOf(decision, event.atMs, names)}`);
      return `rings ${palette.yellow(names.agents(event.agents))}${why}`;
    }
    case 'call.offer_ended':
      if (event.outcome === 'answered-elsewhere' || event.outcome === 'caller-left') return undefined;
      return `is not taken by ${names.agent(event.agent)}: ${event.outcome}`;
    case 'call.accepted': {
      const device = event.device === undefined ? '' : ` on the ${event.device}`;
      return palette.green(`is answered by ${names.agent(event.agent)}${device} after ${seconds(event.waitedMs)}`);
    }
    case 'call.overflowed':
      return `has waited long enough (${event.why}) and goes to ${event.to}`;
    case 'call.menu_chosen':
      return `presses ${event.key} in the menu ${event.menu}`;
    case 'call.message_left':
      return `leaves a message of ${seconds(event.durationMs)} for ${event.voicemail}`;
    case 'callback.requested':
    case 'callback.resumed':
    case 'callback.taken_over':
    case 'callback.failed':
    case 'callback.ended':
      return wordsOfCallback(event, names);
    case 'call.transferred':
      return `is sent on to ${event.to} by ${names.agent(event.agent)}`;
    case 'call.transfer_failed':
      return `is sent back to ${names.agent(event.agent)}`;
    case 'call.held':
      return event.by === 'caller' ? 'puts the agent on hold' : 'is put on hold';
    case 'call.resumed':
      return 'is off hold';
    case 'call.conference_began':
      return `talks with ${names.agent(event.agent)} and ${event.with}`;
    case 'call.conference_ended':
      return `is two again: ${event.left === 'agent' ? 'the agent' : 'the third'} has left`;
    case 'call.recording_refused':
      return 'is not recorded: a phone would not go to the media server';
    case 'call.recorded':
      return `is recorded: ${seconds(event.durationMs)}`;
    case 'call.refused':
      return palette.red(`is refused: ${event.status} ${event.why}`);
    case 'call.ended':
      return palette.dim(`is over: ${event.outcome}, talked ${seconds(event.talkedMs)}`);
    case 'voicemail.arrived':
    case 'call.recording_started':
    case 'call.recording_paused':
    case 'call.waiting':
    case 'call.device_rung':
    case 'call.connected':
      return undefined;
  }
}

function wordsOfCallback(event: Extract<CallEvent, { type: `callback.${string}` }>, names: Names): string | undefined {
  switch (event.type) {
    case 'callback.requested':
      return `is to be called back at ${event.number}`;
    case 'callback.failed':
      return `does not answer ${names.agent(event.agent)}, who calls back: ${event.why}`;
    case 'callback.resumed':
      return 'was to be called back, and has kept the place in line';
    case 'callback.ended':
      return event.outcome === 'answered' ? undefined : `is not called back any more: ${event.outcome}`;
    case 'callback.taken_over':
      return undefined;
  }
}
