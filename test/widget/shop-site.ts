/** A whole Switchboard that takes chats, a network in front of it that can be cut, and the page of a shop that has its widget. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSite } from '../e2e/running-site.js';
import { siteYaml, sipDevice } from '../e2e/site.js';
import { availableSipServers } from '../support/sip-servers.js';
import { openGate, type Gate } from './gate.js';

export interface ShopSite {
  /** Of the shop's page; the controller is another one. */
  readonly shop: string;
  /** Of the controller, through the gate. */
  readonly controller: string;
  readonly gate: Gate;
  /** For an agent's page. */
  token(agent: string): Promise<string>;
  /** Of an agent's socket, past the gate. */
  agentUrl(agent: string): Promise<string>;
  setPresence(agent: string, presence: 'available' | 'offline'): Promise<void>;
  /** How much agents hold in the ledger. */
  holds(): Promise<number>;
  stop(): Promise<void>;
}

const TOKEN = 'a-token-for-tests';
const [sipServer] = availableSipServers();

const replies = [
  { shortcut: 'hi', text: { en: 'Hello, this is {agent} of {department}.', es: 'Hola, soy {agent}.' } },
  { shortcut: 'price', text: 'All prices are on the page.' },
];

function siteWith(origins: readonly string[]): string {
  const named = (name: string, user: string) => ({ name, devices: { phone: sipDevice(user) } });
  const base = siteYaml({
    agents: { ana: named('Ana', 'ana'), ben: named('Ben', 'ben'), eva: named('Eva', 'eva') },
    teams: { desk: { agents: ['ana', 'ben'], supervisors: ['eva'] } },
  });
  const support = { name: 'Support', members: [{ team: 'desk' }, 'eva'], offer_timeout: '20s' };
  const departments = { support, billing: { name: 'Billing', members: ['ben'] } };
  const chat = { token_secret: 'example-secret', origins, departments, replies, widget_demo: true };
  return `${base}chat: ${JSON.stringify(chat)}\n`;
}

/** @param tag further attributes of the script tag */
export async function startShopSite(tag: () => string): Promise<ShopSite> {
  let port = 0;
  const gate = await openGate(() => port);
  const controller = `http://127.0.0.1:${gate.port}`;
  const shop = await startShop(controller, tag);
  const site = await startSite({ server: sipServer!, yaml: siteWith([shop.origin, controller]) });
  ({ port } = site.switchboard.http);
  const api = `http://127.0.0.1:${port}/v1`;
  async function ask(method: string, path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const response = await fetch(`${api}/${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  }
  const token = async (agent: string): Promise<string> =>
    String((await ask('POST', `agents/${agent}/chat-token`, {})).token);
  return {
    shop: shop.origin,
    controller,
    gate,
    token,
    agentUrl: async (agent) => `ws://127.0.0.1:${port}/v1/agent?access_token=${await token(agent)}`,
    async setPresence(agent, presence) {
      await ask('PUT', `agents/${agent}/presence`, { presence });
    },
    holds: async () => (await site.switchboard.activity()).holds,
    async stop() {
      await gate.close();
      await site.stop();
      await shop.close();
    },
  };
}

/** As strict as a site may be: nothing inline, nothing evaluated, no style but what a script makes. */
function policyFor(controller: string): string {
  const socket = controller.replace('http', 'ws');
  return `default-src 'none'; script-src ${controller}; connect-src ${socket}; img-src data:; base-uri 'none'`;
}

async function startShop(controller: string, tag: () => string): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-security-policy', policyFor(controller));
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A shop</title><link rel="icon" href="data:,"><script async src="${controller}/widget.js" ${tag()}></script>
<h1>A shop</h1><p>Things to buy.</p><a href="#more">More</a></html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
