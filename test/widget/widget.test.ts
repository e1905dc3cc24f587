/**
 * The widget in a real browser, on the page of a shop, with the product behind it and an agent on a socket: greeted, talked
 * to both ways, cut off in the middle, come back, closed, opened again.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { devices, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { chromiumPath, launchChromium, openPage, picture, without } from './browser.js';
import { startShopSite, type ShopSite } from './shop-site.js';

type Message = Record<string, unknown> & { readonly type: string };

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** An agent's page without a page: takes each chat that it is offered, and remembers what was said. */
async function agentComes(site: ShopSite) {
  await site.setPresence('ana', 'available');
  const socket = new WebSocket(await site.agentUrl('ana'));
  stops.push(async () => socket.terminate());
  const received: Message[] = [];
  const send = (message: object): void => socket.send(JSON.stringify(message));
  let chat = '';
  let ids = 0;
  let seq = 0;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message;
    received.push(message);
    if (message.type === 'offer') {
      chat = String(message.chat);
      send({ type: 'accept', work: message.work });
      send({ type: 'watch', chat, after: seq });
    }
    if (message.type === 'entry') seq = Math.max(seq, Number(message.seq));
  });
  await once(socket, 'open');
  return {
    /** Of the visitor, each as often as it came. */
    heard: () =>
      received.flatMap(({ type, from, body }) =>
        type === 'entry' && (from as { kind: string }).kind === 'visitor' ? [(body as { text: string }).text] : [],
      ),
    says: (text: string) => send({ type: 'message', chat, id: `a${(ids += 1)}`, text }),
    types: () => send({ type: 'typing', chat, isTyping: true }),
    marks: (read: number) => send({ type: 'marks', chat, received: read, read }),
    closes: () => send({ type: 'close', chat }),
    received,
  };
}

describe.skipIf(chromiumPath === undefined)(`the widget in a browser${without}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function begin(tag = '', options: BrowserContextOptions = {}) {
    const site = await startShopSite(() => tag);
    stops.push(() => site.stop());
    const ana = await agentComes(site);
    const opened = await openPage(browser, site.shop, options);
    stops.push(() => opened.context.close());
    return { site, ana, ...opened };
  }

  const log = (page: Page) => page.getByRole('log');
  const said = (page: Page) => log(page).locator('.agent .bubble, .visitor .bubble').allInnerTexts();
  const write = async (page: Page, text: string): Promise<void> => {
    await page.getByRole('textbox').fill(text);
    await page.keyboard.press('Enter');
  };
  const status = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor();

  it('greets, carries words both ways, is cut off, comes back without loss or doubles, closes and opens again', async () => {
    const { page, ana, site, problems } = await begin();
    await page.getByRole('button', { name: 'Open chat' }).click();
    await log(page).getByText('Welcome to Support').waitFor();
    await status(page, 'You are talking to Ana.');
    await write(page, 'Hello <b>there</b>');
    await expect.poll(() => ana.heard()).toEqual(['Hello <b>there</b>']);
    ana.types();
    await page.getByText('Ana is writing').waitFor();
    ana.says('Good <i>morning</i> & welcome');
    await log(page).getByText('Good <i>morning</i> & welcome', { exact: true }).waitFor();
    ana.marks(1_000);
    await log(page).getByText('Read').waitFor();
    await picture(page, 'desktop');

    site.gate.cut();
    await status(page, 'The connection was lost');
    await write(page, 'Are you');
    await write(page, 'still there?');
    ana.says('said while you were away');
    await expect.poll(() => log(page).getByText('Sending').count()).toBe(2);
    await picture(page, 'lost');
    site.gate.mend();
    await status(page, 'You are talking to Ana.');
    await log(page).getByText('said while you were away').waitFor();
    await expect.poll(() => ana.heard()).toEqual(['Hello <b>there</b>', 'Are you', 'still there?']);
    const everything = [
      'Hello <b>there</b>',
      'Good <i>morning</i> & welcome',
      'said while you were away',
      'Are you',
      'still there?',
    ];
    await expect.poll(() => said(page)).toEqual(everything);

    await page.reload();
    await page.getByRole('button', { name: /^Open chat/ }).click();
    await expect.poll(() => said(page)).toEqual(everything);

    await page.getByRole('button', { name: 'End chat' }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await status(page, 'This chat is closed');
    await picture(page, 'closed');
    // The focus has gone back to where the visitor writes.
    await page.keyboard.type('One more thing');
    await page.keyboard.press('Enter');
    await status(page, 'You are talking to Ana.');
    await expect.poll(() => ana.heard().at(-1)).toBe('One more thing');
    ana.closes();
    await status(page, 'This chat is closed');
    await page.getByRole('button', { name: 'Start a new chat' }).click();
    await status(page, 'You are talking to Ana.');
    expect(await said(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('comes back from a network that the browser says is gone, and from one that only fell silent', async () => {
    const { page, ana, site, context, problems } = await begin('data-open');
    await status(page, 'You are talking to Ana.');
    await context.setOffline(true);
    await status(page, 'The connection was lost');
    await write(page, 'offline');
    await context.setOffline(false);
    await expect.poll(() => ana.heard(), { timeout: 20_000 }).toEqual(['offline']);
    await log(page).getByText('Sent').waitFor();
    site.gate.freeze();
    await write(page, 'into silence');
    await expect.poll(() => ana.heard(), { timeout: 30_000 }).toEqual(['offline', 'into silence']);
    expect(await said(page)).toEqual(['offline', 'into silence']);
    expect(problems).toEqual([]);
  });

  it('covers a phone, in Spanish, in the site’s colour, and takes files', async () => {
    const { page, ana, problems } = await begin('data-accent="#ffd400" data-title="Tienda"', {
      ...devices['Pixel 7'],
      locale: 'es-MX',
    });
    await page.getByRole('button', { name: 'Abrir el chat' }).tap();
    const dialog = page.getByRole('dialog', { name: 'Tienda' });
    await status(page, 'Está hablando con Ana.');
    expect(await dialog.getAttribute('aria-modal')).toBe('true');
    const { width, height } = page.viewportSize()!;
    // The panel rises to where it stays.
    await expect
      .poll(async () => {
        const box = (await dialog.boundingBox())!;
        return [box.x, box.y, box.width, box.height].map(Math.round);
      })
      .toEqual([0, 0, width, height]);
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'receta.txt', mimeType: 'text/plain', buffer: Buffer.from('sal') });
    await page.getByRole('button', { name: 'Descargar receta.txt, 3 B' }).waitFor();
    await expect
      .poll(() => ana.received.some(({ body }) => (body as { data?: string } | undefined)?.data === 'c2Fs'))
      .toBe(true);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /receta/ }).tap();
    expect((await download).suggestedFilename()).toBe('receta.txt');
    ana.says('Gracias');
    await log(page).getByText('Gracias').waitFor();
    await picture(page, 'phone');
    await page.locator('input[type=file]').setInputFiles({
      name: 'big.bin',
      mimeType: 'application/octet-stream',
      buffer: Buffer.alloc(300 * 1024),
    });
    await page.getByRole('alert').getByText('hasta 256 KB').waitFor();
    expect(problems).toEqual([]);
  });

  it('is worked by keys alone, gives the focus back, and counts what comes while it is hidden', async () => {
    const { page, ana } = await begin('data-theme="dark"');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await status(page, 'You are talking to Ana.');
    await page.keyboard.type('by keys');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('in two lines');
    await page.keyboard.press('Enter');
    await expect.poll(() => ana.heard()).toEqual(['by keys\nin two lines']);
    await picture(page, 'dark');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    ana.says('one');
    ana.says('two');
    await page.getByRole('button', { name: 'Open chat: 2 new messages' }).waitFor();
    await picture(page, 'unread');
    await page.keyboard.press('Enter');
    await log(page).getByText('two', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Open chat', exact: true }).waitFor();
  });
});

it('is under 20 KB when compressed', async () => {
  const built = new URL('../../dist/widget/widget.js', import.meta.url);
  expect(gzipSync(await readFile(built)).length).toBeLessThan(20_000);
});
