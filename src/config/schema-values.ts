/**
 * The kinds of value that a configuration is made of. Each says in its `error` what would be right ("a whole number
 * from 1 to 100"); problems are worded from that, see schema-problems.ts.
 */
import { z } from 'zod';
import { durationPattern, formatDuration, parseDuration } from './duration.js';
import { isHost, isListenHost, parseHostPort, parseNetwork, type HostPort } from './network-address.js';

/** A sentence of its own, for problems that "expected …, found …" does not fit. */
export function refuse<T>(
  context: z.RefinementCtx<T>,
  message: string,
  path: readonly (string | number)[] = [],
): never {
  context.addIssue({ code: 'custom', message, path: [...path], params: { sentence: true } });
  return z.NEVER;
}

/** Milliseconds. The limits are inclusive. */
export function duration(limits: { min?: string; max?: string } = {}) {
  const min = parseDuration(limits.min ?? '0s') ?? 0;
  const max = parseDuration(limits.max ?? '7d') ?? 0;
  const range = `from ${formatDuration(min)} to ${formatDuration(max)}`;
  const expected = `a duration ${range}, such as \`15s\`, \`500ms\` or \`1h30m\``;
  return z
    .string({ error: expected })
    .meta({ pattern: durationPattern })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === undefined || ms < min || ms > max) return refuse(context, `expected ${expected}, found \`${text}\``);
      return ms;
    });
}

const unitBytes: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes. */
export function fileSize() {
  const expected = 'a size from `1MB` to `1000TB`, such as `500MB` or `20GB`';
  return z
    .string({ error: expected })
    .meta({ pattern: '^\\d{1,6}(MB|GB|TB)$' })
    .transform((text, context) => {
      const [, number, unit = ''] = /^(\d{1,6})(MB|GB|TB)$/.exec(text) ?? [];
      const bytes = Number(number) * (unitBytes[unit] ?? 0);
      return bytes >= 1e6 && bytes <= 1e15 ? bytes : refuse(context, `expected ${expected}, found \`${text}\``);
    });
}

export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function yesOrNo() {
  return z.boolean({ error: '`true` or `false`' });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: oneOfText(values) });
}

function oneOfText(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return quoted.length === 1 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`;
}

const nameExpression = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const nameError = 'a name of letters, digits, `-` and `_`, at most 63';

/** The key of an agent, team, queue, device, trunk or hours, and a reference to one. */
export function name(what: string) {
  const error = `the name of ${what}`;
  return z
    .union([z.string(), z.int()], { error })
    .transform(String)
    .pipe(z.string().regex(nameExpression, { error: nameError }));
}

/** The mapping from names to `value`. */
export function named<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(nameExpression, { error: nameError }), value, {
    error: 'a mapping from names to settings',
  });
}

/** Free text for people; a bare number is fine. */
export function text(expected: string, max = 100) {
  const error = `${expected}, at most ${max} characters, on one line`;
  return z
    .union([z.string(), z.number()], { error })
    .transform(String)
    .pipe(
      z
        .string()
        .min(1, { error })
        .max(max, { error })
        .regex(/^[^\p{Cc}]*$/u, { error }),
    );
}

const accountExpression = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** User name of a SIP account: what may stand in a SIP URI without escapes (RFC 3261 §25.1). */
export function account() {
  const error = 'the user name of a SIP account: letters, digits, `.`, `-` and `_`, at most 64';
  return z
    .union([z.string(), z.int()], { error })
    .transform(String)
    .pipe(z.string().regex(accountExpression, { error }));
}

/** What somebody may dial, by the expression that allows it; spaces and punctuation for the eye are removed. */
export function dialled(expression: RegExp, error: string) {
  return z.union([z.string(), z.int().nonnegative()], { error }).transform((written, context) => {
    const bare = stripPunctuation(String(written));
    return expression.test(bare) ? bare : refuse(context, `expected ${error}, found \`${written}\``);
  });
}

export function stripPunctuation(number: string): string {
  return number.replace(/(?<=\d)[ ()/.-]+|^[ (]+|\)$/g, '');
}

export const phoneNumber = () =>
  dialled(/^\+?\d{2,20}$/, 'a phone number such as `+34600111222`, with the country code and a leading `+`');

/** A secret: text, or a file that holds it. Which of the two may be an example is seen later, where it stands. */
export function secret(what: string) {
  const error = `${what}: \`\${NAME}\` for an environment variable, or \`{ file: PATH }\``;
  return z.union(
    [
      z.string({ error }).max(1000, { error }),
      z.strictObject({ file: z.string({ error: 'the path of a file' }).min(1, { error: 'the path of a file' }) }),
    ],
    { error },
  );
}

export function host() {
  const error = 'a host name or an IP address';
  return z.string({ error }).refine(isHost, { error });
}

export function address() {
  const error = 'an IP address or a network, such as `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`';
  return z.string({ error }).refine((written) => parseNetwork(written) !== undefined, { error });
}

export function hostPort(defaultPort: number, kind: 'listen' | 'connect') {
  const expected =
    kind === 'listen'
      ? `an IP address of this machine with a port, such as \`127.0.0.1:${defaultPort}\` or \`[::1]:${defaultPort}\``
      : `a host with a port, such as \`127.0.0.1:${defaultPort}\``;
  return z.string({ error: expected }).transform((written, context): HostPort => {
    const parsed = parseHostPort(written, defaultPort);
    const fits = parsed !== undefined && (kind === 'listen' ? isListenHost(parsed.host) : isHost(parsed.host));
    return fits ? parsed : refuse(context, `expected ${expected}, found \`${written}\``);
  });
}
