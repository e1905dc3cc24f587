/** What was typed, as a value. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

export type Command =
  | { readonly type: 'start'; readonly configDir: string; readonly logLevel: LogLevel; readonly watch: boolean }
  | { readonly type: 'check'; readonly configDir: string }
  | {
      readonly type: 'explain';
      readonly about: { readonly call: string } | { readonly queue: string };
      readonly url: string;
      /** Without it the environment is asked. */
      readonly token?: string;
    }
  | {
      readonly type: 'agent-link';
      readonly agent: string;
      readonly url: string;
      /** Without it the environment is asked. */
      readonly token?: string;
    }
  | { readonly type: 'demo'; readonly once: boolean }
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  | { readonly type: 'usage-error'; readonly message: string };

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export const HELP = `Switchboard: calls to the support number ring the agents' phones.

  switchboard start [--config DIR] [--log-level LEVEL]   run the site that DIR describes (default: ./config), and follow
                    [--no-watch]                         its changes; --no-watch: on SIGHUP only
  switchboard check [--config DIR]                       say what is wrong with DIR, and start nothing
  switchboard demo  [--once]                             play the example site with simulated phones; --once: a fixed
                                                         programme that checks itself, then ends
  switchboard explain --queue ID | --call ID             ask a running switchboard to whom a call would go now, or why
                      [--url URL] [--token TOKEN]        one went to whom it went; the token of its API is taken from
                                                         SWITCHBOARD_TOKEN where it is not given
  switchboard agent-link --agent ID                      ask a running switchboard for a link by which this agent signs in
                      [--url URL] [--token TOKEN]        on the page for chats; good for twelve hours
  switchboard --help
  switchboard --version

URL is http://127.0.0.1:8080 unless given. LEVEL is one of ${logLevels.join(', ')} (default: info). The log goes to the standard output, one JSON object a line.
Ends with 0 when all is well, with 1 when something is wrong, with 2 when the command line is.
`;

const DEFAULT_CONFIG_DIR = 'config';
const DEFAULT_URL = 'http://127.0.0.1:8080';
const ADDRESS_WANTED = `--url is an address such as ${DEFAULT_URL}`;

const optionsOf = {
  start: { config: { type: 'string' }, 'log-level': { type: 'string' }, 'no-watch': { type: 'boolean' } },
  check: { config: { type: 'string' } },
  explain: { queue: { type: 'string' }, call: { type: 'string' }, url: { type: 'string' }, token: { type: 'string' } },
  'agent-link': { agent: { type: 'string' }, url: { type: 'string' }, token: { type: 'string' } },
  demo: { once: { type: 'boolean' } },
} as const satisfies Record<string, ParseArgsConfig['options']>;

/** @param args without node and the script */
export function parseCommandLine(args: readonly string[]): Command {
  const [name, ...rest] = args;
  if (name === undefined || args.includes('--help') || args.includes('-h') || name === 'help') return { type: 'help' };
  if (name === '--version' || name === '-v') return { type: 'version' };
  if (!isCommandName(name)) {
    return {
      type: 'usage-error',
      message: `there is no command ${name}; there are ${Object.keys(optionsOf).join(', ')}`,
    };
  }
  try {
    return build(name, rest);
  } catch (error) {
    return { type: 'usage-error', message: error instanceof Error ? error.message : String(error) };
  }
}

function isCommandName(name: string): name is keyof typeof optionsOf {
  return Object.hasOwn(optionsOf, name);
}

function build(name: keyof typeof optionsOf, args: readonly string[]): Command {
  const parse = <Options extends ParseArgsConfig['options']>(options: Options) =>
    parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  switch (name) {
    case 'start': {
      const values = parse(optionsOf.start);
      const logLevel = logLevels.find((level) => level === (values['log-level'] ?? 'info'));
      if (logLevel === undefined) {
        return { type: 'usage-error', message: `--log-level is one of ${logLevels.join(', ')}` };
      }
      return {
        type: 'start',
        configDir: values.config ?? DEFAULT_CONFIG_DIR,
        logLevel,
        watch: values['no-watch'] !== true,
      };
    }
    case 'check':
      return { type: 'check', configDir: parse(optionsOf.check).config ?? DEFAULT_CONFIG_DIR };
    case 'explain': {
      const { queue, call, url = DEFAULT_URL, token } = parse(optionsOf.explain);
      if ((queue === undefined) === (call === undefined)) {
        return { type: 'usage-error', message: 'explain wants either --queue ID or --call ID' };
      }
      if (!isAddress(url)) return { type: 'usage-error', message: ADDRESS_WANTED };
      const about = call === undefined ? { queue: queue ?? '' } : { call };
      return { type: 'explain', about, url, ...(token === undefined ? {} : { token }) };
    }
    case 'agent-link': {
      const { agent, url = DEFAULT_URL, token } = parse(optionsOf['agent-link']);
      if (agent === undefined) return { type: 'usage-error', message: 'agent-link wants --agent ID' };
      if (!isAddress(url)) return { type: 'usage-error', message: ADDRESS_WANTED };
      return { type: 'agent-link', agent, url, ...(token === undefined ? {} : { token }) };
    }
    case 'demo':
      return { type: 'demo', once: parse(optionsOf.demo).once ?? false };
  }
}

function isAddress(url: string): boolean {
  return /^https?:/.test(url) && URL.canParse(url);
}
