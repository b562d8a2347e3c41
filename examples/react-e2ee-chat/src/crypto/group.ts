/**
 * The group by MLS (RFC 9420), with ts-mls: who has the link joins by an external commit, so that nobody else has to be online.
 * Flow: conversation → here → link. Promise: a state is used only after the relay has put its commit in order.
 */
import {
  acceptAll,
  type ClientState,
  createApplicationMessage,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  decodeGroupState,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetime,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type GroupInfo,
  joinGroupExternal,
  type MLSMessage,
  processMessage,
  zeroOutUint8Array,
} from 'ts-mls';
import { type Bytes, concat, randomBytes } from './bytes.ts';

const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
const suite = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE));
const CONFIG = {
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: defaultAuthenticationService,
};
const GROUP_ID_BYTES = 16;

/** A commit that adds its sender, and what the next one needs to join. The founder's has no commit. */
export interface Joining {
  state: Bytes;
  /** The epoch that the commit ends. */
  base: bigint;
  message: Bytes;
}

export type Opened =
  | { kind: 'join'; commit: MLSMessage | undefined; info: GroupInfo }
  | { kind: 'content'; message: MLSMessage };

export async function found(name: string): Promise<Joining> {
  const { publicPackage, privatePackage } = await packageOf(name);
  const state = await createGroup(randomBytes(GROUP_ID_BYTES), publicPackage, privatePackage, [], suite, CONFIG);
  return { state: stored(state), base: -1n, message: await joinMessage(undefined, state) };
}

export async function join(info: GroupInfo, name: string): Promise<Joining> {
  const { publicPackage, privatePackage } = await packageOf(name);
  const joined = await joinGroupExternal(info, publicPackage, privatePackage, false, suite, undefined, CONFIG);
  const commit: MLSMessage = {
    version: 'mls10',
    wireformat: 'mls_public_message',
    publicMessage: joined.publicMessage,
  };
  const state = { ...joined.newState, clientConfig: CONFIG };
  return { state: stored(state), base: info.groupContext.epoch, message: await joinMessage(commit, state) };
}

/** @returns undefined for bytes that are no message of this app */
export function readMessage(bytes: Bytes): Opened | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function decode(bytes: Bytes): Opened | undefined {
  const [first, end] = decodeMlsMessage(bytes, 0) ?? [];
  if (first === undefined || end === undefined) return undefined;
  if (first.wireformat === 'mls_private_message') return { kind: 'content', message: first };
  if (first.wireformat === 'mls_group_info') return { kind: 'join', commit: undefined, info: first.groupInfo };
  const [second] = decodeMlsMessage(bytes, end) ?? [];
  if (second?.wireformat !== 'mls_group_info') return undefined;
  return { kind: 'join', commit: first, info: second.groupInfo };
}

/** The group as one member sees it. Each change makes a new state, which the caller stores. */
export class Group {
  #state: ClientState;

  /** @param bytes what `stored` returned */
  constructor(bytes: Bytes) {
    const state = decodeGroupState(bytes, 0)?.[0];
    if (!state) throw new Error('the stored group cannot be read');
    this.#state = { ...state, clientConfig: CONFIG };
  }

  get stored(): Bytes {
    return stored(this.#state);
  }
  get epoch(): bigint {
    return this.#state.groupContext.epoch;
  }
  get members(): string[] {
    return this.#state.ratchetTree.flatMap((node) => {
      const credential = node?.nodeType === 'leaf' ? node.leaf.credential : undefined;
      return credential?.credentialType === 'basic' ? [new TextDecoder().decode(credential.identity)] : [];
    });
  }
  /** Thirty digits that are the same on every device of the group, unless somebody is in the middle. Changes when someone joins. */
  get code(): string {
    const bytes = this.#state.keySchedule.epochAuthenticator;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const groups = [0, 4, 8, 12, 16, 20].map((at) => String(view.getUint32(at) % 100_000).padStart(5, '0'));
    return groups.join(' ');
  }

  async encrypt(content: Bytes): Promise<Bytes> {
    const { newState, privateMessage, consumed } = await createApplicationMessage(this.#state, content, suite);
    this.#state = newState;
    consumed.forEach(zeroOutUint8Array);
    return new Uint8Array(encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }));
  }

  /**
   * Applies a commit, or decrypts.
   * @returns the content, if the message has any
   * @throws for a message of another epoch or group, and for one that was read before
   */
  async read(message: MLSMessage): Promise<Bytes | undefined> {
    if (message.wireformat !== 'mls_private_message' && message.wireformat !== 'mls_public_message')
      throw new Error(`not a message: ${message.wireformat}`);
    const result = await processMessage(message, this.#state, emptyPskIndex, acceptAll, suite);
    this.#state = result.newState;
    result.consumed.forEach(zeroOutUint8Array);
    return result.kind === 'applicationMessage' ? new Uint8Array(result.message) : undefined;
  }
}

const stored = (state: ClientState): Bytes => new Uint8Array(encodeGroupState(state));

/** Named capabilities, without the library's random ones, so that every join has the same length. */
function packageOf(name: string) {
  const capabilities = {
    versions: ['mls10'],
    ciphersuites: [SUITE],
    extensions: [],
    proposals: [],
    credentials: ['basic'],
  };
  const credential = { credentialType: 'basic' as const, identity: new TextEncoder().encode(name) };
  return generateKeyPackage(
    credential,
    capabilities as Parameters<typeof generateKeyPackage>[1],
    defaultLifetime,
    [],
    suite,
  );
}

async function joinMessage(commit: MLSMessage | undefined, state: ClientState): Promise<Bytes> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(state, [], suite);
  const info = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo });
  return concat(commit ? encodeMlsMessage(commit) : new Uint8Array(), info);
}
