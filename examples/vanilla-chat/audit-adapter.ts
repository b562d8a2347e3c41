/**
 * Lets `lodestone-audit capture` and `compare` use this chat: Alice attaches a file, the inspector shows the result, and the
 * Export button saves each device's ledger.
 */
import type { Adapter } from '@lodestone/audit';

const adapter: Adapter = {
  name: 'Pebble, the example chat',

  async ready(page) {
    await page.locator('#alice .guard-line[data-state="on"][data-armed="true"]').waitFor();
    await page.locator('#bob .guard-line[data-state="on"][data-armed="true"]').waitFor();
  },

  async attach(page, file) {
    const answers = page.locator('#inspector .ways li[data-surface="send"][data-action]');
    const before = await answers.count();
    await page.locator('#alice input[type="file"]').setInputFiles(file);
    await answers.nth(before).waitFor();
    const newest = answers.first();
    return `${await newest.getAttribute('data-outcome')}, ${await newest.getAttribute('data-action')}`;
  },

  async ledgers(page, { savedBy }) {
    const ledgers = [];
    for (const device of ['Alice’s device', 'Bob’s device']) {
      await page.getByRole('button', { name: device }).click();
      ledgers.push(await savedBy(() => page.getByRole('button', { name: 'Export' }).click()));
    }
    return ledgers;
  },
};
export default adapter;
