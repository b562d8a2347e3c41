/**
 * Legal rules as data. Each rule forbids or permits the orders that meet all of its conditions, and carries its source.
 * Not legal advice. The rules contain only what their sources say; every other case is unknown. Spec: docs/design/authority.md#law
 */
import type { Basis } from '@lodestone/protocol/order';
import type { Instant } from '@lodestone/protocol/time';
import { TEST_REGION } from './jurisdiction.ts';

export interface LawRule {
  name: string;
  /** An ISO 3166 code, or `EU` for the European Union and its member states. */
  region: string;
  effect: 'forbids' | 'permits';
  /** The rule applies to an order that meets all of these conditions. */
  when: {
    basis?: readonly Basis[];
    endToEndEncrypted?: boolean;
    /** At least one detect item has `signal`. */
    signals?: boolean;
    /** The order begins before this time. */
    beginsBefore?: Instant;
    /** The order ends after this time. */
    endsAfter?: Instant;
  };
  /** For people: what the source says, and for a rule that forbids, which order it would not forbid. */
  because: string;
  source: LawSource;
}

export interface LawSource {
  cites: string;
  /** The date on which the source was read. */
  read: string;
  /** Primary: the law's own text was read. Secondary: a description of it. */
  kind: 'primary' | 'secondary';
}

const DEROGATION: LawSource = {
  cites:
    'Regulation (EU) 2026/1881, from three independent descriptions and a list of derogations from Directive 2002/58/EC; the Official Journal was not read',
  read: '2026-11-28',
  kind: 'secondary',
};
const ONLINE_SAFETY_ACT: LawSource = {
  cites: 'Online Safety Act 2023, section 121, from descriptions; the Act was not read',
  read: '2026-11-28',
  kind: 'secondary',
};

const VOLUNTARY = ['consent', 'provider-policy'] as const;
const BEGINS = '2026-07-31T00:00:00Z' as Instant;
const ENDS = '2028-04-04T00:00:00Z' as Instant;

export const LAW_RULES: readonly LawRule[] = [
  {
    name: 'eu-derogation-excludes-encrypted',
    region: 'EU',
    effect: 'forbids',
    when: { basis: VOLUNTARY, endToEndEncrypted: true, signals: true },
    because:
      'Regulation (EU) 2026/1881 excludes communications with end-to-end encryption from voluntary detection that reports. An order without "signal" is not excluded: it warns or blocks on the device and sends nothing.',
    source: DEROGATION,
  },
  {
    name: 'eu-derogation-not-before',
    region: 'EU',
    effect: 'forbids',
    when: { basis: VOLUNTARY, signals: true, beginsBefore: BEGINS },
    because: 'Regulation (EU) 2026/1881 applies from 31 July 2026; its predecessor ended on 3 April 2026.',
    source: DEROGATION,
  },
  {
    name: 'eu-derogation-not-after',
    region: 'EU',
    effect: 'forbids',
    when: { basis: VOLUNTARY, signals: true, endsAfter: ENDS },
    because: 'Regulation (EU) 2026/1881 ends on 3 April 2028, and orders based on it must end by then.',
    source: DEROGATION,
  },
  {
    name: 'eu-derogation-allows-voluntary',
    region: 'EU',
    effect: 'permits',
    when: { basis: VOLUNTARY, endToEndEncrypted: false, signals: true },
    because:
      'Regulation (EU) 2026/1881 allows voluntary detection that reports, with its safeguards, on services without end-to-end encryption.',
    source: DEROGATION,
  },
  {
    name: 'eu-device-only',
    region: 'EU',
    effect: 'permits',
    when: { signals: false },
    because:
      'An order that warns or blocks on the device and sends nothing needs no derogation from Directive 2002/58/EC.',
    source: DEROGATION,
  },
  {
    name: 'uk-technology-not-accredited',
    region: 'GB',
    effect: 'forbids',
    when: { basis: ['order'] },
    because:
      'A notice under section 121 of the Online Safety Act 2023 may only require accredited technology, and no accreditation of Lodestone is known.',
    source: ONLINE_SAFETY_ACT,
  },
  {
    name: 'test-jurisdiction',
    region: TEST_REGION,
    effect: 'permits',
    when: {},
    because: 'This code belongs to no country. It is for tests and demonstrations; do not use it for a real order.',
    source: {
      cites: 'this project’s convention for codes that ISO 3166-1 leaves to users',
      read: '2026-11-28',
      kind: 'primary',
    },
  },
];
