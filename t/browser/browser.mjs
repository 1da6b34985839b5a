// A browser that looks at one site: each look at a page ends in a list of faults, by check.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox', '--disable-quic', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
}

// Faults under the name of the check that found them; a check that never ran is a fault too.
export class Report {
  #checks = new Map();

  begin(check) {
    if (!this.#checks.has(check)) this.#checks.set(check, { looks: 0, faults: [] });
    return this.#checks.get(check);
  }

  add(check, where, faults) {
    const entry = this.begin(check);
    entry.looks++;
    for (const fault of faults) entry.faults.push(`${where}: ${fault}`);
  }

  // The lines the shell side reads: `ok - NAME` or `not ok - NAME`, then what was found.
  print() {
    for (const [check, { looks, faults }] of this.#checks) {
      if (looks === 0) faults.push('nothing was looked at');
      console.log(`${faults.length === 0 ? 'ok' : 'not ok'} - ${check} (${looks})`);
      for (const fault of faults.slice(0, 30)) console.log(`# ${fault.replaceAll('\n', ' ')}`);
      if (faults.length > 30) console.log(`# and ${faults.length - 30} more`);
    }
  }
}

// Counts how far things moved after they were first painted, from before the page's first byte.
function watch_shifts() {
  globalThis.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.shifted += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

// Opens a page as a reader with this screen sees it. On a screen as high as TALL nearly
// everything is in sight, so that whatever moves is noticed.
export const TALL = 12000;

export async function open(browser, base, view) {
  const { path, width, height = 800, scheme = 'light', scripts = true } = view;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    javaScriptEnabled: scripts,
  });
  const page = await context.newPage();
  const seen = { elsewhere: [], console: [] };
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== base && url.protocol !== 'data:') seen.elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      seen.console.push({ text: message.text(), url: message.location().url });
    }
  });
  page.on('pageerror', (error) => seen.console.push({ text: String(error), url: '' }));
  if (scripts) await page.addInitScript(watch_shifts);
  const response = await page.goto(new URL(path, base).href, { waitUntil: 'load' });
  return { context, page, seen, response, close: () => context.close() };
}

// Fetches also the pictures that wait for a reader to come near; all arrive, or cannot.
export function load_pictures(page) {
  return page.evaluate(async () => {
    for (const image of document.images) image.loading = 'eager';
    const late = new Promise((next) => setTimeout(next, 20000));
    const all = [...document.images].map((image) => image.decode().catch(() => {}));
    await Promise.race([Promise.all(all), late]);
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  });
}

export async function axe_faults(page) {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => ({
      id,
      where: nodes.slice(0, 3).map((node) => node.target.join(' ')),
      why: nodes[0].any[0]?.message ?? nodes[0].failureSummary ?? '',
    }));
  });
  return violations.map(({ id, where, why }) => `${id} at ${where.join(', ')}: ${why}`);
}

// Nothing may make the page wider than the screen; a table may scroll inside its own frame.
export function sideways_faults(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const wide = [...document.querySelectorAll('body *')]
      .filter((node) => node.getBoundingClientRect().right > room + 0.5)
      .map((node) => `${node.localName}.${node.className}`);
    const width = document.documentElement.scrollWidth;
    return [`${width} px in ${room}: ${wide.slice(0, 4).join(', ')}`];
  });
}

export function language_faults(page, lang) {
  return page.evaluate((wanted) => {
    const faults = [];
    const { lang, dir } = document.documentElement;
    if (lang !== wanted) faults.push(`lang is "${lang}", not "${wanted}"`);
    if (dir !== 'ltr') faults.push(`dir is "${dir}"`);
    const current = document.querySelector('.site-languages [aria-current]');
    if (current?.lang !== wanted) faults.push('the language menu does not mark this language');
    for (const link of document.querySelectorAll('a[hreflang]')) {
      if (link.lang !== link.hreflang) faults.push(`${link.textContent} is not in its language`);
    }
    return faults;
  }, lang);
}

// One h1, first of all; and no level left out on the way down.
export function heading_faults(page) {
  return page.evaluate(() => {
    const faults = [];
    let before = 0;
    for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
      const level = Number(heading.localName[1]);
      if (level > before + 1) faults.push(`h${level} after h${before}: ${heading.textContent}`);
      if (level === 1 && before !== 0) faults.push(`a second h1: ${heading.textContent}`);
      if (heading.textContent.trim() === '') faults.push(`an empty h${level}`);
      before = level;
    }
    return before === 0 ? ['no heading'] : faults;
  });
}

// To be asked after load_pictures.
export function picture_faults(page) {
  return page.evaluate(() => {
    const faults = [];
    for (const image of document.images) {
      const name = image.getAttribute('src');
      if (!image.hasAttribute('alt')) faults.push(`${name} has no alt`);
      if (!image.hasAttribute('width') || !image.hasAttribute('height')) {
        faults.push(`${name} has no size`);
      }
      if (!image.complete || image.naturalWidth === 0) faults.push(`${name} did not arrive`);
      if (image.getBoundingClientRect().width < 1) faults.push(`${name} is not to be seen`);
    }
    if (globalThis.shifted > 0.001) faults.push(`the page moved by ${globalThis.shifted}`);
    return faults;
  });
}

// Walks through the page with the Tab key. Every stop must be seen, and differ from itself at rest.
export async function keyboard_faults(page) {
  const faults = [];
  await page.evaluate(() => scrollTo(0, 0));
  const wanted = await page.evaluate(() =>
    document.querySelectorAll('a[href], button, input, [tabindex="0"]').length);
  for (let stop = 0; stop < wanted; stop++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const node = document.activeElement;
      if (node === null || node === document.body) return null;
      const rings = [getComputedStyle(node), getComputedStyle(node, '::after')];
      const box = node.getBoundingClientRect();
      return {
        name: `${node.localName} "${node.textContent.trim().slice(0, 30)}"`,
        is_skip: node.matches('.skip'),
        has_ring: rings.some((style) =>
          style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
        is_on_screen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.width > 1,
      };
    });
    if (at === null) {
      faults.push(`Tab leaves the page after ${stop} of ${wanted} stops`);
      break;
    }
    if (stop === 0 && !at.is_skip) faults.push(`the first stop is ${at.name}, not the skip link`);
    if (!at.has_ring) faults.push(`${at.name} shows no focus`);
    if (!at.is_on_screen) faults.push(`${at.name} is off the screen when it has the focus`);
  }
  return faults;
}

export async function skip_link_faults(page) {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  return page.evaluate(() =>
    document.querySelector('main').contains(document.activeElement)
      ? [] : ['after the skip link, Tab does not lead into the text']);
}
