/** The option `root` of a source as the bytes that the authority signed. Flow: options → here → updater. Pure. Spec: docs/design/client.md#roots */
import { canonicalJson } from '@lodestone/trust';
import { bytesOf, type RootOption } from '../../root-option.ts';

/** Text and JSON are printed in the canonical form of metadata, so that an editor's line break at the end makes no other root. */
export function rootBytes(root: RootOption): Uint8Array<ArrayBuffer> {
  return bytesOf(root) ?? canonicalJson(typeof root === 'string' ? JSON.parse(root) : root);
}
