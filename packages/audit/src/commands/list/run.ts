/**
 * `lodestone-audit list`: reads mirrors as a new app does, compares their signed lists, and proves what is on them.
 * Flow: mirrors → compared → questions, answered with Merkle proofs. Spec: docs/design/audit.md#list, docs/design/signed-inputs.md#tuf-client
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Escrow } from '@lodestone/protocol/locked-escrow';
import { openLookup, type Question } from './lookup.ts';
import { type MirroredList, readMirror } from './mirror.ts';
import type { CheckOptions } from './check-rows.ts';
import { isOf, type Rebuilt, rebuild } from './rebuild.ts';
import { errorText, type Report, reportOf } from '../../report/report.ts';
import { answerClaim, mirrorClaims, onlyList, rebuildClaims } from './claims.ts';
import type { ListFacts, ListSummary, MirrorFacts, ReadMirror } from './facts.ts';

/** Opening a row takes milliseconds, so of a list of hundreds of thousands a part is opened. */
const OPEN_MS = 300_000;

export interface ListOptions {
  /** Addresses or folders of mirrors of one authority. */
  mirrors: readonly string[];
  /** The pinned root.json. */
  root: Uint8Array;
  /** Only this list; otherwise every list of the authority. */
  list?: string | undefined;
  questions?: readonly Question[];
  /** The escrow of a locked list, to write it again. */
  escrow?: Escrow | undefined;
  /** How long rows of a list that is written again may be opened, in ms. Default: 5 minutes. */
  openMs?: number;
  now: number;
  say?: (line: string) => void;
}

export async function auditList(options: ListOptions): Promise<Report<ListFacts>> {
  const { mirrors: urls, questions = [], escrow, list, now, openMs = OPEN_MS, say = () => {} } = options;
  const read: ReadMirror[] = [];
  for (const url of urls) {
    say(`Reading ${url}`);
    read.push(await readOrRefuse(url, options.root, now));
  }
  const accepted = read.flatMap(({ mirror }) => (mirror ? [onlyList(mirror, list)] : []));
  const lists = accepted[0]?.lists ?? [];
  const answers = await answersOf(lists, questions, say);
  const rebuilt = escrow && (await rebuildList(lists, escrow, { openMs, say }));
  const locked = lists.filter(({ manifest }) => manifest.form === 'locked').map(({ manifest }) => manifest.list);
  return reportOf('list', urls.join(', '), {
    claims: [
      ...mirrorClaims(read, list),
      ...answers.map(answerClaim),
      ...(escrow ? rebuildClaims(rebuilt, lists.length > 0) : []),
    ],
    limits: [...LIST_LIMITS, ...(locked.length > 0 ? [lockedLimit(locked)] : [])],
    facts: { mirrors: read.map((one) => mirrorFacts(one, list)), answers, ...(rebuilt && { rebuilt }) },
  });
}

async function answersOf(
  lists: readonly MirroredList[],
  questions: readonly Question[],
  say: (line: string) => void,
): Promise<ListFacts['answers']> {
  if (questions.length === 0) return [];
  const lookups = await Promise.all(lists.map(openLookup));
  const answered = [];
  for (const question of questions) {
    say(`Proving ${question.ask === 'entry' ? `entry ${question.entry}` : question.name}`);
    answered.push({
      question: withoutMargins(question),
      answers: await Promise.all(lookups.map((lookUp) => lookUp(question))),
    });
  }
  return answered;
}

/** They are a small picture of the picture, which a report must not have. */
function withoutMargins(question: Question): Question {
  if (question.ask === 'entry') return question;
  const { margins: _, ...hashes } = question.hashes;
  return { ...question, hashes };
}

async function rebuildList(
  lists: readonly MirroredList[],
  escrow: Escrow,
  options: CheckOptions,
): Promise<Rebuilt | undefined> {
  const list = lists.find((one) => isOf(escrow, one));
  if (!list) return undefined;
  options.say(`Locking the ${escrow.rows.length} rows of list ${list.manifest.list} again`);
  return rebuild(list, escrow, options);
}

function lockedLimit(lists: readonly string[]): string {
  return (
    `Nobody can read the PDQ rows of a locked list (here: ${lists.join(', ')}). A picture or hash opens the rows that are near to it, if at all. ` +
    'This report cannot show how near the other rows are, how many different pictures the list has, or that no picture near to a given one is listed. ' +
    'An auditor who has the escrow of the authority proves with --rebuild what the file has.'
  );
}

const LIST_LIMITS = [
  'A mirror may serve different lists to different people, at different times or by IP address. Run this command from several places and compare the digests.',
  'A proof of absence covers exactly these bytes. Pictures match within a distance, so the report also shows the nearest listed hash.',
  'A hash does not show what it was made from. The authority keeps the record of who added it, and why.',
];

async function readOrRefuse(url: string, root: Uint8Array, now: number): Promise<ReadMirror> {
  try {
    return { url, mirror: await readMirror(url, root, now) };
  } catch (error) {
    if (error instanceof LodestoneError && error.code === 'ERR_USAGE') throw error;
    return { url, refused: errorText(error) };
  }
}

function mirrorFacts({ url, mirror, refused }: ReadMirror, list: string | undefined): MirrorFacts {
  if (!mirror) return { url, refused: refused ?? '', lists: [] };
  const lists = onlyList(mirror, list).lists.map(
    ({ path, manifest, manifestSha256, inForce, suppressed }): ListSummary => ({
      path,
      version: manifest.version,
      manifestSha256,
      fileSha256: manifest.file.sha256,
      fileBytes: manifest.file.length,
      merkleRoot: manifest.merkleRoot,
      form: manifest.form ?? 'plain',
      counts: manifest.counts,
      notAfter: manifest.notAfter,
      inForce,
      suppressed,
    }),
  );
  return { url, versions: mirror.versions, lists };
}
