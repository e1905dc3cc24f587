/**
 * Does what a chat's `step` says and feeds what comes of it back, one input after the other.
 *
 * Everything of the chat hangs on its runner: its timers die with it.
 */
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { AgentId, WorkId } from '../kernel/ids.js';
import type { Logger } from '../kernel/logger.js';
import { Mailbox } from '../kernel/mailbox.js';
import { NamedTimers } from '../kernel/named-timers.js';
import { NotInCharge } from '../ledger/charges.js';
import { giveUp } from '../ledger/give-up.js';
import type { Ledger } from '../ledger/ledger.js';
import { step } from './conversation.js';
import type {
  ConversationCommand,
  ConversationState,
  MessageName,
  Refusal,
  Route,
  Timer,
  UntimedInput,
  WithdrawnBecause,
} from './conversation-types.js';

export interface ConversationRunner {
  readonly state: ConversationState;
  deliver(input: UntimedInput): void;
  /** Nothing more is done here; what is under way changes nothing. */
  drop(): void;
}

/** The pages of agents. */
export interface AgentDesk {
  offer(offer: ChatOffer): void;
  withdraw(withdrawal: { agent: AgentId; state: ConversationState; work: WorkId; why: WithdrawnBecause }): void;
  refuse(refusal: { agent: AgentId; state: ConversationState; refusal: Refusal }): void;
}

export interface ChatOffer {
  readonly agent: AgentId;
  readonly state: ConversationState;
  readonly work: WorkId;
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  /** The colleague who hands it over. */
  readonly from?: AgentId;
  readonly note?: string;
}

/** What is written into the chat on behalf of the site. */
export interface ChatWords {
  say(state: ConversationState, message: MessageName, about: { agent?: AgentId; place?: number }): void;
  /** For agents' eyes alone. */
  note(state: ConversationState, agent: AgentId, text: string): void;
}

export interface ConversationRunnerDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly log: Logger;
  readonly desk: AgentDesk;
  readonly words: ChatWords;
  /** Where it is to go by the rules as they are now. */
  findRoute(state: ConversationState): Promise<Route>;
  /** How long the ledger lets an offer stand before it takes it back by itself. Milliseconds. */
  readonly offerTtlMs: number;
  /** Told after every step that changed something. */
  onChanged(state: ConversationState, before: ConversationState): void;
  /** Told once, when nothing is left of it in memory. */
  onForgotten(state: ConversationState): void;
}

export function createConversationRunner(initial: ConversationState, deps: ConversationRunnerDeps): ConversationRunner {
  return new Runner(initial, deps);
}

class Runner implements ConversationRunner {
  #state: ConversationState;
  readonly #deps: ConversationRunnerDeps;
  readonly #log: Logger;
  readonly #mailbox = new Mailbox((input: UntimedInput) => this.#step(input));
  readonly #timers: NamedTimers<Timer>;
  #isDropped = false;

  constructor(initial: ConversationState, deps: ConversationRunnerDeps) {
    this.#state = initial;
    this.#deps = deps;
    this.#log = deps.log.child({ chat: initial.id });
    this.#timers = new NamedTimers(deps.clock, (timer) => this.deliver({ type: 'timer', timer }));
  }

  get state(): ConversationState {
    return this.#state;
  }

  deliver(input: UntimedInput): void {
    if (!this.#isDropped) this.#mailbox.deliver(input);
  }

  drop(): void {
    this.#isDropped = true;
    this.#timers.stop();
  }

  #step(input: UntimedInput): void {
    const before = this.#state;
    const result = step(before, { ...input, atMs: this.#deps.clock.now() });
    this.#state = result.state;
    for (const command of result.commands) this.#execute(command);
    if (result.state.phase.name === 'forgotten') this.#timers.stop();
    if (result.state !== before) this.#deps.onChanged(result.state, before);
  }

  #execute(command: ConversationCommand): void {
    const { desk, words, events } = this.#deps;
    const state = this.#state;
    switch (command.type) {
      case 'offer':
        return desk.offer({ ...command, state });
      case 'withdraw':
        return desk.withdraw({ ...command, state });
      case 'refuse':
        return desk.refuse({ ...command, state });
      case 'say':
        return words.say(state, command.message, command);
      case 'note':
        return words.note(state, command.agent, command.text);
      case 'set-timer':
        return this.#timers.set(command.timer, command.afterMs);
      case 'clear-timer':
        return this.#timers.clear(command.timer);
      case 'emit':
        return events.emit(command.event);
      case 'forget':
        return this.#deps.onForgotten(state);
      default:
        this.#perform(command).catch((error: unknown) => {
          if (this.#isDropped || error instanceof NotInCharge) return;
          this.#log.error({ err: error, command: command.type }, 'command failed');
          this.deliver({ type: 'failed' });
        });
    }
  }

  async #perform(command: Exclude<ConversationCommand, { type: HereAlone }>): Promise<void> {
    const { ledger } = this.#deps;
    switch (command.type) {
      case 'find-route': {
        this.deliver({ type: 'routed', route: await this.#deps.findRoute(this.#state) });
        return;
      }
      case 'ask-person':
      case 'line-up':
        return this.#askForRoom(command);
      case 'move': {
        const { work, queue } = command;
        this.deliver({ type: 'moved', work, result: await ledger.requeue({ work, queue }) });
        return;
      }
      case 'extend': {
        const { work, attempt } = command;
        const result = await ledger.extend({ work, attempt });
        if (result.type !== 'extended') return;
        const { agents, decision } = result;
        this.deliver({ type: 'offered', work, attempt, agents, decision });
        return;
      }
      case 'accept': {
        const { work, agent, attempt } = command;
        const result = await ledger.accept({ work, agent, attempt });
        this.deliver({ type: 'accept-decided', work, agent, attempt, result });
        return;
      }
      case 'decline': {
        const { work, agent, attempt, cause } = command;
        await ledger.decline({ work, agent, attempt, cause });
        return;
      }
      case 'give-up':
        return giveUp(command.work, ledger);
      case 'release': {
        const { work, wrapUpMs, talkMs } = command;
        await ledger.release({ work, wrapUpMs, talkMs });
      }
    }
  }

  async #askForRoom(command: Extract<ConversationCommand, { type: 'ask-person' | 'line-up' }>): Promise<void> {
    const { ledger, offerTtlMs } = this.#deps;
    const common = { work: command.work, channel: 'chat', offerTtlMs } as const;
    if (command.type === 'ask-person') {
      const { work, agent, as } = command;
      const result = await ledger.assign({ ...common, agent, as, ignorePresence: false });
      this.deliver({ type: 'asked', work, result });
      return;
    }
    const { work, queue, enqueuedAt, priority } = command;
    const result = await ledger.enqueue({ ...common, queue, enqueuedAt, priority });
    this.deliver({ type: 'lined-up', work, result });
  }
}

/** Commands that are done at once and bring no answer. */
type HereAlone = 'offer' | 'withdraw' | 'refuse' | 'say' | 'note' | 'set-timer' | 'clear-timer' | 'emit' | 'forget';
