import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld } from './media-world.js';
import { RtpPhone } from './rtp-phone.js';

describe.each(availableMediaServers())('calls to the $name media server', (server) => {
  const world = new MediaWorld(server);

  it('answers an offer and parks the caller', async () => {
    const call = await world.call({ headers: { 'X-Place': 'abc' } });
    expect(call.sdp).toMatch(/^m=audio \d+ RTP\/AVP 0 101\r$/m);
    expect(call.sdp).toMatch(/^a=rtpmap:101 telephone-event\/8000\r$/m);
    const port = Number(/^m=audio (\d+)/m.exec(call.sdp)?.[1]);
    expect(port % 2).toBe(0);
    expect(await world.esl.api(`uuid_exists ${call.uuid}`)).toBe('true');
    expect(await world.esl.api(`uuid_getvar ${call.uuid} sip_h_X-Place`)).toBe('abc');
    expect(await world.esl.api(`uuid_getvar ${call.uuid} sip_call_id`)).toBe(call.uuid);
    expect(await world.esl.api(`uuid_getvar ${call.uuid} nothing`)).toBe('_undef_');
  });

  it('tells the life of a call in its order', async () => {
    const call = await world.call();
    await call.hangUp();
    const end = await world.esl.event('CHANNEL_HANGUP_COMPLETE', { 'Unique-ID': call.uuid });
    expect(end.headers.get('Hangup-Cause')).toBe('NORMAL_CLEARING');
    await world.esl.event('CHANNEL_DESTROY', { 'Unique-ID': call.uuid });
    const told = ['CHANNEL_CREATE', 'CHANNEL_ANSWER', 'CHANNEL_HANGUP'];
    expect(world.esl.namesOf(call.uuid).filter((name) => told.includes(name))).toEqual(told);
    expect(await world.esl.api(`uuid_exists ${call.uuid}`)).toBe('false');
  });

  it('writes the headers of a channel into its events', async () => {
    const call = await world.call({ headers: { 'X-Place': 'a b%ü' } });
    const { headers } = await world.esl.event('CHANNEL_ANSWER', { 'Unique-ID': call.uuid });
    expect(Object.fromEntries(headers)).toMatchObject({
      'Event-Name': 'CHANNEL_ANSWER',
      'Answer-State': 'answered',
      'Call-Direction': 'inbound',
      'Caller-Caller-ID-Number': 'caller',
      'Caller-Destination-Number': 'park',
      'Caller-Unique-ID': call.uuid,
      'variable_sip_h_X-Place': 'a b%ü',
      variable_sip_call_id: call.uuid,
    });
  });

  it('offers when the INVITE brings no offer, and parks the call when the answer comes', async () => {
    const call = await world.lateCall((phone) => phone.sdp());
    expect(call.sdp).toMatch(/^m=audio \d+ RTP\/AVP 0 8 101/m);
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await call.rtp.hears(440);
  });

  it('lets a call begin without sound and sends it when the party has come', async () => {
    const call = await world.lateCall((phone) => phone.sdp('inactive'));
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    call.rtp.mute();
    const answer = await call.reinvite(call.rtp.sdp());
    expect(answer).toMatch(/^a=sendrecv\r$|^(?!.*a=(inactive|recvonly|sendonly))/ms);
    call.rtp.sendTo(answer);
    await call.rtp.hears(440);
  });

  it('sends to another address from the next offer on', async () => {
    const call = await world.call();
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await call.rtp.hears(440);
    const other = world.keep(await RtpPhone.open('PCMA'));
    const answer = await call.reinvite(other.sdp());
    expect(answer).toMatch(/^m=audio \d+ RTP\/AVP 8 101/m);
    call.rtp.mute();
    other.sendTo(answer);
    await other.hears(440);
  });

  it('offers anew to a re-INVITE without an offer', async () => {
    const call = await world.call();
    const other = world.keep(await RtpPhone.open());
    const offer = await call.reinvite(undefined, other.sdp());
    expect(offer).toMatch(/^m=audio \d+ RTP\/AVP /m);
    call.rtp.mute();
    other.sendTo(offer);
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await other.hears(440);
  });

  it('answers hold, stays silent, and goes on behind it', async () => {
    const call = await world.call();
    const answer = await call.reinvite(call.rtp.sdp('sendonly'));
    expect(answer).toMatch(/^a=recvonly\r$/m);
    expect(await call.reinvite(call.rtp.sdp('inactive'))).toMatch(/^a=inactive\r$/m);
    call.rtp.sendTo(await call.reinvite(call.rtp.sdp()));
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await call.rtp.hears(440);
  });

  it('keeps its port and counts the version of its description up when that changes', async () => {
    const call = await world.call();
    const versionOf = (sdp: string): bigint => BigInt(/^o=\S+ \S+ (\d+)/m.exec(sdp)?.[1] ?? '-1');
    const portOf = (sdp: string): string | undefined => /^m=audio (\d+)/m.exec(sdp)?.[1];
    const held = await call.reinvite(call.rtp.sdp('sendonly'));
    expect(versionOf(held) > versionOf(call.sdp)).toBe(true);
    expect(portOf(held)).toBe(portOf(call.sdp));
  });

  it('hangs up with the cause that was asked for', async () => {
    const call = await world.call();
    expect(await world.esl.api(`uuid_kill ${call.uuid} CALL_REJECTED`)).toBe('+OK\n');
    const bye = await call.sip.expectRequest('BYE');
    expect(bye.get('reason')).toMatch(/^Q\.850;\s?cause=21/);
    call.sip.send(call.sip.responseTo(bye, 200));
    const end = await world.esl.event('CHANNEL_HANGUP', { 'Unique-ID': call.uuid });
    expect(end.headers.get('Hangup-Cause')).toBe('CALL_REJECTED');
  });

  it('hangs up by message and by application', async () => {
    const first = await world.call();
    expect(await world.esl.command(`sendmsg ${first.uuid}`, { 'call-command': 'hangup' })).toBe('+OK');
    await first.sip.expectRequest('BYE');
    const second = await world.call();
    await world.esl.execute(second.uuid, 'hangup', 'USER_BUSY');
    expect((await second.sip.expectRequest('BYE')).get('reason')).toMatch(/cause=17/);
  });

  it('refuses calls without a codec in common', async () => {
    const sip = await world.peer();
    const rtp = world.keep(await RtpPhone.open());
    const invite = sip.request('INVITE', world.target, {}, rtp.sdp('sendrecv', { codecs: '9 18' }));
    sip.send(invite);
    const refusal = await sip.response(488, invite);
    sip.send(sip.ackOf(invite, refusal));
  });

  it('keeps the call when a new offer cannot be taken', async () => {
    const call = await world.call();
    const request = call.sip.inDialog('INVITE', call.invite, call.ok, 50, call.rtp.sdp('sendrecv', { codecs: '9 18' }));
    call.sip.send(request);
    const refusal = await call.sip.response(488, request);
    call.sip.send(call.sip.ackOf(request, refusal));
    await world.esl.execute(call.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await call.rtp.hears(440);
  });

  it('answers OPTIONS, and says 481 for dialogs that there are not', async () => {
    const sip = await world.peer();
    const options = sip.request('OPTIONS', world.target);
    sip.send(options);
    await sip.response(200, options);
    const bye = sip.request('BYE', world.target);
    bye.set('To', `${bye.get('to') ?? ''};tag=unknown`);
    sip.send(bye);
    await sip.response(481, bye);
  });

  it('takes no calls while it is being emptied, and keeps those that it has', async () => {
    const call = await world.call();
    expect(await world.esl.api('fsctl pause_check inbound')).toBe('false');
    expect(await world.esl.api('fsctl pause inbound')).toBe('+OK\n');
    expect(await world.esl.api('fsctl pause_check inbound')).toBe('true');
    const sip = await world.peer();
    const invite = sip.request('INVITE', world.target, {}, call.rtp.sdp());
    sip.send(invite);
    const refusal = await sip.response(503, invite);
    sip.send(sip.ackOf(invite, refusal));
    expect(await world.esl.api(`uuid_exists ${call.uuid}`)).toBe('true');
    expect(await world.esl.api('fsctl resume inbound')).toBe('+OK\n');
    await world.call();
  });

  it('sets and gets variables, one and several', async () => {
    const call = await world.call();
    expect(await world.esl.api(`uuid_setvar ${call.uuid} first one`)).toBe('+OK\n');
    expect(await world.esl.api(`uuid_setvar_multi ${call.uuid} second=two;third=3`)).toBe('+OK\n');
    await world.esl.execute(call.uuid, 'set', 'fourth=a = b');
    await world.esl.event('CHANNEL_EXECUTE_COMPLETE', {
      'Unique-ID': call.uuid,
      Application: 'set',
      'Application-Data': 'fourth=a = b',
    });
    const get = (name: string): Promise<string> => world.esl.api(`uuid_getvar ${call.uuid} ${name}`);
    expect([await get('first'), await get('second'), await get('third'), await get('fourth')]).toEqual([
      'one',
      'two',
      '3',
      'a = b',
    ]);
    expect(await world.esl.api(`uuid_dump ${call.uuid}`)).toMatch(/^variable_second: two$/m);
  });

  it.runIf(server.isEmbedded)('ends a call whose caller never acknowledges', async () => {
    const sip = await world.peer();
    const rtp = world.keep(await RtpPhone.open());
    const invite = sip.request('INVITE', world.target, {}, rtp.sdp());
    sip.send(invite);
    await sip.response(200, invite);
    await sip.response(200, invite);
    // 64 x T1 of 100 ms.
    await world.esl.event('CHANNEL_DESTROY', { 'Unique-ID': invite.get('call-id') ?? '' });
    await sip.expectRequest('BYE');
  });

  it.runIf(server.isEmbedded)('ends a call whose answer never came in the ACK', async () => {
    const sip = await world.peer();
    const invite = sip.request('INVITE', world.target);
    sip.send(invite);
    const ok = await sip.response(200, invite);
    sip.send(sip.ackOf(invite, ok));
    await sip.expectRequest('BYE');
  });
});
