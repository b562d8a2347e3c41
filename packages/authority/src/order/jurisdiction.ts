/**
 * Jurisdictions of orders: ISO 3166 codes, and the regions whose rules a code inherits.
 * Flow: `legal.jurisdiction` → here → law.ts. Spec: docs/design/authority.md#law, ISO 3166-1 and 3166-2
 */

/** Member states of the European Union. */
const EU_MEMBERS: readonly string[] =
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

/**
 * Overseas countries and territories of member states (TFEU, Annex II). The sources do not say whether the EU's rules
 * apply there, so these codes inherit none.
 */
const OVERSEAS: readonly string[] = 'FR-BL FR-NC FR-PF FR-PM FR-TF FR-WF NL-AW NL-BQ1 NL-BQ2 NL-BQ3 NL-CW NL-SX'.split(
  ' ',
);

/** User-assigned codes of ISO 3166-1 that mean no country: for tests, examples and demonstrations. */
const TEST_CODES: readonly string[] = ['XA', 'XX', 'ZZ'];
export const TEST_REGION = 'test';

/** Codes that other systems use for a country, and the ISO 3166 code. */
const ALIASES: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR' };

/** Whether the text has the form of a code: `EU`, a country such as `DE`, or a subdivision such as `DE-BE`. */
export function isCode(text: string): boolean {
  return /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/.test(text);
}

/** The code that is probably meant, if the text is a common alias of another code. */
export function aliasOf(code: string): string | undefined {
  const alias = ALIASES[code.slice(0, 2)];
  return alias && alias + code.slice(2);
}

/** The regions whose rules apply, the narrowest first: a subdivision inherits its country's, and a member state the EU's. */
export function regionsOf(code: string): string[] {
  const country = code.slice(0, 2);
  if (TEST_CODES.includes(country)) return [TEST_REGION];
  if (OVERSEAS.includes(code)) return [code];
  const regions = code === country ? [country] : [code, country];
  return EU_MEMBERS.includes(country) ? [...regions, 'EU'] : regions;
}
