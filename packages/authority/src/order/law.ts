/**
 * Judges an order by the legal rules of its jurisdiction: permitted, forbidden, or unknown. Pure.
 * Promise: an order that a rule forbids is never staged, and an unjudged one only on request. Not legal advice: a permitted
 * order can be unlawful. Spec: docs/design/authority.md#law
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { DetectionOrder } from '@lodestone/protocol/order';
import { fromInstant } from '@lodestone/protocol/time';
import { aliasOf, isCode, regionsOf } from './jurisdiction.ts';
import { LAW_RULES, type LawRule } from './law-rules.ts';

export interface Judgement {
  jurisdiction: string;
  /** `forbidden` if a rule forbids the order, else `permitted` if a rule permits it, else `unknown`. */
  outcome: 'permitted' | 'forbidden' | 'unknown';
  /** The rules that decided. */
  rules: LawRule[];
  /** For people: one sentence for each rule, or the reason why the case is unknown. */
  sentences: string[];
}

const NOT_LEGAL_ADVICE: string =
  'This is not legal advice: the rules are a summary of a few sources, and a permitted order can be unlawful.';

export function judgeOrder(order: DetectionOrder, rules: readonly LawRule[] = LAW_RULES): Judgement {
  const { jurisdiction } = order.legal;
  if (!isCode(jurisdiction)) return unknown(jurisdiction, `"${jurisdiction}" is not a code such as EU, DE or DE-BE`);
  const regions = regionsOf(jurisdiction);
  const known = rules.filter(({ region }) => regions.includes(region));
  if (known.length === 0) return unknown(jurisdiction, whyUnknown(jurisdiction));
  const applying = known.filter(({ when }) => meets(order, when));
  const forbidding = applying.filter(({ effect }) => effect === 'forbids');
  if (forbidding.length > 0) return decided(jurisdiction, 'forbidden', forbidding);
  if (applying.length > 0) return decided(jurisdiction, 'permitted', applying);
  return unknown(jurisdiction, `the rules of ${regions.join(', ')} do not say whether ${termsOf(order)} is lawful`);
}

/** @throws {LodestoneError} `ERR_ORDER_LAW` with the rule's name; also for an unknown case, unless `unjudged` is true */
export function checkLaw(
  order: DetectionOrder,
  { unjudged = false, rules = LAW_RULES }: { unjudged?: boolean; rules?: readonly LawRule[] } = {},
): Judgement {
  const judgement = judgeOrder(order, rules);
  const [sentence = ''] = judgement.sentences;
  if (!isCode(order.legal.jurisdiction)) {
    throw refused(order, `violates the rule jurisdiction-is-a-code: legal.jurisdiction is not a code: ${sentence}`);
  }
  const [rule] = judgement.rules;
  if (judgement.outcome === 'forbidden' && rule) {
    throw refused(order, `violates the rule ${rule.name}: ${rule.because} Source: ${sourceOf(rule)}.`);
  }
  if (judgement.outcome === 'unknown' && !unjudged) {
    throw refused(
      order,
      `cannot be judged: ${sentence}. Have a lawyer judge it, and then stage it with --unjudged (in the library: unjudged)`,
    );
  }
  return judgement;
}

/** A judgement in plain words, one line for each fact. */
export function describeJudgement({ jurisdiction, outcome, sentences }: Judgement): string[] {
  const verdict = {
    permitted: `no rule of ${jurisdiction} forbids this order, and a rule permits it`,
    forbidden: `a rule of ${jurisdiction} forbids this order`,
    unknown: `unjudged: whether this order is lawful in ${jurisdiction} is unknown`,
  }[outcome];
  return [verdict, ...sentences, NOT_LEGAL_ADVICE];
}

function sourceOf({ source: { cites, read, kind } }: LawRule): string {
  return `${cites} (${kind} source, read on ${read})`;
}

function decided(jurisdiction: string, outcome: 'permitted' | 'forbidden', rules: LawRule[]): Judgement {
  const sentences = rules.map((rule) => `${rule.name}: ${rule.because} Source: ${sourceOf(rule)}.`);
  return { jurisdiction, outcome, rules, sentences };
}

function unknown(jurisdiction: string, why: string): Judgement {
  return { jurisdiction, outcome: 'unknown', rules: [], sentences: [why] };
}

function whyUnknown(code: string): string {
  const alias = aliasOf(code);
  return alias ? `no rules are known for "${code}"; did you mean ${alias}?` : `no rules are known for ${code}`;
}

function termsOf({ basis, service, detect }: DetectionOrder): string {
  const signals = detect.some(({ signal }) => signal) ? 'with "signal"' : 'without "signal"';
  return `an order ${signals} and the basis "${basis}" on a service ${service.endToEndEncrypted ? 'with' : 'without'} end-to-end encryption`;
}

function meets(order: DetectionOrder, when: LawRule['when']): boolean {
  const signals = order.detect.some(({ signal }) => signal !== undefined);
  return (
    (when.basis?.includes(order.basis) ?? true) &&
    (when.endToEndEncrypted === undefined || when.endToEndEncrypted === order.service.endToEndEncrypted) &&
    (when.signals === undefined || when.signals === signals) &&
    (when.beginsBefore === undefined || fromInstant(order.notBefore) < fromInstant(when.beginsBefore)) &&
    (when.endsAfter === undefined || fromInstant(order.notAfter) > fromInstant(when.endsAfter))
  );
}

function refused({ id }: DetectionOrder, why: string): LodestoneError<'ERR_ORDER_LAW'> {
  return new LodestoneError('ERR_ORDER_LAW', `order ${id} ${why}`);
}
