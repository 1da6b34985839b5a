// Looks at a site that was brought in from elsewhere, whatever its authors wrote:
//     node imported.mjs http://127.0.0.1:PORT
// Every page its sitemap names, at 320 pixels, light and dark in turn. axe and html-validate read
// all of them with HANJI_LONG, and every tenth without.

import * as look from './browser.mjs';
import { markup_faults } from './markup.mjs';

const base = process.argv[2];
const STEP = process.env.HANJI_LONG ? 1 : 10;

const report = new look.Report();
const browser = await look.launch();
const named_in = async (path) => {
  const map = await (await fetch(base + path)).text();
  return [...map.matchAll(/<loc>([^<]*)<\/loc>/g)].map((loc) => new URL(loc[1]).pathname);
};
const paths = (await Promise.all((await named_in('/sitemap.xml')).map(named_in))).flat();
paths.push('/en/blog/', '/en/blog/page/1/', '/en/topics/markup/');

const { page, seen } =
  await look.open(browser, base, { path: paths[0], width: 320, height: look.TALL });
for (const [n, path] of paths.entries()) {
  await page.emulateMedia({ colorScheme: n % 2 === 0 ? 'light' : 'dark' });
  const response = await page.goto(base + path);
  const where = decodeURI(path);
  report.add('of an imported site, every page is there', where,
    response.status() === 200 ? [] : [`status ${response.status()}`]);
  report.add('of an imported site, no page scrolls sideways', where,
    await look.sideways_faults(page));
  if (n % STEP === 0) {
    await look.load_pictures(page);
    report.add('of an imported site, axe finds nothing', where, await look.axe_faults(page));
    report.add('of an imported site, pictures arrive and move nothing', where,
      await look.picture_faults(page));
    report.add('of an imported site, html-validate finds nothing', where,
      await markup_faults(await response.text()));
  }
}
report.add('of an imported site, nothing is asked of another address', 'all', seen.elsewhere);
await browser.close();
report.print();
