/** Who serves a queue of calls, a department or a queue of work: agents and teams, each with a priority. */
import { z } from 'zod';
import { name, wholeNumber } from './schema-values.js';

export const memberPriority = wholeNumber(1, 100).optional().describe('1 the highest, 100 the lowest. Default 50.');
export const memberText = 'an agent, `{ agent: NAME, priority: 1 }` or `{ team: NAME, priority: 10 }`';

const member = z.union(
  [
    name('an agent'),
    z.strictObject({ agent: name('an agent'), priority: memberPriority }),
    z.strictObject({ team: name('a team'), priority: memberPriority }),
  ],
  { error: memberText },
);

export function membersOf<Member extends z.ZodType>(one: Member) {
  return z
    .array(one, { error: `a list of members; each ${memberText}` })
    .describe('Agents and teams, in order. The entry of an agent beats that of a team.');
}

export const members = membersOf(member);
