import { expect, it } from 'vitest';
import { createManualClock } from '../../../test/support/manual-clock.js';
import { sampleSite } from '../../../test/support/sample-site.js';
import { agentId } from '../../kernel/ids.js';
import type { Ledger } from '../../ledger/ledger.js';
import { createSignIn } from './sign-in.js';

const ana = agentId('ana');

function setup(signOutAfterMs: number, signIn: 'on_register' | 'manual' = 'on_register') {
  const site = sampleSite();
  const config = { ...site, site: { ...site.site, signOutAfterMs, signIn } };
  const told: string[] = [];
  const registered = new Set<string>();
  const clock = createManualClock();
  const ledger: Pick<Ledger, 'setReachable' | 'setPresence'> = {
    async setReachable({ reachable }) {
      told.push(reachable ? 'reachable' : 'not reachable');
    },
    async setPresence({ presence, onlyFrom }) {
      told.push(onlyFrom === undefined ? presence.state : `${presence.state} if ${onlyFrom.join()}`);
      return { type: 'unchanged', presence };
    },
  };
  const sign = createSignIn({
    config: () => config,
    ledger: ledger as Ledger,
    clock,
    contacts: () => ({
      contactsOf: (username) => (registered.has(username) ? [{ uri: 'sip:x@127.0.0.1' }] : []),
      ownerOf: () => undefined,
    }),
    onError: (error) => expect.fail(String(error)),
  });
  return { sign, told, clock, registered };
}

it('makes who registers available, and offline when the last phone has been gone for long enough', async () => {
  const { sign, told, clock } = setup(10_000);
  sign.registrationChanged(ana, true);
  await clock.turn(0);
  sign.registrationChanged(ana, false);
  await clock.turn(0);
  await clock.turn(9_999);
  expect(told, 'no calls from the first moment').toEqual(['reachable', 'available if offline', 'not reachable']);
  await clock.turn(1);
  expect(told.slice(3)).toEqual(['offline']);
});

it('leaves presence alone when a phone is back in time, here or with another controller', async () => {
  const { sign, told, clock, registered } = setup(10_000);
  sign.registrationChanged(ana, false);
  await clock.turn(5_000);
  sign.registrationChanged(ana, true);
  await clock.turn(20_000);
  expect(told).toEqual(['not reachable', 'reachable', 'available if offline']);
  sign.registrationChanged(ana, false);
  registered.add('ana-desk');
  await clock.turn(20_000);
  expect(told.slice(3)).toEqual(['not reachable']);
});

it('signs out at once where that is wanted, and nobody on sites with `sign_in: manual` or after it has stopped', async () => {
  const atOnce = setup(0);
  atOnce.sign.registrationChanged(ana, false);
  await atOnce.clock.turn(0);
  expect(atOnce.told).toEqual(['not reachable', 'offline']);
  const manual = setup(1_000, 'manual');
  manual.sign.registrationChanged(ana, false);
  await manual.clock.turn(5_000);
  expect(manual.told).toEqual(['not reachable']);
  const stopped = setup(1_000);
  stopped.sign.registrationChanged(ana, false);
  await stopped.clock.turn(0);
  stopped.sign.stop();
  expect(stopped.clock.pending()).toBe(0);
});
