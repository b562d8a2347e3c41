/**
 * The signed inputs in force at one moment: what the updater hands to the checking side.
 * Flow: network/updater → here → scan-plan. Spec: docs/design/signed-inputs.md#orders-in-force
 */
import type {
  ConfirmRule,
  Detect,
  DetectionOrder,
  DetectKnown,
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
  form?: 'locked' | undefined;
  /** Names of the list authorities that have signed these bytes, its own source among them. */
  signedBy: readonly string[];
  /** How many different entries it has. */
  entries: number;
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
  /** Orders whose period has begun, and whose lists or models are still on their way. */
  coming: readonly OrderInForce[];
  /** A source that may publish orders has never given them to this storage: its orders are not known yet. */
  isUnheard: boolean;
  lists: readonly ListInForce[];
  models: readonly ModelInForce[];
}

/** Before storage is read, and if it cannot be opened. */
export const NO_INPUTS: Inputs = { orders: [], unknown: [], coming: [], isUnheard: true, lists: [], models: [] };

/** The list as a detect item accepts it: of its purpose, and signed by everyone whom it demands. */
export function listFor(
  { list, purpose, alsoBy }: Pick<DetectKnown, 'list' | 'purpose' | 'alsoBy'>,
  lists: readonly ListInForce[],
): ListInForce | undefined {
  return lists.find(
    (one) => one.reference === list && one.purpose === purpose && alsoBy.every((name) => one.signedBy.includes(name)),
  );
}

/** The model that may confirm near matches: the pinned release, with figures by group. */
export function confirmingModel(
  { model, manifestDigest }: Pick<ConfirmRule, 'model' | 'manifestDigest'>,
  models: readonly ModelInForce[],
): ModelInForce | undefined {
  return models.find((one) => one.reference === model && one.manifestDigest === manifestDigest && one.maySignal);
}

/** Whether a match of the item can be evidence at all: models classify pictures only, and only those with figures by group may signal. */
export function canSignal({ media }: DetectionOrder, item: Detect, models: readonly ModelInForce[]): boolean {
  if (!item.signal) return false;
  if (item.kind === 'known' && item.signal.evidence.includes('exact')) return true;
  if (!media.includes('image')) return false;
  if (item.kind === 'classifier')
    return models.some(({ reference, maySignal }) => reference === item.model && maySignal);
  const { confirm } = item.signal;
  return confirm !== undefined && confirmingModel(confirm, models) !== undefined;
}

/** The lists and models that an order names and that do not serve it now. */
export function missingInputs(
  { detect, media }: DetectionOrder,
  { lists, models }: Pick<Inputs, 'lists' | 'models'>,
): TargetReference[] {
  const missing = detect.flatMap((item): TargetReference[] => {
    if (item.kind === 'classifier') {
      const isUsed = media.includes('image'); // models classify pictures only
      return isUsed && !models.some(({ reference }) => reference === item.model) ? [item.model] : [];
    }
    const confirm = item.signal?.confirm;
    return [
      ...(listFor(item, lists) ? [] : [item.list]),
      ...(confirm && !confirmingModel(confirm, models) ? [confirm.model] : []),
    ];
  });
  return [...new Set(missing)];
}
