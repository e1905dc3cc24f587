/**
 * The product as a child of the bench: `node switchboard-process.js CONTROL [MEDIA]`; see {@link serverFor} for CONTROL, MEDIA
 * is a {@link BenchMedia} as JSON.
 */
import { pino } from 'pino';
import { parseSite } from '../src/config/parse-site.js';
import { startSwitchboard } from '../src/main.js';
import { benchSiteYaml, type BenchMedia } from './bench-site.js';
import { answerParent } from './child.js';
import { createJoinCount } from './join-count.js';

const [control = 'embedded', media] = process.argv.slice(2);
const parsed = parseSite(
  [{ name: 'bench.yaml', text: benchSiteYaml(media === undefined ? undefined : (JSON.parse(media) as BenchMedia)) }],
  {},
);
if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join('\n'));
const [host = '', port = '', secret = ''] = control.split(':');
const config =
  control === 'embedded'
    ? parsed.config
    : {
        ...parsed.config,
        sip: { ...parsed.config.sip, server: { kind: 'drachtio' as const, host, port: Number(port), secret } },
      };
const joins = createJoinCount();
const log = pino({ level: 'debug', hooks: { logMethod: joins.logMethod } }, process.stderr);
const switchboard = await startSwitchboard({ config, log });
answerParent({ sip: switchboard.sip, calls: () => switchboard.calls.list().length, joins: joins.take });
