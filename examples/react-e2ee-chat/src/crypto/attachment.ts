/** Files travel encrypted with a key of their own; the message that announces a file holds the key. */
import { KEY_BYTES, keyOf, open, seal } from './aead.ts';
import { base64UrlOf, bytesOfBase64Url, type Bytes, hexOf, randomBytes } from './bytes.ts';

const ID_BYTES = 16;
const NO_CONTEXT = new Uint8Array();

export interface SealedFile {
  /** Its name at the relay. */
  id: string;
  /** In base64url. */
  key: string;
  bytes: Bytes;
}

export async function sealFile(file: Blob): Promise<SealedFile> {
  const key = randomBytes(KEY_BYTES);
  const bytes = await seal(await keyOf(key), new Uint8Array(await file.arrayBuffer()), NO_CONTEXT);
  return { id: hexOf(randomBytes(ID_BYTES)), key: base64UrlOf(key), bytes };
}

/** @throws if the bytes are not those that the sender sealed */
export async function openFile(sealed: Bytes, key: string, type: string): Promise<Blob> {
  const bytes = bytesOfBase64Url(key);
  if (bytes?.length !== KEY_BYTES) throw new Error('the key of an attachment has another length');
  return new Blob([await open(await keyOf(bytes), sealed, NO_CONTEXT)], { type });
}
