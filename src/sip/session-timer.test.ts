import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../../test/support/manual-clock.js';
import { createSessionTimer, longerSessionHeaders, sessionRefusalOf, sessionRequestHeaders } from './session-timer.js';
import { createTimers } from './timers.js';

const settings = { expiresMs: 1_800_000, minSeMs: 90_000 };

describe('the session timer', () => {
  let clock: ManualClock;
  let done: string[];
  const create = (config = settings) => {
    const note = (what: string) => () => void done.push(`${what} at ${(clock.now() - 1_700_000_000_000) / 1000}`);
    return createSessionTimer(config, createTimers(clock).scope(), {
      refresh: note('refresh'),
      probe: note('probe'),
      expired: note('expired'),
    });
  };

  beforeEach(() => {
    clock = createManualClock();
    done = [];
  });

  it.each([
    ['refreshes a little before half the interval', '1800;refresher=uac', 1800, ['refresh at 893', 'expired at 1800']],
    ['refreshes when the answer names nobody', '180', 180, ['refresh at 83', 'expired at 180']],
    ['never waits less than a third', '90;refresher=uac', 90, ['refresh at 38', 'expired at 90']],
    [
      'hangs up 32 s before the end of a session that is the peer’s to refresh',
      '1800;refresher=uas',
      1800,
      ['expired at 1768'],
    ],
    ['hangs up a third before the end of a short one', '90;refresher=uas', 90, ['expired at 60']],
    ['asks a peer without timers', undefined, 1000, ['probe at 900']],
  ])('%s', async (_, answer, seconds, expected) => {
    create().onAccepted(answer === undefined ? {} : { 'session-expires': answer });
    await clock.turn(seconds * 1000);
    expect(done).toEqual(expected);
  });

  it.each([
    [
      'leaves the work to a caller who wants it',
      { 'session-expires': '120;refresher=uac' },
      '120;refresher=uac',
      'them',
    ],
    ['takes the work from a caller who says so', { x: '120 ; refresher = uas' }, '120;refresher=uas', 'us'],
    ['takes the work when the choice is ours', { 'session-expires': '120' }, '120;refresher=uas', 'us'],
    ['shortens an interval that is longer than ours', { 'session-expires': '7200' }, '1800;refresher=uas', 'us'],
    [
      'keeps to the least that a proxy on the way allows',
      { 'session-expires': '7200', 'min-se': '3600' },
      '3600;refresher=uas',
      'us',
    ],
    ['brings a timer in where the caller knows of them', {}, '1800;refresher=uas', 'us'],
  ])('as callee %s', async (_, asked, expected, refresher) => {
    const timer = create();
    expect(timer.accept({ supported: 'replaces, timer', ...asked })).toEqual({
      'Session-Expires': expected,
      Require: 'timer',
    });
    await clock.turn(3_600_000);
    expect(done.some((what) => what.startsWith('refresh'))).toBe(refresher === 'us');
  });

  it('asks nothing of a caller who knows no timers', () => {
    expect(create().accept({})).toEqual({});
  });

  it('swaps sides, as the server does, when a refresh that names nobody comes while we are the refresher', () => {
    const timer = create();
    timer.onAccepted({ 'session-expires': '1800;refresher=uac' });
    expect(timer.accept({ supported: 'timer', 'session-expires': '1800' })).toMatchObject({
      'Session-Expires': '1800;refresher=uac',
    });
    expect(timer.requestHeaders()['Session-Expires']).toBe('1800;refresher=uas');
  });

  it('takes over a longer interval once', () => {
    const timer = create();
    expect(timer.onTooSmall({ 'min-se': '3600' })).toBe(true);
    expect(timer.requestHeaders()).toEqual({ 'Session-Expires': '3600;refresher=uac', 'Min-SE': '3600' });
    expect(timer.onTooSmall({ 'min-se': '3600' })).toBe(false);
    expect(timer.onTooSmall({})).toBe(false);
  });

  it('asks for nothing where timers are turned off, and keeps to what the peer asks for', async () => {
    const timer = create({ expiresMs: 0, minSeMs: 90_000 });
    timer.onAccepted({});
    expect(timer.accept({ supported: 'timer' })).toEqual({});
    expect(timer.requestHeaders()).toEqual({});
    await clock.turn(10_000_000);
    expect(done).toEqual([]);
    expect(timer.accept({ supported: 'timer', 'session-expires': '3600;refresher=uac' })).toEqual({
      'Session-Expires': '3600;refresher=uac',
      Require: 'timer',
    });
  });
});

describe('the INVITE that begins a session', () => {
  it('offers to refresh it', () => {
    expect(sessionRequestHeaders(settings)).toEqual({ 'Session-Expires': '1800;refresher=uac' });
    expect(sessionRequestHeaders({ expiresMs: 60_000, minSeMs: 120_000 })).toEqual({
      'Session-Expires': '120;refresher=uac',
      'Min-SE': '120',
    });
    expect(sessionRequestHeaders({ expiresMs: 0, minSeMs: 0 })).toEqual({});
  });

  it.each([
    [{ 'min-se': '3600' }, { 'Session-Expires': '3600;refresher=uac', 'Min-SE': '3600' }],
    [{ 'min-se': '1800' }, undefined],
    [{ 'min-se': '999999999' }, undefined],
    [{}, undefined],
  ])('after a 422 with %o', (headers, expected) => {
    expect(longerSessionHeaders(settings, headers)).toEqual(expected);
  });

  it.each([
    [{ supported: 'timer', 'session-expires': '80' }, 90],
    [{ supported: 'timer', 'session-expires': '90' }, undefined],
    [{ 'session-expires': '80' }, undefined],
    [{ supported: 'timer', 'session-expires': 'soon' }, undefined],
  ])('is refused for %o with %s', (headers, expected) => {
    expect(sessionRefusalOf(settings, headers)).toBe(expected);
  });
});
