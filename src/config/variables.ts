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
  let wholly = true;
  let unresolved = false;
  const value = text.replace(variable, (whole: string, body: string | undefined, close: string, offset: number) => {
    if (whole === '$${') {
      wholly = false;
      return '${';
    }
    const place = Math.max(0, written.indexOf(whole));
    const at = { file, start: start + place, end: start + place + whole.length };
    const parts = close === '' ? null : variableBody.exec(body ?? '');
    if (parts === null) {
      problems.error(at, `\`${whole}\` is no variable; write \`\${NAME}\` or \`\${NAME:-default}\``);
      unresolved = true;
      return whole;
    }
    const [, name = '', fallback] = parts;
    const found = env[name];
    const isDefault = fallback !== undefined && (found === undefined || found === '');
    if (isDefault || offset > 0 || whole.length < text.length) wholly = false;
    if (isDefault) return fallback;
    if (found === undefined) {
      problems.error(
        at,
        `the environment variable \`${name}\` is not set; set it, or give a default: \`\${${name}:-…}\``,
      );
      unresolved = true;
      return whole;
    }
    return found;
  });
  return { ...node, value, ...(wholly ? { fromEnvironment: true } : {}), ...(unresolved ? { unresolved } : {}) };
}
