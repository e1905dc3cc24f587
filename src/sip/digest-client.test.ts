import { describe, expect, it } from 'vitest';
import { createDigestClients } from './digest-client.js';

/** RFC 7616 §3.9.1, whose request is an HTTP one; nothing but the method and the URI tells. */
const rfc7616 = {
  credentials: { username: 'Mufasa', password: 'Circle of Life' },
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  challenge: (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
};

const ask = { method: 'GET', uri: '/dir/index.html', status: 401 } as const;

describe('the answer to a challenge', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('is that of RFC 7616 for %s', (algorithm, response) => {
    const client = createDigestClients(rfc7616.credentials, () => rfc7616.cnonce)();
    const answer = client.answer({ ...ask, headers: { 'www-authenticate': rfc7616.challenge(algorithm) } });
    expect(answer?.Authorization).toContain(`response="${response}"`);
    expect(answer?.Authorization).toContain(`algorithm=${algorithm}`);
    expect(answer?.Authorization).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
    expect(answer?.Authorization).toContain('qop=auth, nc=00000001');
  });

  it('goes without qop where none is offered (RFC 2069)', () => {
    const client = createDigestClients({ username: 'u', password: 'p' })();
    const answer = client.answer({
      ...ask,
      status: 407,
      headers: { 'proxy-authenticate': 'Digest realm="r",nonce="n"' },
    });
    expect(answer?.['Proxy-Authorization']).toMatch(/response="[0-9a-f]{32}"$/);
  });

  it.each([
    [
      'the strongest, wherever it stands',
      'Digest realm="r",nonce="1",algorithm=MD5,Digest realm="r",nonce="2",algorithm=SHA-256',
      'nonce="2"',
    ],
    [
      'one that we can compute',
      'Digest realm="r",nonce="1",algorithm=SHA-512-256,Digest realm="r",nonce="2"',
      'nonce="2"',
    ],
    ['another scheme than Digest not at all', 'Basic realm="x", DIGEST realm="r", nonce="3"', 'nonce="3"'],
  ])('takes %s', (_, field, expected) => {
    const answer = createDigestClients({ username: 'u', password: 'p' })().answer({
      ...ask,
      headers: { 'www-authenticate': field },
    });
    expect(answer?.Authorization).toContain(expected);
  });

  it.each([
    ['none at all', undefined],
    ['only algorithms that we do not know', 'Digest realm="r",nonce="1",algorithm=MD5-sess'],
    ['only qop=auth-int', 'Digest realm="r",nonce="1",qop="auth-int"'],
    ['no nonce', 'Digest realm="r"'],
    ['nonsense', ',,=;"'],
  ])('is none to %s', (_, field) => {
    const headers = field === undefined ? {} : { 'www-authenticate': field };
    expect(createDigestClients({ username: 'u', password: 'p' })().answer({ ...ask, headers })).toBeUndefined();
  });

  it('cannot break out of its header field', () => {
    const client = createDigestClients({ username: 'a"\r\nEvil: 1', password: 'p' })();
    const answer = client.answer({ ...ask, headers: { 'www-authenticate': 'Digest realm="r",nonce="1"' } });
    expect(answer?.Authorization).toContain('username="a\\" Evil: 1"');
  });
});

describe('a second challenge', () => {
  const second = (first: string, next: string) => {
    const client = createDigestClients({ username: 'u', password: 'p' })();
    client.answer({ ...ask, headers: { 'www-authenticate': first } });
    return client.answer({ ...ask, headers: { 'www-authenticate': next } });
  };

  it.each([
    ['answered when the nonce was stale', 'Digest realm="r",nonce="2",stale=TRUE', true],
    ['not answered when the credentials were refused', 'Digest realm="r",nonce="2"', false],
    ['never answered for the same nonce', 'Digest realm="r",nonce="1",stale=true', false],
  ])('is %s', (_, next, isAnswered) => {
    expect(second('Digest realm="r",nonce="1"', next) !== undefined).toBe(isAnswered);
  });

  it('of another request in the dialog is answered', () => {
    const newDigest = createDigestClients({ username: 'u', password: 'p' });
    const answerTo = (nonce: string) =>
      newDigest().answer({ ...ask, headers: { 'www-authenticate': `Digest realm="r",nonce="${nonce}",qop="auth"` } });
    expect(answerTo('1')?.Authorization).toContain('nc=00000001');
    expect(answerTo('2')?.Authorization).toContain('nc=00000001');
    expect(answerTo('1')?.Authorization).toContain('nc=00000002');
  });
});
