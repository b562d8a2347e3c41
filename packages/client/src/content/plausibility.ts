/**
 * Whether a verdict of the right form could be true under its plan. Pure; called once for each verdict.
 * Flow: message gate → here → policy. Spec: docs/design/message-gate.md#plausibility
 */
import {
  type FileDigest,
  type Finding,
  type KnownFinding,
  type MatchKind,
  MEDIA,
  type Media,
  type PlanList,
  type PlanModel,
  type ScanPlan,
  type SensitiveFinding,
  type Verdict,
} from '@lodestone/protocol';

/** The entry numbers of a list, in any order. */
export interface Entries {
  /** Entries with a SHA-256 row. */
  exact: Uint32Array;
  /** Entries with a PDQ or vPDQ row. */
  near: Uint32Array;
  suppressed: Uint32Array;
}

/** Returns what is wrong with the verdict, or undefined. */
export function implausible(
  verdict: Verdict,
  plan: ScanPlan,
  entriesOf: (fileDigest: FileDigest) => Entries | undefined,
): string | undefined {
  const { media, findings } = verdict;
  if (!verdict.complete && verdict.reason === 'list-missing' && findings.length > 0)
    return 'a finding although a list was missing';
  if (hasRepeats(findings, 'known')) return 'two findings for one list of the plan';
  if (hasRepeats(findings, 'sensitive')) return 'two findings for one model of the plan';
  for (const finding of findings) {
    const why =
      finding.kind === 'known'
        ? implausibleList(finding, plan.lists[finding.list], media, entriesOf)
        : implausibleModel(finding, plan.models[finding.model], media);
    if (why) return why;
  }
  return 'failedModels' in verdict ? implausibleFailure(verdict, plan) : undefined;
}

function implausibleFailure(
  { findings, failedModels }: Extract<Verdict, { failedModels: number[] }>,
  { models }: ScanPlan,
): string | undefined {
  if (failedModels.some((model) => !models[model])) return 'a failure of a model that is not in the plan';
  if (findings.some((one) => one.kind === 'sensitive' && failedModels.includes(one.model)))
    return 'a finding of a model that failed';
  return undefined;
}

function implausibleList(
  { match, distance, entry }: KnownFinding,
  line: PlanList | undefined,
  media: Verdict['media'],
  entriesOf: (fileDigest: FileDigest) => Entries | undefined,
): string | undefined {
  if (!line) return 'a finding for a list that is not in the plan';
  if (!line.media.includes(media === 'unknown' ? 'file' : media))
    return 'a finding in a medium that the plan does not name';
  const { rows, inMedia, onLines } = MATCHES[match];
  if (!inMedia.includes(media)) return `a ${match} match in content that cannot have one`;
  if (!line.media.some((one) => onLines.includes(one))) return `a ${match} match for a line of other media`;
  if (rows === 'exact' && distance !== 0) return 'an exact finding with a distance';
  if (distance > line.maxDistance) return 'a distance above the order’s';
  const list = entriesOf(line.fileDigest);
  if (!list || !list[rows].includes(entry)) return `an entry that has no row for ${match} matches on its list`;
  if (list.suppressed.includes(entry)) return 'an entry that is suppressed';
  return undefined;
}

/** What each kind of match is with: rows of a list, in content of some media, under lines that name one of some media. */
const MATCHES: Readonly<
  Record<MatchKind, { rows: 'exact' | 'near'; inMedia: readonly Verdict['media'][]; onLines: readonly Media[] }>
> = {
  exact: { rows: 'exact', inMedia: [...MEDIA, 'unknown'], onLines: MEDIA },
  near: { rows: 'near', inMedia: ['image', 'video'], onLines: ['image', 'video'] },
  member: { rows: 'exact', inMedia: ['image', 'file'], onLines: MEDIA },
  part: { rows: 'near', inMedia: ['image', 'file'], onLines: ['image', 'video'] },
};

function implausibleModel(
  { bucket }: SensitiveFinding,
  line: PlanModel | undefined,
  media: Verdict['media'],
): string | undefined {
  if (!line) return 'a finding for a model that is not in the plan';
  if (media !== 'image') return 'a finding of a model in content that is not a picture';
  if (bucket < line.minBucket) return 'a bucket below the order’s';
  return undefined;
}

function hasRepeats(findings: readonly Finding[], kind: Finding['kind']): boolean {
  const indices = findings
    .filter((finding) => finding.kind === kind)
    .map((finding) => (finding.kind === 'known' ? finding.list : finding.model));
  return new Set(indices).size < indices.length;
}
