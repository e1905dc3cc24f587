// Everything that a change must pass, stage by stage; all stages run, and the last lines say which ones failed.
//   npm run check                    every stage
//   npm run check -- --without tests every stage but this one
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const stages = [
  { name: 'format', command: ['prettier', '--check', '.', '--log-level', 'warn'] },
  { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'widget', command: ['tsc', '-p', 'src/widget', '--noEmit'] },
  { name: 'agents', command: ['tsc', '-p', 'src/agent-page', '--noEmit'] },
  { name: 'imports', command: ['depcruise', 'src', 'test', 'bench'] },
  { name: 'unused', command: ['knip'] },
  { name: 'build', command: ['npm', 'run', '--silent', 'build'] },
  { name: 'tests', command: ['vitest', 'run'] },
];

const { values } = parseArgs({ options: { without: { type: 'string', multiple: true, default: [] } } });
const unknown = values.without.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`no stage is called ${unknown.join(', ')}; there are ${stages.map((stage) => stage.name).join(', ')}`);
  process.exit(2);
}

const outcomes = stages
  .filter((stage) => !values.without.includes(stage.name))
  .map((stage) => {
    console.log(`\n── ${stage.name}: ${stage.command.join(' ')}`);
    const startedAt = performance.now();
    const [tool = '', ...options] = stage.command;
    const [command, ...rest] = tool === 'npm' ? [tool, ...options] : ['npx', '--no-install', tool, ...options];
    const { status } = spawnSync(command, rest, { stdio: 'inherit' });
    return { name: stage.name, passed: status === 0, seconds: (performance.now() - startedAt) / 1000 };
  });

console.log('');
for (const { name, passed, seconds } of outcomes) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(8)} ${seconds.toFixed(1)} s`);
}
const failed = outcomes.filter((outcome) => !outcome.passed);
console.log(`check: ${outcomes.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
