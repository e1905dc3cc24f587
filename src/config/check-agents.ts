import { describePlace, type SourceRange } from './problem.js';
import { checkReference, type SiteCheck } from './site-check.js';
import type { DeviceInput } from './agent-schema.js';
import type { SiteInput } from './site-schema.js';
import { keyRange, keysAt, valueRange, type SourcePath } from './source-tree.js';
import { waysOf } from './ways.js';
import { listNames, suggestName } from './suggestion.js';

type AgentInput = SiteInput['agents'][string];

/** Devices, hunts and trunks of every agent. */
export function checkAgents(site: SiteCheck): void {
  const usernames = new Map<string, SourceRange>();
  for (const [id, agent] of Object.entries(site.input.agents)) {
    const path = ['agents', id];
    for (const [device, input] of Object.entries(agent.devices)) {
      checkDevice(site, input, [...path, 'devices', device], usernames);
    }
    if (agent.dial_out !== undefined) checkReference(site, 'trunks', agent.dial_out, [...path, 'dial_out']);
    checkHunt(site, agent, path);
    checkReachable(site, id, agent);
  }
}

function checkDevice(
  site: SiteCheck,
  device: DeviceInput,
  path: SourcePath,
  usernames: Map<string, SourceRange>,
): void {
  const { problems, tree } = site;
  if (device.hours !== undefined) checkReference(site, 'hours', device.hours, [...path, 'hours']);
  if (device.confirm !== undefined) {
    const message = 'until there is a media server the key is noticed only where the phone sends it by SIP INFO';
    problems.warning(valueRange(tree, [...path, 'confirm']), message);
  }
  if ('phone' in device) {
    checkReference(site, 'trunks', device.trunk, [...path, 'trunk']);
    checkAllowed(site, device.phone, device.trunk, [...path, 'phone']);
    return;
  }
  const at = valueRange(tree, [...path, 'sip']);
  const earlier = usernames.get(device.sip.toLowerCase());
  if (earlier === undefined) usernames.set(device.sip.toLowerCase(), at);
  else
    problems.error(
      at,
      `the user name \`${device.sip}\` is taken at ${describePlace(earlier)}; each device needs its own`,
    );
}

/** A number that we dial ourselves must be one that its trunk may dial. */
export function checkAllowed(site: SiteCheck, number: string, trunk: string, path: SourcePath): void {
  const prefixes = site.input.trunks[trunk]?.allowed_prefixes;
  if (prefixes === undefined || prefixes.some((prefix) => number.startsWith(prefix))) return;
  const allowed =
    prefixes.length === 0 ? 'no numbers; set its `allowed_prefixes`' : `numbers from ${listNames(prefixes)} only`;
  site.problems.error(
    valueRange(site.tree, path),
    `\`${number}\` cannot be dialled: trunk \`${trunk}\` allows ${allowed}`,
  );
}

function checkHunt(site: SiteCheck, agent: AgentInput, path: SourcePath): void {
  const known = keysAt(site.whole, [...path, 'devices']);
  const rung = new Set<string>();
  for (const [step, { ring, keep }] of (agent.hunt ?? []).entries()) {
    const inStep = new Set<string>();
    for (const [index, device] of ring.entries()) {
      const at = valueRange(site.tree, [...path, 'hunt', step, 'ring', index]);
      if (!known.includes(device)) {
        site.problems.error(at, `unknown device \`${device}\`${suggestName(device, known, 'devices of this agent')}`);
      } else if (inStep.has(device)) {
        site.problems.error(at, `\`${device}\` stands in this step already`);
      } else if (keep && rung.has(device)) {
        site.problems.error(at, `\`${device}\` rings on from an earlier step (\`keep: true\`); leave it out here`);
      }
      inStep.add(device);
    }
    if (!keep) rung.clear();
    for (const device of inStep) rung.add(device);
  }
  if (agent.hunt === undefined) return;
  const hunted = new Set(agent.hunt.flatMap(({ ring }) => ring));
  for (const device of Object.keys(agent.devices)) {
    if (hunted.has(device)) continue;
    const at = keyRange(site.tree, [...path, 'devices', device]);
    site.problems.warning(at, `\`${device}\` is in no step of the hunt and never rings`);
  }
}

function checkReachable(site: SiteCheck, id: string, agent: AgentInput): void {
  if (keysAt(site.whole, ['agents', id, 'devices']).length > 0) return;
  const at = keyRange(site.tree, ['agents', id]);
  const expected = 'give it one under `devices`';
  if (agent.extension !== undefined || takesCalls(site.input, id)) {
    site.problems.error(at, `agent \`${id}\` is to take calls and has no device; ${expected}`);
  } else {
    site.problems.warning(at, `agent \`${id}\` has no device, so no call can reach it; ${expected}`);
  }
}

function takesCalls(input: SiteInput, id: string): boolean {
  const teams = Object.entries(input.teams).flatMap(([team, { agents }]) => (agents.includes(id) ? [team] : []));
  if (waysOf(input).some(({ to }) => typeof to === 'object' && 'agent' in to && to.agent === id)) return true;
  return Object.values(input.queues).some(
    ({ members, standby = [] }) =>
      standby.some((entry) =>
        typeof entry === 'string' ? entry === id : 'team' in entry && teams.includes(entry.team),
      ) ||
      members.some((member) => {
        if (typeof member === 'string') return member === id;
        return 'agent' in member ? member.agent === id : teams.includes(member.team);
      }),
  );
}
