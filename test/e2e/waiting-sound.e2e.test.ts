/** Callers who wait hear something, and then the agent: by the ears of phones that recognise tones. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SoundPhone } from '../phones/sound-phone.js';
import { availableSipServers } from '../support/sip-servers.js';
import { startSite, type RunningSite } from './running-site.js';
import { accountOf, agents, domain, siteYaml } from './site.js';

const yaml = siteYaml({
  agents: agents('ana', 'ben'),
  queues: {
    direct: { members: ['ana'], wrap_up: '0s' },
    anchored: { members: ['ben'], wrap_up: '0s', media: 'anchored' },
  },
  entry_points: {
    direct: { queue: 'direct', public: true },
    anchored: { queue: 'anchored', public: true },
  },
  media: { server: 'embedded' },
});

describe.each(availableSipServers())('sound while waiting, on $name', (server) => {
  let site: RunningSite;
  const open: SoundPhone[] = [];

  async function phone(user: string, isAgent = false): Promise<SoundPhone> {
    const { password } = accountOf(user);
    const opened = await SoundPhone.open({ server: site.udp, domain, user, ...(isAgent ? { password } : {}) });
    open.push(opened);
    if (isAgent) await opened.register();
    return opened;
  }

  beforeAll(async () => {
    site = await startSite({ server, yaml });
  });
  afterEach(async () => {
    await site.nothingLeft();
  });
  afterAll(async () => {
    await Promise.all(open.map((each) => each.close()));
    await site.stop();
  });

  it('plays music until an agent answers, and joins the two without the media server', async () => {
    const ana = await phone('ana', true);
    const [first, second] = [await phone('first'), await phone('second')];
    const busy = await first.call('direct');
    const atAna = await ana.rung();
    atAna.answer();
    await busy.until('answered');

    const waiting = await second.call('direct');
    await waiting.until('answered');
    await waiting.rtp.hears(392, 2);
    busy.hangUp();
    await atAna.until('ended');

    const next = await ana.rung();
    next.ring();
    next.answer();
    await next.until('answered');
    next.rtp.tone(700);
    waiting.rtp.tone(900);
    await waiting.rtp.hears(700);
    await next.rtp.hears(900);
    expect((await site.switchboard.activity()).places).toBe(0);
    waiting.hangUp();
    await next.until('ended');
  });
});
