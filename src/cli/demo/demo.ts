/** `switchboard demo`: the example site, played by simulated phones, callers and a carrier on this machine. */
import { fileURLToPath } from 'node:url';

import { pino } from 'pino';

import type { RoutingConfig, TrunkConfig } from '../../config/routing-config.js';
import { SwitchboardError } from '../../kernel/errors.js';
import type { Switchboard } from '../../main.js';
import { loadOrExplain } from '../check.js';
import { describeError, type StartSite } from '../start.js';
import { catchStopSignals } from '../stop-signals.js';
import type { Terminal } from '../terminal.js';
import { createPalette, type Palette } from './ansi.js';
import { createCallBook } from './call-book.js';
import { createCarrier } from './carrier.js';
import { demoConfig, FAST_MOTION } from './demo-config.js';
import { createPhone, type Phone } from './phone.js';
import { checkNothingLeft, playProgramme, type Verdict } from './programme.js';
import { playTraffic } from './traffic.js';
import { createUserAgent } from './sip/user-agent.js';
import { openSipSocket, type Peer } from './sip/udp-socket.js';
import type { Stage } from './stage.js';
import { callTable } from './table.js';
import { watchAsLines, watchLive } from './viewers.js';
import { createNames } from './words.js';

const LOOPBACK = '127.0.0.1';
/** The example site, beside `src/` and `dist/`. */
const EXAMPLE_SITE = fileURLToPath(new URL('../../../config', import.meta.url));

/** Gives the exit code: with `once`, 0 when everything was as it should be. */
export async function runDemo(
  options: { readonly once: boolean },
  startSite: StartSite,
  terminal: Terminal,
): Promise<number> {
  const example = await loadOrExplain(EXAMPLE_SITE, terminal);
  if (example === undefined) return 1;
  const carrierPort = await freePort();
  const config = demoConfig(example.config, {
    carrier: { host: LOOPBACK, port: carrierPort },
    longestWaitMs: options.once ? 3_000 : 6_000,
  });
  let site: Switchboard;
  try {
    site = await startSite({ config, log: pino({ level: process.env.SWITCHBOARD_DEMO_LOG ?? 'silent' }) });
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    terminal.err(describeError(error));
    return 1;
  }
  const stage = await setStage(site, config, carrierPort);
  try {
    return await play(stage, options.once, terminal);
  } finally {
    await clearStage(stage);
  }
}

async function play(stage: Stage, once: boolean, terminal: Terminal): Promise<number> {
  const coloured = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  const palette = createPalette(coloured);
  const addresses = addressesOf(stage.site);
  const viewer =
    process.stdout.isTTY && !once
      ? watchLive(stage, palette, addresses)
      : watchAsLines(stage, palette, addresses, terminal);
  const signals = catchStopSignals();
  const ending = { isStopped: false };
  void signals.first.then(() => (ending.isStopped = true));
  void signals.second.then(() => {
    viewer.close();
    process.exit(1);
  });

  try {
    const verdicts = [...(await registerPhones(stage))];
    const isStopped = (): boolean => ending.isStopped;
    verdicts.push(
      ...(await playProgramme({
        stage,
        onScene: (scene, index, count) => viewer.showScene(scene, index, count),
        readingMs: once ? 0 : 1_500,
        isStopped,
      })),
    );
    if (!once && !isStopped()) await playTraffic(stage, viewer, signals.first);
    verdicts.push(...(await checkNothingLeft(stage)));
    viewer.close();
    return conclude(stage, verdicts, { palette, terminal, once });
  } finally {
    viewer.close();
    signals.release();
  }
}

/** Every SIP device of the site gets a phone, but for those that have hours: the programme must not depend on the time. */
async function setStage(site: Switchboard, config: RoutingConfig, carrierPort: number): Promise<Stage> {
  const udp = site.sip.find(({ transport }) => transport === 'udp');
  const server: Peer = { host: LOOPBACK, port: udp?.port ?? 5060 };
  const phones: Phone[] = [];
  for (const agent of config.agents.values()) {
    for (const device of agent.devices.values()) {
      if (device.kind !== 'sip' || device.hours !== undefined) continue;
      phones.push(await createPhone({ agent: agent.id, device, name: agent.name, server, domain: config.sip.domain }));
    }
  }
  return {
    site,
    config,
    phones,
    book: createCallBook(site.events),
    carrier: await createCarrier({ trunk: firstTrunk(config), port: carrierPort, server }),
    city: await createUserAgent({ host: LOOPBACK, server, domain: 'city.example', user: 'city', spareEars: 16 }),
    callerNames: new Map(),
  };
}

function firstTrunk(config: RoutingConfig): TrunkConfig {
  const [trunk] = config.trunks.values();
  if (trunk === undefined) throw new Error('the example site has a trunk');
  return trunk;
}

/** The trunk has its port before the carrier has its socket, so a free one is looked for first. */
async function freePort(): Promise<number> {
  const socket = await openSipSocket(LOOPBACK);
  socket.close();
  return socket.local.port;
}

async function registerPhones(stage: Stage): Promise<readonly Verdict[]> {
  const statuses = await Promise.all(stage.phones.map((phone) => phone.register()));
  const names = createNames(stage.config);
  return stage.phones.map((phone, index) => ({
    scene: 'Registration',
    what: `${names.agent(phone.agent)}'s ${phone.device} is registered (${statuses[index] ?? 'no answer'})`,
    isSo: statuses[index] === 200,
  }));
}

async function clearStage(stage: Stage): Promise<void> {
  await stage.site.stop({ graceMs: 0 });
  for (const phone of stage.phones) phone.userAgent.close();
  stage.city.close();
  stage.carrier.userAgent.close();
}

function addressesOf(site: Switchboard): readonly string[] {
  const { host, port, token } = site.http;
  return [
    `SIP ${site.sip.map((one) => `${one.transport}:${one.host}:${one.port}`).join('  ')}`,
    `API http://${host}:${port}/v1/agents  /v1/queues  /v1/calls  ws /v1/events`,
    `API token ${token}   (all waiting is ${FAST_MOTION} times shorter than in config/)`,
  ];
}

function conclude(
  stage: Stage,
  verdicts: readonly Verdict[],
  { palette, terminal, once }: { readonly palette: Palette; readonly terminal: Terminal; readonly once: boolean },
): number {
  const failed = verdicts.filter(({ isSo }) => !isSo);
  if (once) {
    const names = createNames(stage.config);
    const { config, callerNames } = stage;
    const lines = callTable(stage.book.records, { config, names, callerNames, palette });
    terminal.out(['', ...lines, ''].join('\n'));
  }
  for (const { scene, what } of failed) terminal.out(palette.red(`✘ ${scene}: not so: ${what}`));
  const summary = `${verdicts.length - failed.length} of ${verdicts.length} checks are as they should be`;
  terminal.out(failed.length === 0 ? palette.green(`✔ ${summary}`) : palette.red(`✘ ${summary}`));
  return failed.length === 0 ? 0 : 1;
}
