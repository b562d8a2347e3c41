/**
 * A match that must be signalled under an order: the only data that crosses from the checking side to the outbox.
 * Spec: docs/design/client.md#policy
 */
import type { DetectionOrder, OrderDigest, ManifestDigest, Media, SignalRule, Surface } from '@lodestone/protocol';

/** Why a match may be signalled. A near match alone is no evidence: see docs/detection/collisions.md. */
export type Evidence =
  | { kind: 'exact' }
  /** A near match, and the model that the order pins reached its bucket. */
  | { kind: 'confirmed'; manifestDigest: ManifestDigest; bucket: number }
  | { kind: 'classifier' };

export interface Match {
  kind: 'match' | 'sensitive';
  /** Name of the source of the order. With the order's id it names the lineage that the match counts for. */
  source: string;
  orderDigest: OrderDigest;
  order: DetectionOrder;
  /** Index of the detect item in the order. */
  detectIndex: number;
  rule: SignalRule;
  /** SHA-256 of the manifest of the list or model. */
  manifestDigest: ManifestDigest;
  surface: Surface;
  media: Media;
  /** Entry number; 0 for a model. */
  entry: number;
  /** How many different entries the list has; 0 for a model. */
  entriesInList: number;
  /** Distance to the entry, or the model's bucket. */
  level: number;
  evidence: Evidence;
}
