import { expect, it } from 'vitest';
import { agentNewsSchema } from './agent-news.js';
import { agentMessageSchema } from './agent-protocol.js';
import { visitorNewsSchema } from './visitor-news.js';
import { visitorMessageSchema } from './visitor-protocol.js';

interface Published {
  readonly oneOf: readonly {
    readonly properties: { readonly type: { const: string } };
    readonly additionalProperties: boolean;
  }[];
}

it.each([
  ['pages of visitors may send', visitorMessageSchema(), 'hello message file typing marks close'],
  ['they are told', visitorNewsSchema(), 'welcome state entry receipt typing marks error'],
  [
    'pages of agents may send',
    agentMessageSchema(),
    'accept decline watch unwatch message note typing marks transfer give-back reopen close take oversee colleagues presence',
  ],
  [
    'they are told',
    agentNewsSchema(),
    'welcome presence offer withdrawn refused chat entry receipt typing marks replies colleagues error',
  ],
])('publishes what %s, and allows nothing else', (_, schema, types) => {
  const { oneOf } = schema as Published;
  expect(oneOf.map(({ properties }) => properties.type.const).join(' ')).toBe(types);
  expect(oneOf.every(({ additionalProperties }) => !additionalProperties)).toBe(true);
});
