import { randomUUID } from 'node:crypto';
import type { AppChannel, Execution, RunningApp, StartApp } from './application.js';

export interface AppStackOptions {
  readonly channel: AppChannel;
  readonly app: (name: string) => StartApp | undefined;
  readonly nowMs: () => number;
  /** What runs has changed. */
  readonly changed: () => void;
  /** The last application of the extension is over. */
  readonly exhausted: () => void;
}

interface Running {
  readonly execution: Execution;
  readonly app: RunningApp;
  /** Ends it from outside. */
  readonly stop: () => void;
}

/** A command that has ended sooner is not repeated (switch_ivr_parse_event). */
const MIN_LOOP_MS = 500;

/**
 * The applications of a channel: an *extension*, run from first to last, and commands (`sendmsg`, `uuid_broadcast`) that run on top of
 * the application that is running, which goes on when they are done.
 */
export class AppStack {
  private readonly running: Running[] = [];
  private extension: Execution[] = [];
  private readonly commands: Execution[] = [];
  private isPumping = false;

  constructor(private readonly options: AppStackOptions) {}

  /** The application that runs on top of all others. */
  get top(): RunningApp | undefined {
    return this.running[this.running.length - 1]?.app;
  }

  /** Ends what runs and runs these applications. */
  run(extension: readonly Execution[]): void {
    this.unwind();
    this.extension = [...extension];
    this.advance();
  }

  /** Queues a command. */
  execute(command: Execution): void {
    this.commands.push(command);
    this.pump();
  }

  /** Drops commands that wait. */
  dropCommands(): void {
    this.commands.length = 0;
  }

  /** `uuid_break`. It ends a whole nest of commands. */
  breakOff(): void {
    for (const { app } of [...this.running].reverse()) app.broken?.();
  }

  /** Ends everything, the innermost first, and forgets what would have come. */
  unwind(): void {
    this.extension = [];
    while (this.running.length > 0) this.running.pop()?.stop();
  }

  /** Carries out commands as far as what runs allows. */
  pump(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    while (this.options.channel.isUp && this.commands.length > 0 && this.mayCommand()) {
      const command = this.commands.shift();
      if (command !== undefined) this.carryOut(command, 1);
    }
    this.isPumping = false;
  }

  private mayCommand(): boolean {
    if (this.running.some(({ execution }) => execution.isLocking === true)) return false;
    return this.top?.takesCommands ?? this.options.channel.partner !== undefined;
  }

  private carryOut(command: Execution, round: number): void {
    const { nowMs, channel } = this.options;
    const startedAt = nowMs();
    const loops = command.loops ?? 1;
    this.start(command, () => {
      const isShort = nowMs() - startedAt < MIN_LOOP_MS;
      if (channel.isUp && !isShort && (loops < 0 || round < loops)) this.carryOut(command, round + 1);
    });
  }

  private advance(): void {
    const next = this.extension.shift();
    if (next !== undefined) this.start(next, () => this.advance());
    else if (this.options.channel.isUp) this.options.exhausted();
  }

  /** Runs an application; `next` is called when it has ended by itself. */
  private start(execution: Execution, next: () => void): void {
    const { channel } = this.options;
    const { app: name, data, uuid = randomUUID() } = execution;
    const startApp = this.options.app(name);
    if (startApp === undefined) return next();
    channel.variables.set('current_application', name);
    if (data !== '') channel.variables.set('current_application_data', data);
    const about = [
      ['Application', name],
      ['Application-Data', data],
    ] as const;
    channel.tell('CHANNEL_EXECUTE', ...about, ['Application-UUID', uuid]);
    const ended = (response = '_none_'): void => {
      channel.tell(
        'CHANNEL_EXECUTE_COMPLETE',
        ...about,
        ['Application-Response', response],
        ['Application-UUID', uuid],
      );
    };
    // Set when it ends while it is still being started.
    let early: { readonly response: string | undefined } | undefined;
    let finish: (response?: string) => void = (response) => (early ??= { response });
    const app = startApp(channel, data, (response) => finish(response));
    if (app === undefined || early !== undefined || !channel.isUp) {
      app?.stop();
      ended(early?.response);
      return next();
    }
    const running: Running = {
      execution,
      app,
      stop: () => {
        finish = () => undefined;
        app.stop();
        ended();
      },
    };
    finish = (response) => {
      finish = () => undefined;
      this.running.splice(this.running.indexOf(running), 1);
      app.stop();
      ended(response);
      next();
      this.options.changed();
      this.pump();
    };
    this.running.push(running);
    this.options.changed();
    this.pump();
  }
}
