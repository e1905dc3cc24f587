/** Starts what is measured, each in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchMedia } from './bench-site.js';
import type { FromChild, Joins, SipAddress } from './child.js';

export interface Subject {
  readonly name: 'switchboard' | 'bare B2BUA';
  readonly pid: number;
  readonly sip: readonly SipAddress[];
  vitals(): Promise<{ heapBytes: number; calls: number }>;
  joins(): Promise<Joins>;
  stop(): Promise<void>;
}

/** @param control `embedded` or `HOST:PORT:SECRET` */
export function startBareB2bua(control: string, phones: { host: string; port: number }): Promise<Subject> {
  return start('bare B2BUA', 'bare-b2bua.js', [control, `${phones.host}:${phones.port}`]);
}

export function startSwitchboardProcess(control: string, media?: BenchMedia): Promise<Subject> {
  return start('switchboard', 'switchboard-process.js', [
    control,
    ...(media === undefined ? [] : [JSON.stringify(media)]),
  ]);
}

async function start(name: Subject['name'], file: string, args: readonly string[]): Promise<Subject> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const next = async <Type extends FromChild['type']>(type: Type) => {
    const message = await Promise.race([
      once(child, 'message').then(([each]) => each as FromChild),
      exited.then(() => undefined),
    ]);
    if (message?.type !== type) throw new Error(`${name} ended or said something else than ${type}`);
    return message as Extract<FromChild, { type: Type }>;
  };
  const { sip } = await next('ready');
  return {
    name,
    pid: child.pid ?? -1,
    sip,
    vitals() {
      child.send({ type: 'vitals' });
      return next('vitals');
    },
    joins() {
      child.send({ type: 'joins' });
      return next('joins');
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
