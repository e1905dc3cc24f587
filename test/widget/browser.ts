/** Debian's chromium, for tests that look at pages; `WIDGET_SCREENSHOTS=folder` keeps pictures of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export const chromiumPath = [process.env.CHROMIUM_BIN, '/usr/lib/chromium/chromium', '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);

/** For the names of suites. */
export const without = chromiumPath === undefined ? ' (not run: there is no chromium; apt-get install chromium)' : '';

const pictures = process.env.WIDGET_SCREENSHOTS;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** A page in a browser of its own, and what it complains of. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // That a server cannot be reached, a browser says itself.
    if (message.type() === 'error' && !message.text().includes('net::ERR')) problems.push(message.text());
  });
  await page.goto(url);
  return { page, context, problems };
}

export async function picture(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
}
