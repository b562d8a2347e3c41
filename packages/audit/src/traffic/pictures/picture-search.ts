/**
 * Searches recorded traffic for pictures that look like an attached one. Promise: every encoded picture and every plausible raw plane
 * in every encoding of decodings.ts is compared; what could not be compared is counted.
 * Flow: places, decodings.ts → picture-files.ts, raw-planes.ts → here → claims. Spec: docs/design/audit.md#pictures
 */
import { sha256Hex } from '@lodestone/trust';
import { type Decoding, decodingsOf } from '../decodings.ts';
import type { Hit } from '../hits.ts';
import type { SearchedPlace } from '../searched-places.ts';
import type { Gallery, Likeness } from './likeness.ts';
import type { PictureDecoder } from './picture-decoder.ts';
import { pictureFiles } from './picture-files.ts';
import { rawPlanes } from './raw-planes.ts';

/** What was found and compared, whatever it looked like. */
export interface PictureTally {
  /** Encoded pictures that the browser decoded. */
  decoded: number;
  /** Bytes with a picture's signature that the browser did not decode. */
  undecodable: number;
  /** Readings of bytes as an uncompressed picture; the same bytes count once. */
  planes: number;
  /** Not decoded, since there were too many. */
  skipped: number;
}

export interface PictureSearch {
  readonly tally: Readonly<PictureTally>;
  /** @param views the decodings of its bytes */
  in(place: SearchedPlace, views: Iterable<Decoding>): Promise<Hit[]>;
}

/** Of one capture; a hostile app could send any number. */
const MOST_DECODED = 2_000;

export function searchPictures(gallery: Gallery, decoder: Pick<PictureDecoder, 'look'>): PictureSearch {
  const tally: PictureTally = { decoded: 0, undecodable: 0, planes: 0, skipped: 0 };
  /** Results by digest: an app often sends the same picture again. */
  const known = new Map<string, { size: string; likeness: Likeness | undefined } | undefined>();
  /** Digests of decodings without a raw plane that is like one: what is sent in pieces is read again where the pieces are joined. */
  const unlike = new Set<string>();

  async function likenessOf(bytes: Uint8Array): Promise<{ size: string; likeness: Likeness | undefined } | undefined> {
    const digest = sha256Hex(bytes);
    if (known.has(digest)) return known.get(digest);
    if (known.size >= MOST_DECODED) {
      tally.skipped++;
      return undefined;
    }
    const look = await decoder.look(bytes);
    if (look) tally.decoded++;
    else tally.undecodable++;
    const result = look && { size: `${look.width} × ${look.height}`, likeness: gallery.like(look) };
    known.set(digest, result);
    return result;
  }

  return {
    tally,
    async in({ sent, place }, views) {
      const hits = new Map<string, Hit>();
      const add = (encodings: readonly string[], { file, how }: Likeness): void => {
        if (!hits.has(file))
          hits.set(file, {
            sent,
            location: [place, ...encodings].join(', '),
            what: 'picture',
            subject: file,
            description: `a copy of ${file} (${how})`,
          });
      };
      for (const view of views) {
        for (const file of pictureFiles(view.bytes)) {
          const found = await likenessOf(file.bytes);
          if (found?.likeness) add([...view.encodings, `${file.format} of ${found.size}`], found.likeness);
        }
        // An address or a header is text: bytes are in it only encoded.
        const isText = view.encodings.length === 0 && /^(?:address|header|name)/.test(place);
        const digest = sha256Hex(view.bytes);
        if (isText || unlike.has(digest)) continue;
        let isLike = false;
        for (const { description, plane } of rawPlanes(view.bytes)) {
          tally.planes++;
          const likeness = gallery.likePlane(plane);
          if (!likeness) continue;
          isLike = true;
          add([...view.encodings, `raw plane: ${description}`], likeness);
        }
        if (!isLike) unlike.add(digest);
      }
      return [...hits.values()];
    },
  };
}

export interface ControlResult {
  /** Pictures of which every reduced copy was recognised. */
  proven: readonly string[];
  /** The others, with the copies that were missed. */
  missed: readonly { file: string; copies: readonly string[] }[];
}

/** The control: reduced copies of each attached picture, as a leaking app makes them, are given to the same search. */
export async function controlSearch(
  pictures: readonly { name: string; bytes: Uint8Array }[],
  gallery: Gallery,
  decoder: PictureDecoder,
): Promise<ControlResult> {
  const proven: string[] = [];
  const missed: { file: string; copies: string[] }[] = [];
  for (const { name, bytes } of pictures) {
    const copies: string[] = [];
    for (const copy of await decoder.reducedCopies(bytes)) {
      const place: SearchedPlace = { sent: 0, place: 'control', bytes: copy.bytes, joins: [] };
      const hits = await searchPictures(gallery, decoder).in(place, decodingsOf(copy.bytes));
      if (hits.length === 0) copies.push(copy.name);
    }
    if (copies.length === 0) proven.push(name);
    else missed.push({ file: name, copies });
  }
  return { proven, missed };
}
