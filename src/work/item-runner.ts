/**
 * Does what an item's `step` says and feeds what comes of it back, one input after the other.
 *
 * Everything of the item hangs on its runner: its timers die with it, and whoever has asked is answered.
 */
import type { Clock } from '../kernel/clock.js';
import type { EventStream } from '../kernel/event-stream.js';
import type { Logger } from '../kernel/logger.js';
import { Mailbox } from '../kernel/mailbox.js';
import { NamedTimers } from '../kernel/named-timers.js';
import { giveUp } from '../ledger/give-up.js';
import type { Ledger } from '../ledger/ledger.js';
import { step } from './item.js';
import type { Answer, ItemAct, ItemCommand, ItemState, Timer, UntimedInput } from './item-types.js';
import { workOf } from './work-names.js';

export interface ItemRunner {
  readonly state: ItemState;
  deliver(input: UntimedInput): void;
  /** Resolves when it stands in line, or has ended. */
  start(): Promise<void>;
  /** Answers once the ledger has decided, where it has to. `undefined`: another controller has it by now. */
  ask(act: ItemAct): Promise<Answer | undefined>;
  /** Another controller has it: nothing is given back. */
  drop(): void;
}

export interface ItemRunnerDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: EventStream;
  readonly log: Logger;
  /** Whether what was last said of the item has not reached the other system. */
  isUntold(state: ItemState): boolean;
  /** Told after every step that changed something. */
  onChanged(state: ItemState): void;
}

/** So long after the item's own timer the ledger takes an offer back by itself. Milliseconds. */
const OFFER_NET_MS = 30_000;

export function offerTtlMs({ line }: ItemState): number {
  return line.offerTimeoutMs + OFFER_NET_MS;
}

export function createItemRunner(initial: ItemState, deps: ItemRunnerDeps): ItemRunner {
  return new Runner(initial, deps);
}

class Runner implements ItemRunner {
  #state: ItemState;
  readonly #deps: ItemRunnerDeps;
  readonly #log: Logger;
  readonly #mailbox = new Mailbox((input: UntimedInput) => this.#step(input));
  readonly #timers: NamedTimers<Timer>;
  readonly #asks = new Map<number, (answer: Answer | undefined) => void>();
  #lastAsk = 0;
  #isDropped = false;

  constructor(initial: ItemState, deps: ItemRunnerDeps) {
    this.#state = initial;
    this.#deps = deps;
    this.#log = deps.log.child({ item: initial.id });
    this.#timers = new NamedTimers(deps.clock, (timer) => {
      this.deliver({ type: 'timer', timer, isUntold: deps.isUntold(this.#state) });
    });
  }

  get state(): ItemState {
    return this.#state;
  }

  deliver(input: UntimedInput): void {
    if (!this.#isDropped) this.#mailbox.deliver(input);
  }

  async start(): Promise<void> {
    await this.#asked((ask) => ({ type: 'started', ask }));
  }

  ask(act: ItemAct): Promise<Answer | undefined> {
    return this.#asked((ask) => ({ ...act, ask }));
  }

  drop(): void {
    this.#isDropped = true;
    this.#timers.stop();
    this.#answerAll(undefined);
  }

  #asked(inputFor: (ask: number) => UntimedInput): Promise<Answer | undefined> {
    if (this.#isDropped) return Promise.resolve(undefined);
    const ask = (this.#lastAsk += 1);
    return new Promise((resolve) => {
      this.#asks.set(ask, resolve);
      this.deliver(inputFor(ask));
    });
  }

  #step(input: UntimedInput): void {
    const before = this.#state;
    const result = step(before, { ...input, atMs: this.#deps.clock.now() });
    this.#state = result.state;
    for (const command of result.commands) this.#execute(command);
    if (result.state !== before) this.#deps.onChanged(result.state);
    if (result.state.phase.name !== 'ended') return;
    this.#timers.stop();
    this.#answerAll({ type: 'refused', why: 'over' });
  }

  #answerAll(answer: Answer | undefined): void {
    for (const resolve of this.#asks.values()) resolve(answer);
    this.#asks.clear();
  }

  #execute(command: ItemCommand): void {
    switch (command.type) {
      case 'set-timer':
        return this.#timers.set(command.timer, command.afterMs);
      case 'clear-timer':
        return this.#timers.clear(command.timer);
      case 'emit':
        return this.#deps.events.emit(command.event);
      case 'answer':
        this.#asks.get(command.ask)?.(command.answer);
        this.#asks.delete(command.ask);
        return;
      default:
        this.#perform(command).catch((error: unknown) => {
          this.#log.error({ err: error, command: command.type }, 'command failed');
          this.deliver({ type: 'failed' });
        });
    }
  }

  async #perform(
    command: Exclude<ItemCommand, { type: 'set-timer' | 'clear-timer' | 'emit' | 'answer' }>,
  ): Promise<void> {
    const { ledger } = this.#deps;
    const work = workOf(this.#state.id);
    switch (command.type) {
      case 'line-up': {
        const { ask, rules, enqueuedAt, priority } = command;
        const { queue, channel } = rules;
        const ttl = offerTtlMs(this.#state);
        const result = await ledger.enqueue({ work, channel, queue, enqueuedAt, priority, offerTtlMs: ttl });
        this.deliver({ type: 'lined-up', result, ...(ask === undefined ? {} : { ask }) });
        return;
      }
      case 'move':
        this.deliver({ type: 'moved', result: await ledger.requeue({ work, queue: command.queue }) });
        return;
      case 'extend': {
        const { attempt } = command;
        const result = await ledger.extend({ work, attempt });
        if (result.type !== 'extended') return;
        const { agents, decision } = result;
        this.deliver({ type: 'offered', attempt, agents, decision });
        return;
      }
      case 'accept': {
        const { agent, attempt } = command;
        this.deliver({ type: 'accept-decided', agent, attempt, result: await ledger.accept({ work, agent, attempt }) });
        return;
      }
      case 'decline': {
        const { agent, attempt, cause } = command;
        await ledger.decline({ work, agent, attempt, cause });
        return;
      }
      case 'give-up':
        return giveUp(work, ledger);
      case 'release': {
        const { wrapUpMs, talkMs } = command;
        await ledger.release({ work, wrapUpMs, talkMs });
      }
    }
  }
}
