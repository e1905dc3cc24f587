/** When a phone has said and heard everything of a call: SIPp writes down what was sent or came a little later than it did. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneHabit } from './phone-scenarios.js';
import type { WireMessage } from './wire-trace.js';

/** Some never answer, for a test of what comes of that. */
const PATIENCE_MS = 5_000;

/** Resolves when all calls are over at their phones, or will not be in any time that is worth waiting for. */
export async function untilOver(calls: () => readonly (readonly WireMessage[])[], habit: PhoneHabit): Promise<void> {
  if (habit.onCancel === 'ignores' || habit.afterAnswer?.does === 'vanish') return;
  const untilMs = Date.now() + PATIENCE_MS;
  while (!calls().every(isOver) && Date.now() < untilMs) await delay(20);
}

function isOver(call: readonly WireMessage[]): boolean {
  const sent = call.filter(({ direction }) => direction === 'sent');
  const received = call.filter(({ direction }) => direction === 'received');
  // No provisional response, no CANCEL (RFC 3261 §9.1): whoever says nothing at all hears nothing either.
  if (sent.length === 0) return true;
  const finals = sent.filter(({ status = 0, cseq }) => status >= 200 && cseq.method === 'INVITE');
  const isAcknowledged = finals.every((final) =>
    received.some(({ method, cseq }) => method === 'ACK' && cseq.number === final.cseq.number),
  );
  const isAnswered = finals.some(({ status = 0 }) => status < 300);
  const hasBye = call.some(({ method }) => method === 'BYE');
  return (
    isAcknowledged &&
    finals.length > 0 &&
    isAnswered === hasBye &&
    hasAnswers(received, sent) &&
    hasAnswers(sent, received)
  );
}

function hasAnswers(requests: readonly WireMessage[], responses: readonly WireMessage[]): boolean {
  return requests.every(
    ({ method, cseq }) =>
      method === undefined ||
      method === 'ACK' ||
      responses.some(
        ({ status = 0, cseq: of }) => status >= 200 && of.number === cseq.number && of.method === cseq.method,
      ),
  );
}
