/** Everything that the voice side keeps of a number, gone (Regulation (EU) 2016/679, article 17). */
import type { FastifyInstance } from 'fastify';

import type { Logger } from '../kernel/logger.js';
import { isSameNumber } from '../voice/recordings/note-files.js';
import type { CallbackKeeper } from '../voice/callback-keeper.js';
import type { RecordingStore } from '../voice/recordings/recording-store.js';
import type { VoicemailStore } from '../voice/recordings/voicemail-store.js';
import { sendError } from './api-error.js';

interface ErasureOptions {
  readonly callbacks: Pick<CallbackKeeper, 'list' | 'cancel'>;
  readonly recordings: Pick<RecordingStore, 'erase'>;
  readonly voicemails: Pick<VoicemailStore, 'erase'>;
  readonly log: Logger;
}

export function addErasureRoute(api: FastifyInstance, options: ErasureOptions): void {
  const { callbacks, recordings, voicemails, log } = options;
  api.delete<{ Params: { id: string } }>('/callers/:id', async (request, reply) => {
    const { id: number } = request.params;
    if (!/^[\w.+-]{1,64}$/.test(number)) return sendError(reply, 400, 'bad-request', 'that is nobody who could call');
    let cancelled = 0;
    for (const { call, number: waiting } of await callbacks.list()) {
      if (isSameNumber(waiting, number) && (await callbacks.cancel(call))) cancelled += 1;
    }
    const erased = {
      recordings: await recordings.erase(number),
      messages: await voicemails.erase(number),
      callbacks: cancelled,
    };
    // Not whom: the log would keep what is to be forgotten.
    log.info({ erased }, 'what was kept of a number was erased');
    return { erased };
  });
}
