import { expect, it } from 'vitest';

import { exposureOf } from './site-sip-server.js';

const secrets = ['config/agents.yaml:20', 'config/trunks.yaml:17'];

it.each([
  ['this machine alone', ['sip:127.0.0.1:5060;transport=udp', 'sip:[::1]:5060;transport=tcp'], secrets],
  ['the network, with secrets of its own', ['sip:192.0.2.1:5060;transport=udp'], []],
])('lets a SIP server listen on %s', (_, localUris, exampleSecrets) => {
  expect(exposureOf(localUris, exampleSecrets)).toBeUndefined();
});

it.each([
  ['sip:192.0.2.1:5060;transport=udp', 'udp:192.0.2.1:5060'],
  ['sip:[2001:db8::1]:5062;transport=tcp', 'tcp:2001:db8::1:5062'],
  ['sip:0.0.0.0:5060;transport=udp', 'udp:0.0.0.0:5060'],
])('refuses %s while example secrets are in use, and names each of them', (open, where) => {
  const problem = exposureOf(['sip:127.0.0.1:5060;transport=udp', open], secrets);
  expect(problem).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(problem?.message).toContain(where);
  for (const secret of secrets) expect(problem?.message).toContain(secret);
});
