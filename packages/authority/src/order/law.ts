/**
 * Legal limits as data: a rule refuses an order that meets all of its conditions, and the error names the rule.
 * As of November 2026, from secondary sources. This is not legal advice; passing the rules does not make an order lawful.
 * Spec: docs/design/authority.md#orders
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { fromInstant, type Instant } from '@lodestone/protocol/time';
import type { DetectionOrder } from '@lodestone/protocol/order';

export interface LawRule {
  name: string;
  /** An ISO 3166 code, or EU for the European Union and its member states. */
  jurisdiction: string;
  /** The rule refuses an order if all of these are true. */
  when: {
    basis?: readonly DetectionOrder['basis'][];
    endToEndEncrypted?: boolean;
    /** At least one detect item has `signal`. */
    signals?: boolean;
    /** The order begins before this time. */
    beginsBefore?: Instant;
    /** The order ends after this time. */
    endsAfter?: Instant;
  };
  /** For the author of the order: what the law requires, and which order the rule would allow. */
  because: string;
}

const VOLUNTARY = ['consent', 'provider-policy'] as const;

export const LAW_RULES: readonly LawRule[] = [
  {
    name: 'eu-derogation-excludes-encrypted',
    jurisdiction: 'EU',
    when: { basis: VOLUNTARY, endToEndEncrypted: true, signals: true },
    because:
      'Regulation (EU) 2026/1881 excludes communications with end-to-end encryption from voluntary detection that reports. An order without "signal" is allowed: it warns or blocks on the device and sends nothing.',
  },
  {
    name: 'eu-derogation-not-before',
    jurisdiction: 'EU',
    when: { basis: VOLUNTARY, signals: true, beginsBefore: '2026-07-31T00:00:00Z' as Instant },
    because: 'Regulation (EU) 2026/1881 applies from 31 July 2026; its predecessor ended on 3 April 2026.',
  },
  {
    name: 'eu-derogation-not-after',
    jurisdiction: 'EU',
    when: { basis: VOLUNTARY, signals: true, endsAfter: '2028-04-04T00:00:00Z' as Instant },
    because: 'Regulation (EU) 2026/1881 ends on 3 April 2028, and orders based on it must end by then.',
  },
  {
    name: 'uk-technology-not-accredited',
    jurisdiction: 'GB',
    when: { basis: ['order'] },
    because:
      'A notice under section 121 of the Online Safety Act 2023 may only require accredited technology, and Lodestone is not accredited.',
  },
];

/** Member states of the European Union. */
const EU_MEMBERS: readonly string[] =
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

/**
 * @throws {LodestoneError} `ERR_ORDER_LAW` with the rule's name. The jurisdiction must be `EU` or an ISO 3166 code (`DE`,
 * `DE-BE`), because rules are found by code; `ZZ` is for tests and demonstrations.
 */
export function checkLaw(order: DetectionOrder, rules: readonly LawRule[] = LAW_RULES): void {
  const code = order.legal.jurisdiction;
  if (!/^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/.test(code)) {
    throw refused(
      order,
      'jurisdiction-is-a-code',
      `legal.jurisdiction is "${code}", not a code such as EU, DE or DE-BE`,
    );
  }
  const violated = rules.find((rule) => appliesIn(rule.jurisdiction, code) && excludes(rule.when, order));
  if (violated) throw refused(order, violated.name, violated.because);
}

function appliesIn(jurisdiction: string, code: string): boolean {
  const country = code.slice(0, 2);
  return code === jurisdiction || country === jurisdiction || (jurisdiction === 'EU' && EU_MEMBERS.includes(country));
}

function excludes(when: LawRule['when'], order: DetectionOrder): boolean {
  const signals = order.detect.some(({ signal }) => signal !== undefined);
  return (
    (when.basis?.includes(order.basis) ?? true) &&
    (when.endToEndEncrypted === undefined || when.endToEndEncrypted === order.service.endToEndEncrypted) &&
    (when.signals === undefined || when.signals === signals) &&
    (when.beginsBefore === undefined || fromInstant(order.notBefore) < fromInstant(when.beginsBefore)) &&
    (when.endsAfter === undefined || fromInstant(order.notAfter) > fromInstant(when.endsAfter))
  );
}

function refused({ id }: DetectionOrder, rule: string, because: string): LodestoneError<'ERR_ORDER_LAW'> {
  return new LodestoneError('ERR_ORDER_LAW', `order ${id} violates the rule ${rule}: ${because}`);
}
