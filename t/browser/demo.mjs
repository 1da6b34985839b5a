// Looks at the demo as a reader does, from one story of which was withdrawn:
//     node demo.mjs http://127.0.0.1:PORT
// With HANJI_LONG every kind of page on every screen; without, each kind and language on one, taken
// in turn, so that every screen has its share.

import * as look from './browser.mjs';
import { markup_faults } from './markup.mjs';

const base = process.argv[2];
const is_long = Boolean(process.env.HANJI_LONG);
const STORY = {
  en: '/en/blog/i-did-not-know-which-switch/',
  ko: '/ko/blog/어느-스위치인지-몰랐다/',
};
const KINDS = {
  home: { en: '/en/', ko: '/ko/' },
  list: { en: '/en/blog/', ko: '/ko/blog/' },
  story: STORY,
  post: { en: '/en/blog/two-men-who-said-no/', ko: '/ko/blog/돌아가지-않겠다고-말한-두-사람/' },
  report: { en: '/en/reports/no-free-answer/', ko: '/ko/reports/no-free-answer/' },
  page: { en: '/en/one-lamp/', ko: '/ko/one-lamp/' },
  topic: { en: '/en/topics/memory/', ko: '/ko/topics/기억/' },
  search: { en: '/en/search/', ko: '/ko/search/' },
  found: { en: '/en/search/?q=river+house', ko: '/ko/search/?q=사람' },
  'nothing found': { en: '/en/search/?q=xylophone', ko: '/ko/search/?q=실로폰' },
  'not found': { en: '/en/nothing-is-here/', ko: '/ko/nothing-is-here/', status: 404 },
  gone: { en: '/en/blog/words-that-dry/', ko: '/ko/blog/마르는-글씨/', status: 410 },
};
const SCREENS = [320, 360, 768, 1280].flatMap((width) =>
  ['light', 'dark'].map((scheme) => ({ width, scheme })));
const report = new look.Report();
const browser = await look.launch();
let turn = 0;

for (const [kind, { status = 200, ...paths }] of Object.entries(KINDS)) {
  for (const [lang, path] of Object.entries(paths)) {
    for (const screen of is_long ? SCREENS : [SCREENS[turn++ * 3 % SCREENS.length]]) {
      const where = `${lang} ${kind} at ${screen.width}, ${screen.scheme}`;
      await look_at(where, lang, status, { path, ...screen });
    }
    const response = await fetch(base + encodeURI(path));
    report.add('html-validate finds nothing', `${lang} ${kind}`,
      await markup_faults(await response.text()));
  }
}
await cross_languages();
await read_without_scripts();
await use_the_keyboard();
await read_for_machines();
await ask_for_the_withdrawn();
await browser.close();
report.print();

async function look_at(where, lang, status, view) {
  const { page, seen, response, close } =
    await look.open(browser, base, { ...view, height: look.TALL });
  report.add('every kind of page answers as it should', where,
    response.status() === status ? [] : [`status ${response.status()}`]);
  await look.load_pictures(page);
  report.add('axe finds nothing', where, await look.axe_faults(page));
  report.add('no page scrolls sideways', where, await look.sideways_faults(page));
  report.add('language and direction are right', where, await look.language_faults(page, lang));
  report.add('headings are in order', where, await look.heading_faults(page));
  report.add('pictures have words and sizes, arrive, and move nothing', where,
    await look.picture_faults(page));
  report.add('nothing is asked of another address', where, seen.elsewhere);
  // The browser itself notes that a page answered 404 or 410.
  const own = status === 200 ? null : response.url();
  report.add('the console stays empty', where,
    seen.console.filter((line) => line.url !== own).map((line) => line.text));
  await close();
}

// From the story to its translation and back, by the link in the text's head and the site's menu.
async function cross_languages() {
  const check = 'a story leads to its other language and back';
  for (const link of ['.translations a', '.site-languages a:not([aria-current])']) {
    const { page, close } = await look.open(browser, base, { path: STORY.en, width: 360 });
    const faults = [];
    await page.click(link);
    if (decodeURI(new URL(page.url()).pathname) !== STORY.ko) faults.push(`led to ${page.url()}`);
    faults.push(...await look.language_faults(page, 'ko'));
    await page.click(link);
    if (new URL(page.url()).pathname !== STORY.en) faults.push(`led back to ${page.url()}`);
    report.add(check, link, faults);
    await close();
  }
}

async function read_without_scripts() {
  const check = 'without JavaScript everything is there';
  for (const kind of is_long ? Object.keys(KINDS) : ['story', 'not found']) {
    const path = KINDS[kind].en;
    const faults = [];
    const [scripted, plain] = await Promise.all([true, false].map((scripts) =>
      look.open(browser, base, { path, width: 360, scripts })));
    const [wanted, text] = await Promise.all(
      [scripted, plain].map(({ page }) => page.locator('body').innerText()));
    if (text !== wanted || text.length < 60) faults.push('the text differs');
    if (await plain.page.locator('script:not([type="application/ld+json"])').count() > 0) faults.push('there is a script');
    await plain.page.locator('.site-header .site-name').click();
    if (new URL(plain.page.url()).pathname !== '/en/') faults.push('the name leads nowhere');
    report.add(check, kind, faults);
    await Promise.all([scripted.close(), plain.close()]);
  }
}

async function use_the_keyboard() {
  for (const kind of is_long ? Object.keys(KINDS) : ['home', 'post']) {
    for (const screen of is_long ? SCREENS : [SCREENS[0]]) {
      const view = { path: KINDS[kind].en, ...screen };
      const where = `${kind} at ${screen.width}, ${screen.scheme}`;
      const walk = await look.open(browser, base, view);
      report.add('with the keyboard, focus is always seen', where,
        await look.keyboard_faults(walk.page));
      await walk.close();
      const skip = await look.open(browser, base, view);
      report.add('the skip link leads into the text', where,
        await look.skip_link_faults(skip.page));
      await skip.close();
    }
  }
}

// Feeds and the sitemap are XML, and what they name is there. Their addresses begin with the
// site's public one, which is not where this server listens.
async function read_for_machines() {
  const { page, close } = await look.open(browser, base, { path: '/en/', width: 360 });
  const lists = {
    '/en/feed.xml': 'item > link',
    '/ko/feed.xml': 'item > link',
    '/sitemap-2026.xml': 'loc',
    '/sitemap-pages.xml': 'loc',
  };
  for (const [path, selector] of Object.entries(lists)) {
    const xml = await (await fetch(base + path)).text();
    const { fault, links } = await page.evaluate(([xml, selector]) => {
      const tree = new DOMParser().parseFromString(xml, 'application/xml');
      return {
        fault: tree.querySelector('parsererror')?.textContent,
        links: [...tree.querySelectorAll(selector)].map((node) => node.textContent),
      };
    }, [xml, selector]);
    report.add('feeds and sitemap are well-formed', path, fault ? [fault] : []);
    const faults = links.length < 4 ? [`only ${links.length} links`] : [];
    for (const link of links) {
      const { status } = await fetch(base + new URL(link).pathname);
      if (status !== 200) faults.push(`${link} answers ${status}`);
    }
    report.add('what feeds and sitemap name is there', path, faults);
  }
  await close();
}

// The page that says 410 must not say of what.
async function ask_for_the_withdrawn() {
  const titles = { en: /words that dry/i, ko: /마르는 글씨/ };
  for (const [lang, title] of Object.entries(titles)) {
    const places = [KINDS.gone[lang], KINDS.home[lang], KINDS.list[lang], `/${lang}/feed.xml`];
    for (const path of places) {
      const text = await (await fetch(base + encodeURI(path))).text();
      report.add('nothing tells what was withdrawn', path, title.test(text) ? ['the title'] : []);
    }
  }
}
