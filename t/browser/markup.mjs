// What html-validate asks of a page.

import { HtmlValidate } from 'html-validate/node';

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:standard', 'html-validate:a11y', 'html-validate:document'],
  rules: {
    // Our stylesheet comes from the page's own address and carries its hash in its name.
    'require-sri': ['error', { target: 'crossorigin' }],
    // Counts an <aside> inside an article as a landmark, which it is not (HTML-AAM 1.0, 3.5:
    // complementary only when named). axe, which knows, asks the same of real landmarks.
    'unique-landmark': 'off',
  },
});

export async function markup_faults(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap((result) =>
    result.messages.map(({ line, column, ruleId, message }) =>
      `${line}:${column} ${ruleId}: ${message}`));
}
