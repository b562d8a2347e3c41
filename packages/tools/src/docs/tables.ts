/**
 * Tables of pages that follow from code. A page has them between `<!-- table: NAME -->` and `<!-- /table -->`;
 * `npm run docs -- --tables` writes them, and a test compares. Pure.
 */
import { errorTable } from './errors.ts';
import { orderFields } from './order-fields.ts';

const TABLES: Readonly<Record<string, () => string>> = {
  'order fields': orderFields,
  'client errors': () => errorTable('client'),
  'document errors': () => errorTable('documents'),
  'tool errors': () => errorTable('tools'),
  'pdq errors': () => errorTable('pdq'),
};

/** @throws if a page names a table that does not exist */
export function withTables(page: string): string {
  return page.replaceAll(/^<!-- table: (.+) -->$[^]*?^<!-- \/table -->$/gm, (_, name: string) => {
    const table = TABLES[name];
    if (!table) throw new Error(`no table "${name}"; there are ${Object.keys(TABLES).join(', ')}`);
    return `<!-- table: ${name} -->\n\n${table()}\n\n<!-- /table -->`;
  });
}
