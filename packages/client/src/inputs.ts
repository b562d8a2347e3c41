/**
 * The signed inputs in force at one moment: what the updater hands to the checking side.
 * Flow: network/updater → here → scan-plan. Spec: docs/design/signed-inputs.md#orders-in-force
 */
import type {
  DetectionOrder,
  OrderDigest,
  ManifestDigest,
  FileDigest,
  TargetReference,
  ListPurpose,
} from '@lodestone/protocol';

/** An order that applies now. */
export interface OrderInForce {
  /** Name of the source that published it. With `order.id` it names the order's lineage: all its versions. */
  source: string;
  orderDigest: OrderDigest;
  order: DetectionOrder;
}

/** A list whose release is in force now. */
export interface ListInForce {
  reference: TargetReference;
  purpose: ListPurpose;
  /** SHA-256 of its manifest. */
  manifestDigest: ManifestDigest;
  /** SHA-256 of its `.lode` file. */
  fileDigest: FileDigest;
  /** Names of the list authorities that have signed these bytes, its own source among them. */
  signedBy: readonly string[];
}

/** A model whose release is in force now. */
export interface ModelInForce {
  reference: TargetReference;
  /** SHA-256 of its manifest. */
  manifestDigest: ManifestDigest;
  /** Its model card has accuracy figures by group, so an order may signal on its findings. */
  maySignal: boolean;
}

/** The same object until something changes, so that callers can compare by identity. */
export interface Inputs {
  orders: readonly OrderInForce[];
  /**
   * Orders whose source has had no valid timestamp for 14 days. Nothing is scanned or sent under them, and nothing that
   * belongs to them is deleted: they have not ended.
   */
  unknown: readonly OrderInForce[];
  lists: readonly ListInForce[];
  models: readonly ModelInForce[];
}

/** Before storage is read. */
export const NO_INPUTS: Inputs = { orders: [], unknown: [], lists: [], models: [] };
