/** A chat, an agent and a presence in words. */
import { fill } from '../widget/strings.js';
import type { DeskChat, DeskState, Presence } from './desk-state.js';
import type { Strings } from './strings.js';

export function agentName({ me, colleagues }: DeskState, agent: string): string {
  if (agent === me?.agent) return me.name;
  return colleagues.agents.find((one) => one.agent === agent)?.name ?? agent;
}

export function departmentName({ colleagues }: DeskState, department: string): string {
  return colleagues.departments.find((one) => one.department === department)?.name ?? department;
}

/** As the site's own server names the visitor, or else a short mark by which chats are told apart. */
export function chatTitle({ id, now }: DeskChat, strings: Strings): string {
  return now?.name ?? now?.customer ?? fill(strings.visitor, { id: id.slice(0, 4) });
}

export function phaseText(state: DeskState, { now }: DeskChat, strings: Strings): string {
  if (now === undefined) return '';
  switch (now.phase) {
    case 'waiting':
      return now.place === undefined ? strings.waiting : fill(strings.waitingAt, { place: now.place });
    case 'offered': {
      const names = (now.offeredTo ?? []).map((agent) => agentName(state, agent));
      return fill(strings.offered, { agents: names.join(', ') });
    }
    case 'talking':
      return now.agent === undefined ? '' : fill(strings.talking, { agent: agentName(state, now.agent) });
    case 'inactive': {
      const withWhom = now.agent === undefined ? '' : fill(strings.talking, { agent: agentName(state, now.agent) });
      return `${withWhom}, ${strings.inactive}`;
    }
    case 'opened':
    case 'asking':
    case 'closed':
    case 'forgotten':
      return strings[now.phase];
  }
}

export function presenceText(presence: Presence, strings: Strings): string {
  switch (presence.state) {
    case 'available':
      return strings.available;
    case 'offline':
      return strings.offline;
    case 'break':
      return strings.break;
    case 'away':
      if (presence.reason === 'lunch') return strings.lunch;
      return presence.reason === 'away' ? strings.away : `${strings.away}: ${presence.reason}`;
  }
}

/** The last thing that visitor or agents said, on one line. */
export function lastWords({ entries }: DeskChat): string {
  const last = entries.findLast(({ from, audience }) => from.kind !== 'site' && audience === 'everybody');
  if (last === undefined) return '';
  return last.body.kind === 'text' ? last.body.text.replace(/\s+/g, ' ').slice(0, 120) : last.body.name;
}
