/**
 * `lodestone-audit list`: reads mirrors as a new app does, compares their signed lists, and proves what is on them.
 * Flow: mirrors → compared → questions, answered with Merkle proofs. Spec: docs/design/audit.md#list, docs/design/signed-inputs.md#tuf-client
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { answer, type Question } from './lookup.ts';
import { readMirror } from './mirror.ts';
import { errorText, type Report, reportOf } from '../../report/report.ts';
import { answerClaim, mirrorClaims, onlyList } from './claims.ts';
import type { ListFacts, ListSummary, MirrorFacts, ReadMirror } from './facts.ts';

export interface ListOptions {
  /** Addresses or folders of mirrors of one authority. */
  mirrors: readonly string[];
  /** The pinned root.json. */
  root: Uint8Array;
  /** Only this list; otherwise every list of the authority. */
  list?: string | undefined;
  questions?: readonly Question[];
  now: number;
  say?: (line: string) => void;
}

export async function auditList(options: ListOptions): Promise<Report<ListFacts>> {
  const { mirrors: urls, questions = [], list, now, say = () => {} } = options;
  const read: ReadMirror[] = [];
  for (const url of urls) {
    say(`Reading ${url}`);
    read.push(await readOrRefuse(url, options.root, now));
  }
  const accepted = read.flatMap(({ mirror }) => (mirror ? [onlyList(mirror, list)] : []));
  const lists = accepted[0]?.lists ?? [];
  const answers = questions.map((question) => {
    say(`Proving ${question.ask === 'entry' ? `entry ${question.entry}` : question.name}`);
    return { question, answers: lists.map((one) => answer(one, question)) };
  });
  return reportOf('list', urls.join(', '), {
    claims: [...mirrorClaims(read, list), ...answers.map(answerClaim)],
    limits: LIST_LIMITS,
    facts: { mirrors: read.map((one) => mirrorFacts(one, list)), answers },
  });
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
      counts: manifest.counts,
      notAfter: manifest.notAfter,
      inForce,
      suppressed,
    }),
  );
  return { url, versions: mirror.versions, lists };
}
