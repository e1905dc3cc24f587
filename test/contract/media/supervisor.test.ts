import { describe, expect, it } from 'vitest';
import { availableMediaServers } from './media-servers.js';
import { MediaWorld, type PhoneCall } from './media-world.js';

describe.each(availableMediaServers())('third parties on the $name media server', (server) => {
  const world = new MediaWorld(server);

  /** An agent (700 Hz) and a customer (1100 Hz) who talk, and a supervisor (1500 Hz). */
  async function talk(): Promise<{ agent: PhoneCall; customer: PhoneCall; supervisor: PhoneCall }> {
    const [agent, customer, supervisor] = [await world.call(), await world.call(), await world.call()];
    agent.rtp.tone(700);
    customer.rtp.tone(1100);
    supervisor.rtp.tone(1500);
    await world.esl.api(`uuid_bridge ${agent.uuid} ${customer.uuid}`);
    await Promise.all([customer.rtp.hears(700), agent.rtp.hears(1100)]);
    return { agent, customer, supervisor };
  }

  const listen = (supervisor: PhoneCall, agent: PhoneCall): Promise<string> =>
    world.esl.execute(supervisor.uuid, 'eavesdrop', agent.uuid, { 'Event-UUID': 'spy' });

  it('hear both and are heard by nobody', async () => {
    const { agent, customer, supervisor } = await talk();
    await listen(supervisor, agent);
    await supervisor.rtp.hears(700, 2);
    await supervisor.rtp.hears(1100, 2);
    await Promise.all([customer.rtp.hears(700), agent.rtp.hears(1100)]);
  });

  it('are heard by the agent alone when they whisper', async () => {
    const { agent, customer, supervisor } = await talk();
    await world.esl.api(`uuid_setvar_multi ${supervisor.uuid} eavesdrop_enable_dtmf=false;eavesdrop_whisper_bleg=true`);
    await listen(supervisor, agent);
    await agent.rtp.hears(1500, 2);
    await agent.rtp.hears(1100, 2);
    await customer.rtp.hears(700);
  });

  it('are heard by both when they barge in', async () => {
    const { agent, customer, supervisor } = await talk();
    await world.esl.api(`uuid_setvar_multi ${supervisor.uuid} eavesdrop_whisper_aleg=true;eavesdrop_whisper_bleg=true`);
    await listen(supervisor, agent);
    await agent.rtp.hears(1500, 2);
    await customer.rtp.hears(1500, 2);
    await customer.rtp.hears(700, 2);
  });

  it('change by keys whom they speak to', async () => {
    const { agent, customer, supervisor } = await talk();
    await listen(supervisor, agent);
    await supervisor.rtp.hears(700, 2);
    supervisor.rtp.press('2');
    await agent.rtp.hears(1500, 2);
    await customer.rtp.hears(700);
    supervisor.rtp.press('1');
    await customer.rtp.hears(1500, 2);
    await agent.rtp.hears(1100);
    supervisor.rtp.press('0');
    await customer.rtp.hears(700);
    await agent.rtp.hears(1100);
  });

  it('go away by a transfer, and the talk goes on', async () => {
    const { agent, customer, supervisor } = await talk();
    await world.esl.api(`uuid_setvar ${supervisor.uuid} eavesdrop_whisper_bleg true`);
    await listen(supervisor, agent);
    await agent.rtp.hears(1500, 2);
    await world.esl.api(`uuid_transfer ${supervisor.uuid} park inline`);
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': supervisor.uuid });
    await Promise.all([customer.rtp.hears(700), agent.rtp.hears(1100)]);
  });

  it('are parked again when the call that they heard is over', async () => {
    const { agent, supervisor } = await talk();
    await listen(supervisor, agent);
    await supervisor.rtp.hears(700, 2);
    await agent.hangUp();
    await world.esl.event('CHANNEL_EXECUTE_COMPLETE', { 'Application-UUID': 'spy' });
    await world.esl.execute(supervisor.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await supervisor.rtp.hears(440);
  });

  it('listen to a call that is on music', async () => {
    const [agent, supervisor] = [await world.call(), await world.call()];
    agent.rtp.tone(700);
    await world.esl.execute(agent.uuid, 'playback', 'tone_stream://%(1000,0,440);loops=-1');
    await agent.rtp.hears(440);
    await listen(supervisor, agent);
    await supervisor.rtp.hears(700, 2);
    await supervisor.rtp.hears(440, 2);
  });

  it('meet in a conference of three, and the others go on when one leaves', async () => {
    const [ana, ben, cleo] = [await world.call(), await world.call(), await world.call()];
    ana.rtp.tone(700);
    ben.rtp.tone(1100);
    cleo.rtp.tone(1500);
    for (const each of [ana, ben, cleo]) await world.esl.execute(each.uuid, 'conference', 'room-1@default');
    await Promise.all([ana.rtp.hears(1100, 2), ben.rtp.hears(700, 2), cleo.rtp.hears(1100, 2)]);
    await Promise.all([ana.rtp.hears(1500, 2), ben.rtp.hears(1500, 2), cleo.rtp.hears(700, 2)]);
    await world.esl.api(`uuid_transfer ${cleo.uuid} park inline`);
    await world.esl.event('CHANNEL_PARK', { 'Unique-ID': cleo.uuid });
    await Promise.all([ana.rtp.hears(1100), ben.rtp.hears(700)]);
  });

  it('hear nothing of another room', async () => {
    const [ana, ben] = [await world.call(), await world.call()];
    ana.rtp.tone(700);
    await world.esl.execute(ana.uuid, 'conference', 'room-a@default');
    await world.esl.execute(ben.uuid, 'conference', 'room-b@default');
    await ben.rtp.hearsSilence();
    expect(await world.esl.api(`uuid_exists ${ben.uuid}`)).toBe('true');
  });
});
