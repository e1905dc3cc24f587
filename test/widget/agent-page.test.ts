/** The agents' page and the widget in one browser, with the product between them, as somebody would try it for the first time. */
import { devices, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, launchChromium, openPage, picture, without } from './browser.js';
import { startShopSite, type ShopSite } from './shop-site.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(chromiumPath === undefined)(`the agents’ page in a browser${without}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function begin(): Promise<ShopSite> {
    const site = await startShopSite(() => '');
    stops.push(() => site.stop());
    return site;
  }

  async function open(url: string, options: BrowserContextOptions = {}) {
    const opened = await openPage(browser, url, options);
    stops.push(() => opened.context.close());
    return opened;
  }

  const agentPage = async (site: ShopSite, agent: string, options: BrowserContextOptions = {}) =>
    open(`${site.controller}/agent#token=${await site.token(agent)}`, options);

  /** A visitor on the page to try the widget on. */
  async function visit(site: ShopSite) {
    const visitor = await open(`${site.controller}/widget-demo`);
    await visitor.page.getByRole('button', { name: 'Open chat' }).click();
    return visitor;
  }

  const be = (page: Page, what: string) => page.getByLabel('I am').selectOption(what);
  const accept = (page: Page) => page.getByRole('button', { name: /^Accept/ }).click();
  const said = (page: Page, text: string) => page.getByRole('log').getByText(text, { exact: true }).waitFor();
  const write = async (page: Page, text: string): Promise<void> => {
    await page.getByRole('textbox').fill(text);
    await page.keyboard.press('Enter');
  };
  const status = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor();

  it('is offered a chat, talks both ways, is cut off, comes back, closes and reopens', async () => {
    const site = await begin();
    const { page: ana, problems } = await agentPage(site, 'ana');
    expect(new URL(ana.url()).hash).toBe('');
    await be(ana, 'Available');
    const { page: rosa, problems: others } = await visit(site);
    await said(rosa, 'Welcome to Support. How can we help?');
    await write(rosa, 'Is it <b>open</b> today?');
    await ana.getByText('Is it <b>open</b> today?').waitFor();
    expect(await ana.title()).toBe('(1) Chats');
    await picture(ana, 'agent-offer');
    await accept(ana);
    await status(rosa, 'You are talking to Ana.');
    // The focus is where the agent writes: a canned reply by keys alone.
    await ana.getByLabel('Your message').and(ana.locator(':focus')).waitFor();
    await ana.keyboard.type('/hi');
    await picture(ana, 'agent-replies');
    await ana.keyboard.press('Enter');
    await ana.keyboard.press('Enter');
    await said(rosa, 'Hello, this is Ana of Support.');
    await ana.getByLabel('Note for colleagues').check();
    await write(ana, 'Asked before.');
    await ana.getByText('Note by Ana').waitFor();
    await ana.getByLabel('To the visitor').check();

    site.gate.cut();
    await status(ana, 'The connection was lost');
    await write(ana, 'We are open.');
    await write(rosa, 'Hello?');
    site.gate.mend();
    await said(ana, 'Hello?');
    await said(rosa, 'We are open.');
    await ana.getByText('Read').first().waitFor();
    expect(await rosa.getByRole('log').getByText('Asked before.').count()).toBe(0);
    await picture(ana, 'agent-talking');

    await ana.reload();
    await ana.getByRole('button', { name: /^Visitor/ }).click();
    await said(ana, 'We are open.');
    expect(await ana.getByRole('log').locator('.bubble').count()).toBe(7);
    await ana.getByRole('button', { name: 'Close', exact: true }).click();
    await picture(ana, 'agent-close');
    await ana.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await status(rosa, 'This chat is closed');
    await expect.poll(() => site.holds()).toBe(0);
    await ana.getByRole('button', { name: 'Reopen' }).click();
    await status(rosa, 'You are talking to Ana.');
    expect([...problems, ...others]).toEqual([]);
  });

  it('transfers with a note, and lets a supervisor see, whisper and take over', async () => {
    const site = await begin();
    const [{ page: ana }, { page: ben }, { page: eva, problems }] = [
      await agentPage(site, 'ana'),
      await agentPage(site, 'ben', { colorScheme: 'dark' }),
      await agentPage(site, 'eva'),
    ];
    await be(ana, 'Available');
    const { page: rosa } = await visit(site);
    await accept(ana);
    await status(rosa, 'You are talking to Ana.');
    await be(ben, 'Available');
    await ana.getByRole('button', { name: 'Transfer …' }).click();
    const dialog = ana.getByRole('dialog', { name: 'Transfer the chat' });
    await dialog.getByLabel('To', { exact: true }).selectOption('Ben (0 chats)');
    await dialog.getByLabel('Note for whoever gets it').fill('Speaks Dutch.');
    await picture(ana, 'agent-transfer');
    await dialog.getByRole('button', { name: 'Transfer the chat' }).click();
    await ben.getByText('Ana hands it over').waitFor();
    await picture(ben, 'agent-handed');
    await accept(ben);
    await status(rosa, 'You are talking to Ben.');
    await said(ben, 'Speaks Dutch.');
    await ana.getByText('You have no chats.').waitFor();

    await eva.getByLabel('Show them').check();
    await eva.getByRole('button', { name: /with Ben/ }).click();
    await write(eva, 'Offer a discount.');
    await said(ben, 'Offer a discount.');
    await picture(eva, 'supervisor');
    await eva.getByRole('button', { name: 'Take over' }).click();
    await eva.getByRole('alert').getByText('Be available first.').waitFor();
    await be(eva, 'Available');
    await eva.getByRole('button', { name: 'Take over' }).click();
    await status(rosa, 'You are talking to Eva.');
    await eva.getByLabel('To the visitor').check();
    await write(eva, 'Eva here.');
    await said(rosa, 'Eva here.');
    expect(problems).toEqual([]);
  });

  it('works on a phone, and asks for a token that is good', async () => {
    const site = await begin();
    const { page: ana } = await open(`${site.controller}/agent`, { ...devices['Pixel 7'], locale: 'es-MX' });
    await ana.getByLabel('Su clave').fill('made.up');
    await ana.getByRole('button', { name: 'Entrar' }).tap();
    await ana.getByRole('alert').getByText('Esta clave no vale').waitFor();
    await picture(ana, 'agent-sign-in');
    await ana.getByLabel('Su clave').fill(await site.token('ana'));
    await ana.getByRole('button', { name: 'Entrar' }).tap();
    await ana.getByLabel('Estoy').selectOption('Disponible');
    const { page: rosa } = await visit(site);
    await write(rosa, 'Hello');
    await ana.getByText('Hello').waitFor();
    await picture(ana, 'agent-phone-list');
    await ana.getByRole('button', { name: /^Aceptar/ }).tap();
    await ana.getByRole('textbox', { name: 'Su mensaje' }).waitFor();
    await write(ana, 'Buenos días');
    await said(rosa, 'Buenos días');
    await picture(ana, 'agent-phone-chat');
    await ana.getByRole('button', { name: 'Volver a la lista' }).tap();
    await ana.getByRole('heading', { name: 'Sus chats' }).waitFor();
  });

  it('is served as said, and to be shown in nobody’s frame', async () => {
    const site = await begin();
    for (const path of ['agent', 'widget-demo']) {
      const { headers, status: code } = await fetch(`${site.controller}/${path}`);
      expect(code).toBe(200);
      expect(headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
  });
});
