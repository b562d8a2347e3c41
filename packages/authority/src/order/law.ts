/**
 * What the law of a jurisdiction excludes, as data: an order that meets all conditions of a rule is refused by the
 * rule's name. As of November 2026, after secondary sources; not legal advice, and no rule here makes an order lawful.
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { fromInstant, type Instant } from '@lodestone/protocol/time';
import type { DetectionOrder } from '@lodestone/protocol/order';

export interface LawRule {
  name: string;
  /** ISO 3166 codes, or EU for the union and its member states. */
  jurisdiction: string;
  /** Excluded is an order for which all of these hold. */
  when: {
    basis?: readonly DetectionOrder['basis'][];
    endToEndEncrypted?: boolean;
    /** Any detect item has `signal`. */
    signals?: boolean;
    /** It begins before this, or is still in force at `endsAfter`. */
    beginsBefore?: Instant;
    endsAfter?: Instant;
  };
  /** For the author: what the law says, and what would be lawful. */
  because: string;
}

const VOLUNTARY = ['consent', 'provider-policy'] as const;

export const LAW_RULES: readonly LawRule[] = [
  {
    name: 'eu-derogation-excludes-encrypted',
    jurisdiction: 'EU',
    when: { basis: VOLUNTARY, endToEndEncrypted: true, signals: true },
    because:
      'Regulation (EU) 2026/1881 excludes communications with end-to-end encryption from voluntary detection that reports. An order without "signal" warns or blocks on the device and sends nothing.',
  },
  {
    name: 'eu-derogation-not-before',
    jurisdiction: 'EU',
    when: { basis: VOLUNTARY, signals: true, beginsBefore: '2026-07-31T00:00:00Z' as Instant },
    because: 'Regulation (EU) 2026/1881 is in force from 31 July 2026; the one before it ended on 3 April 2026.',
  },
  {
    name: 'eu-derogation-not-after',
    jurisdiction: 'EU',
    when: { basis: VOLUNTARY, signals: true, endsAfter: '2028-04-04T00:00:00Z' as Instant },
    because: 'Regulation (EU) 2026/1881 ends on 3 April 2028, and so must what rests on it.',
  },
  {
    name: 'uk-technology-not-accredited',
    jurisdiction: 'GB',
    when: { basis: ['order'] },
    because:
      'a notice under section 121 of the Online Safety Act 2023 may only require accredited technology, and this one is not accredited.',
  },
];

/** Member states of the European Union. */
const EU_MEMBERS: readonly string[] =
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

/**
 * @throws {LodestoneError} `ERR_ORDER_LAW` with the rule's name. A jurisdiction in words is refused too, as no rule could
 * be found by it: `EU`, or an ISO 3166 code (`DE`, `DE-BE`); `ZZ` is free for tests and demonstrations.
 */
export function checkLaw(order: DetectionOrder, rules: readonly LawRule[] = LAW_RULES): void {
  const code = order.legal.jurisdiction;
  if (!/^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/.test(code)) {
    throw refused(order, 'jurisdiction-is-a-code', `"${code}" is no code such as EU, DE or DE-BE`);
  }
  const broken = rules.find((rule) => appliesIn(rule.jurisdiction, code) && excludes(rule.when, order));
  if (broken) throw refused(order, broken.name, broken.because);
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
  return new LodestoneError('ERR_ORDER_LAW', `order ${id} breaks the rule ${rule}: ${because}`);
}
