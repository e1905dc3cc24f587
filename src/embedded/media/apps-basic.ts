import { causeOf } from './causes.js';
import type { StartApp } from './application.js';

/** `answer`: calls are answered as they come. */
export const answer: StartApp = () => undefined;

/** `set name=value`; without a value the variable goes. */
export const set: StartApp = (channel, data) => {
  const equals = data.indexOf('=');
  const name = (equals < 0 ? data : data.slice(0, equals)).trim();
  const value = equals < 0 ? '' : data.slice(equals + 1).trim();
  if (value === '') channel.variables.delete(name);
  else channel.variables.set(name, value);
  return undefined;
};

/** `hangup [cause]`. */
export const hangup: StartApp = (channel, data) => {
  channel.hangUp(causeOf(data));
  return undefined;
};

/** `park`: does nothing until something else is asked for. */
export const park: StartApp = (channel) => {
  channel.tell('CHANNEL_PARK');
  return {
    takesCommands: true,
    pressed: () => undefined,
    stop: () => channel.tell('CHANNEL_UNPARK'),
  };
};

/** `sleep ms`; a key ends it. */
export const sleep: StartApp = (_channel, data, done) => {
  const ms = Number.parseInt(data, 10);
  if (!(ms > 0)) return undefined;
  const timer = setTimeout(() => done(), ms);
  return {
    takesCommands: true,
    broken: () => done(),
    keyWaits: () => done(),
    stop: () => clearTimeout(timer),
  };
};
