/** Agents' pages as a list of what stands on them. */
import type { AgentDesk, ChatOffer } from '../../src/chat/conversation-runner.js';
import type { Refusal } from '../../src/chat/conversation-types.js';
import type { AgentId } from '../../src/kernel/ids.js';

export interface ScriptedDesk extends AgentDesk {
  /** Offers that stand now, oldest first. */
  readonly offers: ChatOffer[];
  readonly withdrawn: { readonly agent: AgentId; readonly why: string }[];
  readonly refused: { readonly agent: AgentId; readonly refusal: Refusal }[];
}

export function createChatDesk(): ScriptedDesk {
  const desk: ScriptedDesk = {
    offers: [],
    withdrawn: [],
    refused: [],
    offer: (offer) => void desk.offers.push(offer),
    withdraw({ agent, work, why }) {
      const at = desk.offers.findIndex((offer) => offer.agent === agent && offer.work === work);
      if (at >= 0) desk.offers.splice(at, 1);
      desk.withdrawn.push({ agent, why });
    },
    refuse: ({ agent, refusal }) => void desk.refused.push({ agent, refusal }),
  };
  return desk;
}
