/** When an agent works, from the agent's own settings and those of their teams. */
import { agentId, hoursId } from '../kernel/ids.js';
import type { RotationInput } from './duty-schema.js';
import type { AgentConfig, DutyRotation } from './routing-config.js';
import type { SiteInput } from './site-schema.js';

/** Breaks add up. Hours of duty are the agent's own, or else those of any team that has some. */
export function buildAgentDuty(id: string, { agents, teams }: SiteInput): Pick<AgentConfig, 'breaks' | 'duty'> {
  const own = agents[id];
  const ofTeams = Object.values(teams).filter((team) => team.agents.includes(id));
  const breaks = [own, ...ofTeams].flatMap((layer) => layer?.breaks ?? []);
  const duty = own?.duty ?? ofTeams.flatMap((team) => team.duty ?? []);
  return {
    ...(breaks.length === 0
      ? {}
      : { breaks: breaks.map(({ hours, reason }) => ({ hours: hoursId(hours), reason: reason ?? hours })) }),
    ...(duty.length === 0 ? {} : { duty: [...new Set(duty)].map(hoursId) }),
  };
}

export function buildRotation({ groups, every, starting, at }: RotationInput, { teams }: SiteInput): DutyRotation {
  const agentsOf = (group: RotationInput['groups'][number]): readonly string[] =>
    Array.isArray(group) ? group : (teams[group.team]?.agents ?? []);
  return {
    groups: groups.map((group) => agentsOf(group).map(agentId)),
    everyDays: every,
    startDay: starting,
    handoverMinute: at,
  };
}
