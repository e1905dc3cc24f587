import { expect, it } from 'vitest';
import { agentMessageSchema } from './agent-protocol.js';
import { visitorMessageSchema } from './visitor-protocol.js';

interface Published {
  readonly oneOf: readonly {
    readonly properties: { readonly type: { const: string } };
    readonly additionalProperties: boolean;
  }[];
}

it.each([
  ['visitors', visitorMessageSchema(), 'hello message file typing marks close'],
  [
    'agents',
    agentMessageSchema(),
    'accept decline watch unwatch message note typing marks transfer give-back reopen close',
  ],
])('publishes what pages of %s may send, and allows nothing else', (_, schema, types) => {
  const { oneOf } = schema as Published;
  expect(oneOf.map(({ properties }) => properties.type.const).join(' ')).toBe(types);
  expect(oneOf.every(({ additionalProperties }) => !additionalProperties)).toBe(true);
});
