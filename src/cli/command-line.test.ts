import { expect, it } from 'vitest';

import { parseCommandLine } from './command-line.js';

it.each([
  [[], { type: 'help' }],
  [['start', '--help'], { type: 'help' }],
  [['--version'], { type: 'version' }],
  [['start'], { type: 'start', configDir: 'config', logLevel: 'info', watch: true }],
  [
    ['start', '--config', 'site', '--log-level=debug', '--no-watch'],
    { type: 'start', configDir: 'site', logLevel: 'debug', watch: false },
  ],
  [['check', '--config=site'], { type: 'check', configDir: 'site' }],
  [['agent-link', '--agent', 'ana'], { type: 'agent-link', agent: 'ana', url: 'http://127.0.0.1:8080' }],
  [['explain', '--queue', 'support'], { type: 'explain', about: { queue: 'support' }, url: 'http://127.0.0.1:8080' }],
  [
    ['explain', '--call=c1', '--url', 'http://[::1]:9', '--token', 't'],
    { type: 'explain', about: { call: 'c1' }, url: 'http://[::1]:9', token: 't' },
  ],
  [['demo'], { type: 'demo', once: false }],
  [['demo', '--once'], { type: 'demo', once: true }],
])('reads %j', (args, command) => {
  expect(parseCommandLine(args)).toEqual(command);
});

it.each([
  [['begin'], /no command begin/],
  [['start', '--log-level', 'loud'], /--log-level is one of/],
  [['start', '--port', '80'], /'--port'/],
  [['start', 'config'], /'config'/],
  [['check', '--config'], /--config/],
  [['agent-link'], /wants --agent ID/],
  [['agent-link', '--agent', 'ana', '--url', 'x'], /--url is an address/],
  [['explain'], /either --queue ID or --call ID/],
  [['explain', '--queue', 'a', '--call', 'b'], /either --queue ID or --call ID/],
  [['explain', '--queue', 'a', '--url', 'here'], /--url is an address/],
  [['constructor'], /no command/],
])('refuses %j and says why', (args, message) => {
  expect(parseCommandLine(args)).toEqual({ type: 'usage-error', message: expect.stringMatching(message) as string });
});
