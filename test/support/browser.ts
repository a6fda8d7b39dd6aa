/** A headless Chromium, and a server with the page of the contract as the service serves it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import chromium from '@sparticuz/chromium';
import axe from 'axe-core';
import puppeteer from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';
import { compressPage } from '../../src/http/compressed-answers.ts';

const OVERFLOW = await readFile(new URL('overflow.browser.js', import.meta.url), 'utf8');

/** A single process ends with its first profile, and the others lift rules that the page must keep. */
const UNWANTED_ARGUMENTS = new Set(['--single-process', '--disable-web-security', '--allow-running-insecure-content']);

/** Whether there is a Chromium for this machine among the packages. Warns if there is none. */
export function hasBrowser(): boolean {
  const isKnown = process.platform === 'linux' && process.arch === 'x64';
  if (!isKnown) {
    console.warn(
      `SKIPPED: the page of the contract is not tested in a browser. There is a Chromium for Linux x64 only, and this is ${process.platform} ${process.arch}.`,
    );
  }
  return isKnown;
}

export async function startBrowser(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNWANTED_ARGUMENTS.has(argument)),
    headless: 'shell',
  });
}

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a page at every path, with the headers that the service sends. */
export async function servePage(text: string): Promise<PageServer> {
  const { type, headers, plain } = await compressPage('text/html; charset=utf-8', text);
  const server = createServer((_request, response) => {
    response.writeHead(200, { ...headers, 'content-type': type }).end(plain);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/contract`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A page in the browser, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of the console, and uncaught errors. */
  readonly complaints: string[];
  /** What the browser requested. */
  readonly requests: string[];
  /** Returns the value of an expression in the page. */
  read<Value>(expression: string): Promise<Value>;
  close(): Promise<void>;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

/** Opens an address in a profile of its own, with the right to use the clipboard. */
export async function open(browser: Browser, url: string, screen: Screen, scripts: boolean): Promise<OpenPage> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  const { width, height, scheme } = screen;
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setJavaScriptEnabled(scripts);
  if (url.startsWith('http')) {
    const permissions = ['clipboard-read', 'clipboard-write'].map((name) => ({
      permission: { name },
      state: 'granted' as const,
    }));
    await context.setPermission(new URL(url).origin, ...permissions);
  }
  await page.goto(url);
  return {
    ...{ page, complaints, requests },
    read: <Value>(expression: string) => page.evaluate(expression) as Promise<Value>,
    close: () => context.close(),
  };
}

/** Returns what sticks out of the window or of its box. */
export function overflowIn({ read }: OpenPage): Promise<string[]> {
  return read(OVERFLOW);
}

/** Returns what breaks rules of WCAG 2.2 A and AA, the contrast of colors among them, or good practice: each as its rule and element. */
export async function violationsIn({ page, read }: OpenPage): Promise<string[]> {
  await page.evaluate(axe.source);
  const run = {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
  };
  const { violations } = await read<axe.AxeResults>(`axe.run(document, ${JSON.stringify(run)})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}
