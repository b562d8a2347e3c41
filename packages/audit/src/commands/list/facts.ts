/** The facts of a list report. Flow: run.ts → here → claims, report sections. Spec: docs/design/audit.md#list */
import type { Digest, FileDigest, ManifestDigest } from '@lodestone/protocol/digest';
import type { TargetPath } from '@lodestone/protocol/paths';
import type { Instant } from '@lodestone/protocol/time';
import type { Answer, Question } from './lookup.ts';
import type { Mirror, MirroredList } from './mirror.ts';
import type { Rebuilt } from './rebuild.ts';

export interface ReadMirror {
  url: string;
  /** Absent if it was refused. */
  mirror?: Mirror;
  refused?: string;
}

export interface ListFacts {
  mirrors: readonly MirrorFacts[];
  answers: readonly { question: Question; answers: readonly Answer[] }[];
  /** Only with the escrow of a list that the first mirror serves. */
  rebuilt?: Rebuilt;
}

export interface MirrorFacts {
  url: string;
  /** The error, if the mirror was refused. */
  refused?: string;
  versions?: Mirror['versions'];
  lists: readonly ListSummary[];
}

export interface ListSummary {
  path: TargetPath;
  version: number;
  manifestSha256: ManifestDigest;
  fileSha256: FileDigest;
  fileBytes: number;
  merkleRoot: Digest;
  /** Whether the PDQ rows can be read. */
  form: 'plain' | 'locked';
  counts: MirroredList['manifest']['counts'];
  notAfter: Instant;
  inForce: boolean;
  suppressed: readonly number[];
}
