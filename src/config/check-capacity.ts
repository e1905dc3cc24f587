import { capacityFaults, resolveCapacity, type CapacityLayers } from './capacity.js';
import type { SourceRange } from './problem.js';
import type { SiteCheck } from './site-check.js';
import type { SiteInput } from './site-schema.js';
import { keyRange, nodeAt, type SourcePath } from './source-tree.js';
import { listNames } from './suggestion.js';

/** What the files say on the capacity of one agent. */
export function capacityLayers(input: SiteInput, agent: string): CapacityLayers {
  return {
    agent: input.agents[agent]?.capacity,
    teams: Object.entries(input.teams).flatMap(([team, { agents, capacity }]) => {
      return capacity !== undefined && agents.includes(agent) ? [{ team, capacity }] : [];
    }),
    site: input.site.capacity,
  };
}

export function checkCapacity(site: SiteCheck): void {
  const { input, tree, problems } = site;
  reportFaults(site, { agent: undefined, teams: [], site: input.site.capacity }, keyRange(tree, ['site', 'capacity']));
  for (const id of Object.keys(input.agents)) {
    const layers = capacityLayers(input, id);
    for (const { key, teams } of resolveCapacity(layers).conflicts) {
      const message = `teams ${listNames(teams)} give \`${id}\` a different \`${key}\`; set it under this agent's \`capacity\``;
      problems.error(keyRange(tree, ['agents', id]), message);
    }
    const own: SourcePath = ['agents', id, 'capacity'];
    const team = layers.teams[0]?.team;
    if (nodeAt(tree, own) !== undefined) reportFaults(site, layers, keyRange(tree, own));
    else if (team !== undefined) reportFaults(site, layers, keyRange(tree, ['teams', team, 'capacity']));
  }
}

function reportFaults({ problems }: SiteCheck, layers: CapacityLayers, at: SourceRange): void {
  for (const { severity, message } of capacityFaults(resolveCapacity(layers).capacity)) {
    problems[severity](at, message);
  }
}
