/**
 * `npm run bench`: how much a call costs and how many go at once, beside what drachtio-srf's own B2BUA takes for them on
 * the same server. SIPp calls and answers on loopback; nothing passes through a media server.
 *
 *   npm run bench -- --rates 20,50,100,200 --seconds 5 --servers embedded,drachtio-server --until 400
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { availableSipServers } from '../test/support/sip-servers.js';
import { machine, saveResult, tablesOf, type BenchResult } from './report.js';
import { tryBareB2bua, trySwitchboard, type Plan, type Setting } from './trials.js';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '20,50,100,200' },
    seconds: { type: 'string', default: '5' },
    servers: { type: 'string' },
    from: { type: 'string', default: '100' },
    step: { type: 'string', default: '25' },
    until: { type: 'string', default: '400' },
    waiting: { type: 'string', default: '1000' },
    'bare-only': { type: 'boolean', default: false },
  },
});
const plan: Plan = {
  rates: values.rates
    .split(',')
    .filter((rate) => rate !== '')
    .map(Number),
  seconds: Number(values.seconds),
  searchFrom: Number(values.from),
  searchStep: Number(values.step),
  searchUntil: Number(values.until),
  waitingCalls: Number(values.waiting),
};
const wanted = values.servers?.split(',');
const say = (line: string) => console.error(line);
const load: BenchResult['load'][number][] = [];
const waiting: BenchResult['waiting'][number][] = [];
const ringAll: BenchResult['ringAll'][number][] = [];
const startedAt = new Date().toISOString();

for (const candidate of availableSipServers()) {
  if (wanted && !wanted.includes(candidate.name)) continue;
  // The embedded server runs in a thread of the subject, as the product starts it.
  const withServer = async <Result>(use: (setting: Setting) => Promise<Result>): Promise<Result> => {
    if (candidate.isEmbedded) return use({ serverName: candidate.name });
    const server = await candidate.start();
    try {
      return await use({ serverName: candidate.name, server });
    } finally {
      await server.stop();
    }
  };
  load.push(await withServer((setting) => tryBareB2bua(setting, plan, say)));
  if (values['bare-only']) continue;
  const results = await withServer((setting) => trySwitchboard(setting, plan, say));
  load.push(results.load);
  waiting.push(results.waiting);
  ringAll.push(results.ringAll);
}

const result: BenchResult = { startedAt, machine: machine(), load, waiting, ringAll };
console.log(`\n${result.machine}; 200 ms calls, ${plan.seconds} s at each rate\n\n${tablesOf(result)}\n`);
console.log(`saved as ${path.relative(process.cwd(), saveResult(result, 'bench/results'))}`);
process.exit(0);
