import { expect, it, onTestFinished } from 'vitest';
import { startBusyChats } from '../../test/chat/http-chats.js';
import { buildHttp, TOKEN } from '../../test/support/http-bench.js';
import { runAgentLink } from './agent-link.js';

async function link(agent: string, token: string | undefined = TOKEN) {
  const chat = await startBusyChats();
  onTestFinished(() => chat.stop());
  const { server } = await buildHttp({ chat });
  const { host, port } = await server.listen();
  const url = `http://${host}:${port}`;
  const [out, err]: [string[], string[]] = [[], []];
  const terminal = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await runAgentLink({ agent, url, token }, terminal);
  return { code, out, err, url };
}

it('prints a link with a token that is good', async () => {
  const { code, out, url } = await link('ana');
  expect(code).toBe(0);
  const [page, token] = out.join('').split('#token=');
  expect(page).toBe(`${url}/agent`);
  const response = await fetch(`${url}/v1/agent`, { headers: { authorization: `Bearer ${token}` } });
  expect(await response.json()).toMatchObject({ agent: 'ana', isSupervisor: false });
});

it.each([
  ['an agent whom the site does not have', 'nobody', TOKEN, /no agent is called nobody/],
  ['a wrong token', 'ana', 'wrong', /send the API token/],
  ['no token', 'ana', '', /set SWITCHBOARD_TOKEN/],
])('says what is wrong with %s', async (_, agent, token, message) => {
  const { code, out, err } = await link(agent, token);
  expect([code, out]).toEqual([1, []]);
  expect(err.join()).toMatch(message);
});
