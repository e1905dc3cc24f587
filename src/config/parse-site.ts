/** The whole way from the text of the files to the configuration, without touching a disk. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { buildConfig } from './build-config.js';
import { checkAgents } from './check-agents.js';
import { checkCapacity } from './check-capacity.js';
import { checkChat } from './check-chat.js';
import { checkDestinations } from './check-destinations.js';
import { checkDuty } from './check-duty.js';
import { checkMedia } from './check-media.js';
import { checkNetwork } from './check-network.js';
import { checkNumbers } from './check-numbers.js';
import { checkQueues } from './check-queues.js';
import { checkWork } from './check-work.js';
import { deepFreeze } from './freeze.js';
import { mergeFiles } from './merge-files.js';
import { createProblemList, describePlace, type ConfigProblem, type ProblemList } from './problem.js';
import { readYaml } from './read-yaml.js';
import type { RoutingConfig } from './routing-config.js';
import { checkSchema } from './schema-problems.js';
import { refuseOpenExamples, resolveSecrets } from './secrets.js';
import { noFolder, type SiteFolder } from './site-folder.js';
import { siteSchema } from './site-schema.js';
import { keysAt, type MapNode } from './source-tree.js';
import { substituteVariables, type Environment } from './variables.js';

/** The name is as it is to stand in messages: `config/queues.yaml`. A file that cannot be read says why. */
export type ConfigFile =
  { readonly name: string; readonly text: string } | { readonly name: string; readonly unreadable: string };

export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: RoutingConfig;
      readonly warnings: readonly ConfigProblem[];
      /**
       * Where example passwords are in use, as `config/agents.yaml:12`. The loader has made sure that nothing of our own
       * listens beyond this machine; with a drachtio-server only its own answer tells where that listens.
       */
      readonly exampleSecrets: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Checks and merges the files of a site. All problems come back at once, sorted by place (warnings among them); only
 * unreadable files and unknown top-level keys keep references from being checked. Never throws for anything in the files.
 */
export function parseSite(files: readonly ConfigFile[], env: Environment, folder: SiteFolder = noFolder): ConfigResult {
  const problems = createProblemList();
  const result = readSite(files, env, folder, problems);
  const found = problems.sorted();
  if (result === undefined || found.some(({ severity }) => severity === 'error')) return { ok: false, problems: found };
  return { ok: true, ...result, warnings: found };
}

function readSite(
  files: readonly ConfigFile[],
  env: Environment,
  folder: SiteFolder,
  problems: ProblemList,
): { config: RoutingConfig; exampleSecrets: readonly string[] } | undefined {
  const read = files.map((file) => readFile(file, problems));
  const readable = read.filter((file) => file !== undefined);
  const whole = substituteVariables(mergeFiles(readable, problems), env, problems);
  const { input, tree } = checkSchema(whole, problems);
  const misnamed = keysAt(whole, []).some((key) => !(key in siteSchema.shape));
  // With a part of the site unread, everything that refers to it would seem unknown.
  if (readable.length < files.length || misnamed) return undefined;
  const site = { input, tree, whole, problems };
  checkAgents(site);
  checkQueues(site);
  checkDestinations(site);
  checkMedia(site, folder);
  checkDuty(site);
  checkChat(site, folder);
  checkWork(site);
  checkNumbers(site);
  checkNetwork(site);
  checkCapacity(site);
  const secrets = resolveSecrets(site, folder.readSecret);
  refuseOpenExamples(site, secrets.examples);
  return {
    config: deepFreeze(buildConfig(input, secrets, hashOf(files), folder)),
    exampleSecrets: secrets.examples.map(describePlace),
  };
}

function readFile(file: ConfigFile, problems: ProblemList): MapNode | undefined {
  if ('text' in file) return readYaml(file.name, file.text, problems);
  problems.fileError(file.name, file.unreadable);
  return undefined;
}

/** Depends on what the files say and how they are called, not on where the folder is. Secrets take no part. */
function hashOf(files: readonly ConfigFile[]): string {
  const hash = createHash('sha256');
  const contents = files.map((file) => [basename(file.name), 'text' in file ? file.text : ''] as const);
  for (const content of contents.sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(JSON.stringify(content));
  return hash.digest('hex').slice(0, 12);
}
