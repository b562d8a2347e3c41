/**
 * Which stored inputs count: everything stored is judged again at each load and each round, by the host's options and the
 * trusted roots of today. Pure; time is not part of it (see in-force).
 * Flow: storage → here → in-force. Promise: an input that would be refused today is not used, and is not deleted either.
 * Spec: docs/design/signed-inputs.md#stored-inputs-are-judged-again
 */
import {
  type FileDigest,
  checkOrder,
  LodestoneError,
  type Name,
  orderPath,
  type ReceiverKeys,
  splitReference,
  type TargetReference,
} from '@lodestone/protocol';
import { checkOrderPower, isStillSigned, type Power, type TrustedState } from '@lodestone/trust';
import type {
  SignedBy,
  StoredKeys,
  StoredModel,
  StoredOrder,
  StoredRelease,
  StoredSuppression,
  StoredTimestamp,
} from '../storage/records.ts';
import type { ListEntries } from '../transfer/list-entries.ts';
import type { SourceConfig } from './source.ts';

/** The records of storage, without files and entry numbers. */
export interface StoredRecords {
  orders: readonly StoredOrder[];
  releases: readonly StoredRelease[];
  suppressions: readonly StoredSuppression[];
  models: readonly StoredModel[];
  keys: readonly StoredKeys[];
}

/** A configured source: its metadata, verified against its trusted root. */
export interface Standing {
  config: SourceConfig;
  trusted: TrustedState;
  timestamp?: StoredTimestamp;
  /** Its metadata and every order that it lists were received once. */
  hasAnswered: boolean;
}

/** By name. A source whose stored root does not satisfy the host's pin has none. */
export type Standings = ReadonlyMap<string, Standing>;

export interface Accepted {
  orders: readonly StoredOrder[];
  releases: readonly AcceptedRelease[];
  suppressions: readonly StoredSuppression[];
  models: readonly StoredModel[];
  keys: ReadonlyMap<TargetReference, ReceiverKeys>;
  /** Source name → its newest accepted timestamp. */
  timestamps: ReadonlyMap<string, StoredTimestamp>;
  /** Names of the sources that may publish lists, and models: an order waits for nothing that cannot come. */
  suppliers: { lists: ReadonlySet<string>; models: ReadonlySet<string> };
  /** Name of the provider's source. Its time of issue is a lower bound for every source. */
  provider?: string;
  /** A source that may publish orders has never delivered them, or its stored metadata does not count. */
  isUnheard: boolean;
  /** By source name: why a stored order of it does not count. */
  refused: ReadonlyMap<string, LodestoneError>;
}

export interface AcceptedRelease extends StoredRelease {
  /** Names of the list authorities whose signatures still count, its own source among them. */
  vouchers: readonly Name[];
  entries: ListEntries;
}

export interface JudgeContext {
  configs: readonly SourceConfig[];
  standings: Standings;
  endpoint: string;
  /** Of each list file that is complete. A release without its file does not count. */
  entries: ReadonlyMap<FileDigest, ListEntries>;
}

export function judge(records: StoredRecords, { configs, standings, endpoint, entries }: JudgeContext): Accepted {
  const refused = new Map<string, LodestoneError>();
  const orders = records.orders.filter((stored) => {
    try {
      return isListed(stored, standings.get(stored.source), endpoint);
    } catch (cause) {
      if (!(cause instanceof LodestoneError)) throw cause;
      refused.set(stored.source, cause);
      return false;
    }
  });
  const counts = ({ reference, signedBy }: { reference: TargetReference; signedBy: readonly SignedBy[] }): boolean =>
    isVouchedFor(signedBy, splitReference(reference).source, 'provider', standings);
  const withPower = (power: Power): Set<string> =>
    new Set([...standings].flatMap(([name, { config }]) => (config.power === power ? [name] : [])));
  const provider = [...standings.values()].find(({ config }) => config.power === 'provider');
  return {
    orders,
    releases: records.releases.flatMap((release) => {
      const listed = entries.get(release.manifest.file.sha256);
      const vouchers = vouchersOf(release, standings);
      return listed && vouchers ? [{ ...release, vouchers, entries: listed }] : [];
    }),
    suppressions: records.suppressions,
    models: records.models.filter(counts),
    keys: new Map(records.keys.filter(counts).map(({ reference, keys }) => [reference, keys])),
    timestamps: new Map(
      [...standings].flatMap(([name, { timestamp }]) => (timestamp ? [[name, timestamp] as const] : [])),
    ),
    suppliers: { lists: withPower('lists'), models: withPower('provider') },
    ...(provider && { provider: provider.config.name }),
    isUnheard: configs.some(({ name, power }) => power !== 'lists' && !isHeard(standings.get(name))),
    refused,
  };
}

/** Metadata that a newer pin of the host does not vouch for says nothing about orders. */
function isHeard(standing: Standing | undefined): boolean {
  return standing !== undefined && standing.hasAnswered && standing.trusted.targets !== undefined;
}

/**
 * An order counts while its source lists it, or lists a newer version that has not replaced it yet, and while the keys
 * that signed it are not revoked.
 * @throws {LodestoneError} if the host's options or the rules of this release refuse the order
 */
function isListed(stored: StoredOrder, standing: Standing | undefined, endpoint: string): boolean {
  if (!standing || !isStillSigned(stored.signers, standing.trusted.targetsKeys)) return false;
  const files = standing.trusted.targets?.files;
  if (files && !files.has(orderPath(stored.order.id))) return false;
  checkOrder(stored.order);
  checkOrderPower(stored.order, { power: standing.config.power, endpoint });
  return true;
}

/** Undefined if the list's own source does not vouch for the release. */
function vouchersOf(release: StoredRelease, standings: Standings): Name[] | undefined {
  const { source, path } = splitReference(release.reference);
  if (!isVouchedFor(release.signedBy, source, 'lists', standings)) return undefined;
  const isCurrent = standings.get(source)?.trusted.targets?.files.get(path)?.sha256 === release.manifestDigest;
  return release.signedBy
    .map((signed) => signed.source)
    .filter((name) => {
      if (!isVouchedFor(release.signedBy, name, 'lists', standings)) return false;
      const files = standings.get(name)?.trusted.targets?.files;
      if (!files || name === source) return true;
      const listed = files.get(path);
      // While the list's own source has moved on, another authority may have, too.
      return listed !== undefined && (!isCurrent || listed.sha256 === release.manifestDigest);
    });
}

/** Has the source signed, with the power that it needs, and with keys that its root still trusts? */
function isVouchedFor(signedBy: readonly SignedBy[], source: Name, power: Power, standings: Standings): boolean {
  const standing = standings.get(source);
  const signed = signedBy.find((one) => one.source === source);
  return (
    standing?.config.power === power &&
    signed !== undefined &&
    isStillSigned(signed.signers, standing.trusted.targetsKeys)
  );
}
