/** FreeSWITCH with the files of `freeswitch/` and, beside them, its own mod_callcenter: the yardstick of calls with sound. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFreeswitch, type RunningMediaServer } from '../test/support/freeswitch-server.js';
import { freePort } from '../test/support/free-ports.js';
import { agentCount } from './bench-site.js';
import { childNamed } from './process-usage.js';

export interface FreeswitchWithCallcenter extends RunningMediaServer {
  readonly pid: number;
  /** Calls to any number here are given to mod_callcenter's queue. */
  readonly callcenter: { readonly host: string; readonly port: number };
}

const host = '127.0.0.1';

/** @param phones where the agents answer */
export async function startFreeswitchWithCallcenter(
  binary: string,
  phones: { readonly host: string; readonly port: number },
): Promise<FreeswitchWithCallcenter> {
  // Its database too: in memory it is at its fastest.
  const folder = await mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'switchboard-callcenter-'));
  const port = await freePort();
  await cp('freeswitch', folder, { recursive: true });
  // FreeSWITCH drops the line that `</include>` stands in.
  const change = async (file: string, before: string, added: string): Promise<void> => {
    const text = await readFile(path.join(folder, file), 'utf8');
    if (!text.includes(before)) throw new Error(`${file} has no ${before} any more`);
    await writeFile(path.join(folder, file), text.replace(before, `${added}\n${before}`));
  };
  await change('configuration/modules.conf.xml', '<load module="mod_sofia"/>', '<load module="mod_callcenter"/>');
  await change('configuration/sofia.conf.xml', '</profiles>', profile(port));
  await change('dialplan.xml', '</include>', dialplan);
  await writeFile(path.join(folder, 'configuration/callcenter.conf.xml'), queue(path.join(folder, 'cc.db'), phones));
  const settings = {
    // Above what SIPp takes.
    FREESWITCH_RTP_FROM: '20000',
    FREESWITCH_RTP_TO: '26382',
    FREESWITCH_LOG_LEVEL: 'err',
    FREESWITCH_MAX_SESSIONS: '20000',
  };
  const server = await startFreeswitch(binary, settings, undefined, folder);
  return {
    ...server,
    pid: childNamed('freeswitch') ?? -1,
    callcenter: { host, port },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As the profile of the controllers in all that costs time. */
function profile(port: number): string {
  const settings = {
    'sip-ip': host,
    'sip-port': String(port),
    'rtp-ip': host,
    dialplan: 'XML',
    context: 'callcenter',
    'auth-calls': 'false',
    'manage-presence': 'false',
    'disable-register': 'true',
    'enable-timer': 'false',
    'max-recv-requests-per-second': '0',
    'inbound-codec-prefs': 'PCMA,PCMU',
    'outbound-codec-prefs': 'PCMA,PCMU',
    'rtp-timer-name': 'soft',
    'suppress-cng': 'true',
  };
  const params = Object.entries(settings).map(([name, value]) => `<param name="${name}" value="${value}"/>`);
  return `<profile name="callcenter"><settings>${params.join('')}</settings></profile>`;
}

const dialplan = `<context name="callcenter"><extension name="all"><condition>
  <action application="callcenter" data="bench@default"/>
</condition></extension></context>`;

function queue(database: string, phones: { readonly host: string; readonly port: number }): string {
  const names = Array.from({ length: agentCount }, (_, index) => `agent${String(index)}`);
  const agents = names.map(
    (name) =>
      `<agent name="${name}" type="callback" contact="sofia/callcenter/sip:${name}@${phones.host}:${String(phones.port)}"` +
      ' status="Available" max-no-answer="0" wrap-up-time="0" reject-delay-time="0" busy-delay-time="0"/>',
  );
  const tiers = names.map((name) => `<tier agent="${name}" queue="bench@default" level="1" position="1"/>`);
  return `<configuration name="callcenter.conf">
  <settings><param name="dbname" value="${database}"/></settings>
  <queues><queue name="bench@default">
    <param name="strategy" value="random"/>
    <param name="moh-sound" value="tone_stream://%(1000,500,440);loops=-1"/>
    <param name="time-base-score" value="system"/>
    <param name="max-wait-time" value="0"/>
    <param name="tier-rules-apply" value="false"/>
    <param name="abandoned-resume-allowed" value="false"/>
  </queue></queues>
  <agents>${agents.join('')}</agents>
  <tiers>${tiers.join('')}</tiers>
</configuration>`;
}
