/** Messages: as they travel inside MLS, and as a device keeps them. */
import { z } from 'zod/mini';

/** The relay takes no larger attachment. */
export const FILE_BYTES = 32 * 1024 * 1024;
const NAME_LETTERS = 200;
const TYPE_LETTERS = 100;

/** The content of an encrypted message. Other members' devices wrote it, so it is validated. */
export type Content = z.infer<typeof Content>;
export const Content = z.strictObject({
  from: z.string().check(z.minLength(1), z.maxLength(40)),
  at: z.iso.datetime(),
  text: z.string().check(z.maxLength(2_000)),
  file: z.optional(
    z.strictObject({
      name: z.string().check(z.maxLength(NAME_LETTERS)),
      type: z.string().check(z.maxLength(TYPE_LETTERS)),
      size: z.int().check(z.nonnegative(), z.lte(FILE_BYTES)),
      attachment: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
      key: z.string().check(z.length(43)),
    }),
  ),
});

/**
 * - `unchecked`: the person pressed send; the check decides whether it leaves
 * - `too-large`: refused, and forgotten with the page
 * - `queued`: waits for the relay
 * - `sent`: the relay has it
 * - `fetching`: announced; the attachment is not here yet, or could not be decrypted (`damaged`)
 * - `here`: decrypted. A file is shown only after its check
 */
export type Stage = 'unchecked' | 'too-large' | 'queued' | 'sent' | 'fetching' | 'damaged' | 'here';

export interface Attached {
  name: string;
  type: string;
  size: number;
  /** Missing while it is fetched. */
  blob?: Blob;
  /** Where it is at the relay, and its key. */
  sealed?: { attachment: string; key: string };
}

export interface Message {
  id: string;
  /** Position in the conversation of this device. */
  order: number;
  mine: boolean;
  from: string;
  at: string;
  text: string;
  file?: Attached;
  stage: Stage;
  /** The relay's order has a join of `from`; the message has no content. */
  event?: 'joined';
  /** The person answered yes to a warning. */
  accepted?: boolean;
  /** Encrypted, and perhaps already at the relay: sent again as it is. */
  frame?: { id: string; bytes: Uint8Array<ArrayBuffer> };
}

/** A file as the person gave it; names of any length become ones that other devices accept. */
export function attached(file: File): Attached {
  const { name, type, size } = file;
  return { name: name.slice(0, NAME_LETTERS), type: type.slice(0, TYPE_LETTERS), size, blob: file };
}

/** @returns undefined for what is no message of this app */
export function parseContent(bytes: Uint8Array): Content | undefined {
  try {
    return Content.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

export function contentOf({ from, at, text, file }: Message): Uint8Array<ArrayBuffer> {
  const content: Content = { from, at, text };
  if (file?.sealed) content.file = { name: file.name, type: file.type, size: file.size, ...file.sealed };
  return new TextEncoder().encode(JSON.stringify(content));
}

export type FileKind = 'picture' | 'video' | 'file';

/**
 * By the type that the browser derived from the name. Some browsers know none for Matroska. An SVG is a file to save, because it runs
 * scripts when it is opened in a tab.
 */
export function kindOf({ type, name }: Attached): FileKind {
  if (type.startsWith('image/') && !type.includes('svg')) return 'picture';
  return type.startsWith('video/') || /\.mkv$/i.test(name) ? 'video' : 'file';
}
