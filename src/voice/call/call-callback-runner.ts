/** What one call asks of the site's book of call backs, and what comes of it. */
import type { Clock } from '../../kernel/clock.js';
import type { WorkId } from '../../kernel/ids.js';
import type { Logger } from '../../kernel/logger.js';
import type { CallbackBook } from '../../ledger/callback-book.js';
import type { CallCommand, UntimedInput } from './call-messages.js';

const callbackCommands = ['claim-callback', 'resume-callback', 'confirm-callback', 'drop-callback'] as const;

type CallbackCommand = Extract<CallCommand, { type: (typeof callbackCommands)[number] }>;

/** A caller who rings in is not kept out of the line for longer than that. Milliseconds. */
const LOOK_UP_MS = 1_000;

export function isCallbackCommand(command: CallCommand): command is CallbackCommand {
  return (callbackCommands as readonly string[]).includes(command.type);
}

export interface CallCallbacks {
  execute(command: CallbackCommand): void;
}

export function createCallCallbacks(deps: {
  readonly call: WorkId;
  readonly callbacks?: CallbackBook;
  readonly clock: Clock;
  readonly log: Logger;
  readonly deliver: (input: UntimedInput) => void;
}): CallCallbacks {
  const { call, callbacks: book, clock, log, deliver } = deps;

  async function perform(command: CallbackCommand, kept: CallbackBook): Promise<void> {
    switch (command.type) {
      case 'claim-callback': {
        const { callback } = command;
        const result = await kept.claim(callback);
        deliver({ type: 'callback-claimed', number: callback.number, isNew: result.type === 'claimed' });
        return;
      }
      case 'resume-callback': {
        const { queue, number } = command;
        const callback = await kept.resume({ queue, number, call });
        deliver({ type: 'callback-resumed', ...(callback === undefined ? {} : { callback }) });
        return;
      }
      case 'confirm-callback':
        deliver({ type: 'callback-confirmed', isKept: await kept.isKept(command.callback) });
        return;
      case 'drop-callback':
        return kept.drop({ queue: command.queue, number: command.number, call });
    }
  }

  /** Nobody is kept waiting for a store that is away, and who was told that they will be called is. */
  function without(command: CallbackCommand): void {
    if (command.type === 'resume-callback') deliver({ type: 'callback-resumed' });
    if (command.type === 'confirm-callback') deliver({ type: 'callback-confirmed', isKept: true });
  }

  return {
    execute(command) {
      if (book === undefined) {
        without(command);
        return;
      }
      let isAnswered = false;
      const cancel =
        command.type === 'resume-callback' || command.type === 'confirm-callback'
          ? clock.after(LOOK_UP_MS, () => {
              isAnswered = true;
              without(command);
            })
          : () => undefined;
      perform(command, book)
        .catch((error: unknown) => {
          log.warn({ err: error, command: command.type }, 'the book of call backs did not answer');
          if (!isAnswered) without(command);
        })
        .finally(cancel);
    },
  };
}
