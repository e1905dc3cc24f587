/** What the API answers, as far as it is explained; see docs/openapi.yaml. */
import { z } from 'zod';

const decision = z.object({
  strategy: z.string(),
  candidates: z.array(z.object({ agent: z.string(), key: z.number() })),
  chosen: z.array(z.string()),
  passedOver: z.array(z.object({ agent: z.string(), why: z.string() })),
});

export const queueExplanation = z.object({
  queue: z.string(),
  at: z.iso.datetime(),
  configVersion: z.string(),
  waiting: z.number(),
  decision,
});

export const callDecisions = z.object({
  call: z.string(),
  forgotten: z.number(),
  decisions: z.array(
    z.object({
      at: z.iso.datetime(),
      configVersion: z.string(),
      queue: z.string().optional(),
      attempt: z.number().optional(),
      agents: z.array(z.string()),
      decision: decision.optional(),
      outcomes: z.record(z.string(), z.string()),
    }),
  ),
});

export type Decision = z.output<typeof decision>;
export type QueueExplanation = z.output<typeof queueExplanation>;
export type CallDecisions = z.output<typeof callDecisions>;
