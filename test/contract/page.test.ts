/** The page of the contract in a browser: readable on every screen, and everything on it works. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'puppeteer-core';
import { spawnExamples } from '../../generated/contract/examples.js';
import { ROOT } from '../../src/operator/folders.ts';
import { hasBrowser, open, overflowIn, servePage, startBrowser, violationsIn } from '../support/browser.ts';
import type { OpenPage, PageServer, Screen } from '../support/browser.ts';

const FILE = join(ROOT, 'generated/contract/contract.html');
const MAX_BYTES = 250_000;

const SCREENS = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
].flatMap((size) => (['light', 'dark'] as const).map((scheme): Screen => ({ ...size, scheme })));
const PHONE: Screen = { width: 390, height: 844, scheme: 'light' };
const DESK: Screen = { width: 1280, height: 800, scheme: 'dark' };

/** The elements of a selector that are on the page, with at least one pixel. */
const shown = (selector: string) =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.getClientRects().length > 0 && one.checkVisibility())`;
const OPEN_ALL = 'document.querySelectorAll("details").forEach((one) => { one.open = true; })';

it('is small', async () => {
  expect((await readFile(FILE)).length).toBeLessThan(MAX_BYTES);
});

(hasBrowser() ? describe : describe.skip)('the page of the contract', () => {
  let browser: Browser;
  let server: PageServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([startBrowser(), servePage(await readFile(FILE, 'utf8'))]);
  });
  afterAll(async () => {
    await Promise.all([browser.close(), server.close()]);
  });
  const openPages: OpenPage[] = [];
  const openPage = async (screen: Screen, { url = server.url, scripts = true } = {}): Promise<OpenPage> => {
    const opened = await open(browser, url, screen, scripts);
    openPages.push(opened);
    return opened;
  };
  afterEach(() => Promise.all(openPages.splice(0).map((one) => one.close())));

  describe.each(SCREENS)('at $width x $height, $scheme', (screen) => {
    it('fits, is readable, and needs nothing else', async () => {
      const opened = await openPage(screen);
      const { complaints, requests, read } = opened;
      expect(await overflowIn(opened)).toEqual([]);
      await read(OPEN_ALL);
      expect(await overflowIn(opened)).toEqual([]);
      expect(await violationsIn(opened)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([server.url]);
    });

    it('fits and is readable while somebody searches, and with an open menu', async () => {
      const opened = await openPage(screen);
      const { page, complaints, read } = opened;
      await page.type('#search', 'expired');
      expect(await read<string>('document.querySelector("#results").textContent')).toContain('results for');
      expect(await overflowIn(opened)).toEqual([]);
      expect(await violationsIn(opened)).toEqual([]);
      if (screen.width < 960) await page.click('#menu');
      expect(await read<number>(`${shown('nav')}.length`)).toBe(1);
      expect(await overflowIn(opened)).toEqual([]);
      expect(await violationsIn(opened)).toEqual([]);
      expect(complaints).toEqual([]);
    });
  });

  it('finds messages, fields and reasons as one types, by keyboard', async () => {
    const opened = await openPage(DESK);
    const { page, read } = opened;
    const result = () => read<string>('document.querySelector("#results").textContent');
    const headings = (level: number) => read<string[]>(`${shown(`main h${String(level)}`)}.map((one) => one.id)`);
    const all = await headings(4);
    await page.keyboard.press('/');
    expect(await read('document.activeElement.id')).toBe('search');

    await page.keyboard.type('spawn lead');
    expect(await result()).toMatch(/^\d+ results for “spawn lead”: /);
    expect(await headings(4)).toContain('message-Spawn');
    expect(await headings(4)).not.toContain('message-Movement');
    expect(await read<string[]>(`${shown('nav code')}.map((one) => one.textContent)`)).not.toContain('MOVEMENT');

    // A slash is text in the field.
    await page.keyboard.type('/');
    expect(await read('document.querySelector("#search").value')).toBe('spawn lead/');
    expect(await result()).toBe('Nothing found for “spawn lead/”.');
    expect(await headings(4)).toEqual([]);

    await page.keyboard.press('Escape');
    expect(await result()).toBe('');
    expect(await headings(4)).toEqual(all);

    await page.keyboard.type('not_owner');
    expect(await result()).toMatch(/1 reason\.$/);
    await page.keyboard.press('Enter');
    expect(await read<string>('document.activeElement.closest("section").getAttribute("aria-labelledby")')).toMatch(
      /^message-/,
    );
    // A header is found where it is closed otherwise.
    await page.keyboard.press('Escape');
    await page.type('#search', 'baggage');
    expect(await result()).toMatch(/: \d+ headers\.$/);
    expect(await read<number>(`${shown('tr[data-find="header"]')}.length`)).toBe(6);
  });

  it('shows what a link leads to, though the search hides it', async () => {
    const opened = await openPage(DESK);
    const { page, read } = opened;
    await page.type('#search', 'three of the owner');
    expect(await read<string[]>(`${shown('main h4')}.map((one) => one.id)`)).not.toContain('message-Movement');
    await page.evaluate('location.hash = "message-Movement"');
    await page.waitForFunction(`${shown('#message-Movement')}.length === 1`);
    expect(await read('document.querySelector("#search").value')).toBe('');
  });

  it('copies examples', async () => {
    const opened = await openPage(DESK, { url: `${server.url}#message-Spawn` });
    const { page, read } = opened;
    const [example] = spawnExamples;
    await page.click('section[aria-labelledby="message-Spawn"] .copy');
    await page.waitForFunction('document.querySelector("#status").textContent === "Value copied"');
    expect(JSON.parse(await read<string>('navigator.clipboard.readText()'))).toEqual(example?.payload);
    expect(
      await read<string>('document.querySelector("section[aria-labelledby=message-Spawn] .copy").textContent'),
    ).toBe('Copied');
    const unlabelled = 'document.querySelectorAll(".copyable:not(:has(> button[aria-label^=Copy]))").length';
    expect(await read(unlabelled)).toBe(0);
    expect(await read<number>('document.querySelectorAll(".copy").length')).toBeGreaterThan(100);
  });

  it('selects an example where the browser forbids to copy', async () => {
    const opened = await openPage(DESK, { url: `${server.url}#message-Spawn` });
    const { page, read } = opened;
    await page.evaluate(
      'Object.defineProperty(navigator, "clipboard", { value: undefined }); document.execCommand = () => false;',
    );
    await page.click('section[aria-labelledby="message-Spawn"] .copy');
    await page.waitForFunction('document.querySelector("#status").textContent === "Value selected"');
    expect(JSON.parse(await read<string>('getSelection().toString()'))).toEqual(spawnExamples[0]?.payload);
  });

  it('leads from a command to its events and rejections, and back', async () => {
    const opened = await openPage(DESK, { url: `${server.url}#message-Spawn` });
    const { page, read } = opened;
    const follow = async (from: string, to: string) => {
      await page.click(`section[aria-labelledby="${from}"] .boxes a[href="#${to}"]`);
      expect(await read('location.hash')).toBe(`#${to}`);
      const top = await read<number>(`document.getElementById(${JSON.stringify(to)}).getBoundingClientRect().top`);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(top).toBeLessThan(DESK.height);
    };
    await follow('message-Spawn', 'message-SlotChanged');
    await follow('message-SlotChanged', 'timed-Hunger');
    await page.goBack();
    await follow('message-SlotChanged', 'message-Spawn');
    await follow('message-Spawn', 'message-Rejected');
    await follow('message-Rejected', 'message-Spawn');
    await follow('message-Spawn', 'reason-TOO_MANY_SPAWNED');
    const reason = `document.getElementById("reason-TOO_MANY_SPAWNED").parentElement.textContent`;
    expect(await read<string>(reason)).toContain("Three of the owner's pets are spawned.");
    const links = `[...document.getElementById("reason-TOO_MANY_SPAWNED").parentElement.querySelectorAll("a")].map((one) => one.hash)`;
    expect(await read<string[]>(links)).toEqual(['#message-Spawn']);
  });

  it('has a menu on a phone, and an entry of the current section on a desk', async () => {
    const phone = await openPage(PHONE);
    const isOpen = () =>
      phone.read<boolean[]>(`[${shown('nav')}.length === 1, document.querySelector('#menu').ariaExpanded === 'true']`);
    expect(await isOpen()).toEqual([false, false]);
    await phone.page.click('#menu');
    expect(await isOpen()).toEqual([true, true]);
    await phone.page.click('nav a[href="#message-Despawn"]');
    expect(await isOpen()).toEqual([false, false]);
    // Below the bar that stays at the top.
    const [top = 0, bar = 0] = await phone.read<number[]>(
      '[document.getElementById("message-Despawn").getBoundingClientRect().top, document.querySelector(".side").getBoundingClientRect().bottom]',
    );
    expect(top).toBeGreaterThanOrEqual(bar);
    expect(top).toBeLessThan(bar + 100);

    const desk = await openPage(DESK);
    await desk.page.click('nav a[href="#reasons"]');
    await desk.page.waitForFunction('document.querySelector("nav a[aria-current]")?.hash.startsWith("#reason")');
  });

  it('begins with a link to its content, and shows the focus', async () => {
    const opened = await openPage(PHONE);
    const { page, read } = opened;
    await page.keyboard.press('Tab');
    expect(await read<string>('document.activeElement.className')).toBe('skip');
    const [top, outline] = await read<[number, string]>(
      '[document.activeElement.getBoundingClientRect().top, getComputedStyle(document.activeElement).outlineStyle]',
    );
    expect(top).toBeGreaterThanOrEqual(0);
    expect(outline).toBe('solid');
  });

  it('can be read without its script', async () => {
    const opened = await openPage(PHONE, { scripts: false });
    const hidden =
      '[...document.querySelectorAll("main section, nav, tr")].filter((one) => one.closest("details") === null && one.getClientRects().length === 0).length';
    expect(await opened.read(hidden)).toBe(0);
    expect(await opened.read<number>(`${shown('button, input')}.length`)).toBe(0);
    expect(await overflowIn(opened)).toEqual([]);
  });

  it('works from a disk', async () => {
    const url = pathToFileURL(FILE).href;
    const opened = await openPage(DESK, { url });
    await opened.page.type('#search', 'hunger');
    expect(await opened.read<string>('document.querySelector("#results").textContent')).toContain('results for');
    expect(opened.complaints).toEqual([]);
    expect(opened.requests).toEqual([url]);
  });

  describe('its checks', () => {
    it('find text without contrast', async () => {
      const opened = await openPage(PHONE);
      await opened.page.evaluate('document.querySelector("h1").style.color = "#bbb"');
      expect(await violationsIn(opened)).toEqual([
        expect.stringMatching(/^color-contrast: <h1[^]*insufficient color contrast/),
      ]);
    });

    it('find what sticks out, except in a box that scrolls', async () => {
      const opened = await openPage(PHONE);
      const add = (html: string) =>
        opened.page.evaluate(
          `document.querySelector("main").insertAdjacentHTML("beforeend", ${JSON.stringify(html)}); for (const one of document.querySelectorAll(".wide")) one.style.width = "500px"; for (const one of document.querySelectorAll(".scrolls")) one.style.overflowX = "auto"`,
        );
      await add('<div class="scrolls"><p class="wide">a</p></div>');
      expect(await overflowIn(opened)).toEqual([]);
      await add('<p class="wide">b</p>');
      expect(await overflowIn(opened)).toEqual(
        ['the page', 'main#content "Pet service', 'p.wide "b"'].map((text) => expect.stringContaining(text)),
      );
    });

    it('find requests, and what the browser complains about', async () => {
      const opened = await openPage(PHONE);
      await opened.page.evaluate(
        'document.body.append(Object.assign(new Image(), { src: "https://example.org/x.png" }))',
      );
      await opened.page.evaluate('new Promise((done) => setTimeout(done, 100))');
      expect([...opened.requests, ...opened.complaints].join('\n')).toContain('example.org');
      expect(opened.complaints.join('\n')).toContain('Content Security Policy');
    });
  });
});
