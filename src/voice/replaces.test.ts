import { describe, expect, it } from 'vitest';
import { sipCallId } from '../kernel/ids.js';
import { namesDialog, parseReplaces } from './replaces.js';

const dialog = { callId: sipCallId('a@b'), localTag: 'us', remoteTag: 'them' };

describe('a Replaces header field', () => {
  it.each([
    ['as RFC 3891 has it', 'a@b;to-tag=us;from-tag=them', { toTag: 'us', fromTag: 'them', earlyOnly: false }],
    ['in any order, with spaces', ' a@b ; from-tag=them ; to-tag=us', { toTag: 'us', fromTag: 'them' }],
    ['for calls that ring', 'a@b;to-tag=us;from-tag=them;early-only', { earlyOnly: true }],
    ['with parameters that we do not know', 'a@b;x=1;to-tag=us;from-tag=them', { toTag: 'us' }],
  ])('is read %s', (_, field, expected) => {
    expect(parseReplaces(field)).toMatchObject({ callId: 'a@b', ...expected });
  });

  it.each([
    ['nothing', ''],
    ['no tags', 'a@b'],
    ['one tag', 'a@b;to-tag=us'],
    ['an empty tag', 'a@b;to-tag=;from-tag=them'],
    ['two dialogs', 'a@b;to-tag=us;from-tag=them,c@d;to-tag=1;from-tag=2'],
    ['no Call-ID', ';to-tag=us;from-tag=them'],
  ])('is refused with %s', (_, field) => {
    expect(parseReplaces(field)).toBeUndefined();
  });

  it.each([
    ['as we see it', { callId: dialog.callId, toTag: 'us', fromTag: 'them' }, true],
    ['as its sender sees it', { callId: dialog.callId, toTag: 'them', fromTag: 'us' }, true],
    ['with another tag', { callId: dialog.callId, toTag: 'us', fromTag: 'x' }, false],
    ['with another Call-ID', { callId: sipCallId('c'), toTag: 'us', fromTag: 'them' }, false],
  ])('names a dialog %s', (_, replaces, expected) => {
    expect(namesDialog(replaces, dialog)).toBe(expected);
  });
});
