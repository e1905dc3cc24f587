/** A key that a party has pressed, however it came: RFC 4733 by its place, or SIP INFO on its leg. */
import type { LegId } from '../kernel/ids.js';
import type { Draft } from './call-draft.js';
import { goOn } from './call-destination.js';
import { menuKeyPressed } from './call-menu.js';
import { spyKeyPressed } from './call-spy.js';
import { confirmKeyPressed } from './call-offers.js';

export function keyPressed(draft: Draft, leg: LegId | undefined, digit: string): void {
  if (leg === undefined) return;
  if (draft.state.legs.get(leg)?.state.name === 'confirming') return confirmKeyPressed(draft, leg, digit);
  if (leg !== draft.state.caller.leg) return;
  menuKeyPressed(draft, digit, goOn);
  spyKeyPressed(draft, digit);
}
