import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signedHeaders } from './webhook-signature.js';

it('signs as the example of Standard Webhooks does', () => {
  const webhook = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' };
  expect(signedHeaders(webhook, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 1_614_265_330_999)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('takes a secret of any other kind as it is written', () => {
  const expected = createHmac('sha256', 'a secret').update('id.1.{}').digest('base64');
  expect(signedHeaders({ id: 'id', body: '{}' }, 'a secret', 1_000)['webhook-signature']).toBe(`v1,${expected}`);
});
