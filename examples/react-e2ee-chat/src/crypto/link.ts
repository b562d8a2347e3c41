/**
 * The secret of an invitation link: names the room at the relay, and encrypts all that MLS leaves readable (who joins, group, epoch).
 * Promise: the secret is in the fragment of the address, which browsers never send. Spec: HKDF, RFC 5869.
 */
import { keyOf, open, seal } from './aead.ts';
import { base64UrlOf, bytesOfBase64Url, type Bytes, concat, hexOf, randomBytes } from './bytes.ts';

const SECRET_BYTES = 32;
const ROOM_BYTES = 16;
const ID_BYTES = 16;

/** What goes through the relay: an id by which it recognises repetitions, and a ciphertext. */
export interface Frame {
  id: string;
  bytes: Bytes;
}

export class Link {
  /** Name of the room at the relay. */
  readonly room: string;
  readonly secret: Bytes;
  readonly #key: CryptoKey;

  private constructor(secret: Bytes, room: string, key: CryptoKey) {
    this.secret = secret;
    this.room = room;
    this.#key = key;
  }

  static create(): Promise<Link> {
    return Link.of(randomBytes(SECRET_BYTES));
  }

  static async of(secret: Bytes): Promise<Link> {
    const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
    const derive = async (purpose: string, bytes: number): Promise<Bytes> => {
      const info = new TextEncoder().encode(`cairn ${purpose}`);
      const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
      return new Uint8Array(await crypto.subtle.deriveBits(parameters, base, bytes * 8));
    };
    return new Link(secret, hexOf(await derive('room', ROOM_BYTES)), await keyOf(await derive('frames', SECRET_BYTES)));
  }

  /** @param fragment of an address, such as `#abc` */
  static async parse(fragment: string): Promise<Link | undefined> {
    const secret = bytesOfBase64Url(fragment.replace('#', ''));
    return secret?.length === SECRET_BYTES ? Link.of(secret) : undefined;
  }

  get fragment(): string {
    return `#${base64UrlOf(this.secret)}`;
  }

  async wrap(message: Bytes): Promise<Frame> {
    const id = randomBytes(ID_BYTES);
    return { id: hexOf(id), bytes: concat(id, await seal(this.#key, message, id)) };
  }

  /** @returns undefined for a frame of somebody without the link */
  async unwrap(frame: Bytes): Promise<{ id: string; message: Bytes } | undefined> {
    const id = frame.slice(0, ID_BYTES);
    try {
      return { id: hexOf(id), message: await open(this.#key, frame.slice(ID_BYTES), id) };
    } catch {
      return undefined;
    }
  }
}
