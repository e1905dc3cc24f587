/** `${NAME}` and `${NAME:-default}` in values, from the environment. `$${` stands for a plain `${`. */
import type { ProblemList } from './problem.js';
import type { MapEntry, ScalarNode, SourceNode } from './source-tree.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The tree with all variables of its text values replaced. As in a shell, `:-` also stands in for empty variables. */
export function substituteVariables(node: SourceNode, env: Environment, problems: ProblemList): SourceNode {
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item) => substituteVariables(item, env, problems)) };
  }
  if (node.kind === 'map') {
    const entries = new Map<string, MapEntry>();
    for (const [key, entry] of node.entries) {
      entries.set(key, { ...entry, value: substituteVariables(entry.value, env, problems) });
    }
    return { ...node, entries };
  }
  return typeof node.value === 'string' && node.value.includes('${')
    ? substitute(node, node.value, env, problems)
    : node;
}

const variable = /\$\$\{|\$\{([^}]*)(\}?)/g;
const variableBody = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

function substitute(node: ScalarNode, text: string, env: Environment, problems: ProblemList): ScalarNode {
  const { file, start, end } = node.at;
  const written = file.text.slice(start, end);
  const outcomes: Outcome['kind'][] = [];
  const value = text.replace(variable, (whole: string, body: string | undefined, close: string | undefined) => {
    const outcome = lookUp(whole, close === '}' ? (body ?? '') : '', env);
    outcomes.push(outcome.kind);
    if (outcome.kind !== 'wrong') return outcome.text;
    const place = Math.max(0, written.indexOf(whole));
    problems.error({ file, start: start + place, end: start + place + whole.length }, outcome.message);
    return whole;
  });
  return {
    ...node,
    value,
    fromEnvironment: outcomes.every((kind) => kind === 'found') && text.replace(variable, '') === '',
    unresolved: outcomes.includes('wrong'),
  };
}

type Outcome =
  { readonly kind: 'found' | 'written'; readonly text: string } | { readonly kind: 'wrong'; readonly message: string };

function lookUp(whole: string, body: string, env: Environment): Outcome {
  if (whole === '$${') return { kind: 'written', text: '${' };
  const [, name, fallback]: readonly (string | undefined)[] = variableBody.exec(body) ?? [];
  if (name === undefined) {
    return { kind: 'wrong', message: `\`${whole}\` is no variable; write \`\${NAME}\` or \`\${NAME:-default}\`` };
  }
  const found = Object.hasOwn(env, name) ? env[name] : undefined;
  if (fallback !== undefined && (found === undefined || found === '')) return { kind: 'written', text: fallback };
  if (found !== undefined) return { kind: 'found', text: found };
  const remedy = `set it, or give a default: \`\${${name}:-…}\``;
  return { kind: 'wrong', message: `the environment variable \`${name}\` is not set; ${remedy}` };
}
