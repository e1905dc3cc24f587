#!/usr/bin/env node
/** The command line. */
import { readFileSync } from 'node:fs';

import { startSwitchboard } from '../main.js';
import { runAgentLink } from './agent-link.js';
import { runCheck } from './check.js';
import { type Command, HELP, parseCommandLine } from './command-line.js';
import { runDemo } from './demo/demo.js';
import { runExplain } from './explain/explain.js';
import { runStart } from './start.js';
import { processTerminal as terminal } from './terminal.js';

async function run(command: Command): Promise<number> {
  switch (command.type) {
    case 'start':
      return runStart(command, startSwitchboard, terminal);
    case 'check':
      return runCheck(command.configDir, terminal);
    case 'explain':
      return runExplain({ ...command, token: command.token ?? process.env.SWITCHBOARD_TOKEN }, terminal);
    case 'agent-link':
      return runAgentLink({ ...command, token: command.token ?? process.env.SWITCHBOARD_TOKEN }, terminal);
    case 'demo':
      return runDemo(command, startSwitchboard, terminal);
    case 'help':
      terminal.out(HELP.trimEnd());
      return 0;
    case 'version':
      terminal.out(version());
      return 0;
    case 'usage-error':
      terminal.err(`switchboard: ${command.message}\nTry: switchboard --help`);
      return 2;
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

process.exitCode = await run(parseCommandLine(process.argv.slice(2)));
