/**
 * The claim that no picture left, not even reduced or re-encoded. Counts only attached pictures for which the control shows that
 * reduced copies are recognised. Pure. Flow: run.ts → here → claims.ts. Spec: docs/design/audit.md#pictures
 */
import { count, notTested, type Outcome, pass } from '../../report/report.ts';
import type { ControlResult, PictureTally } from '../../traffic/pictures/picture-search.ts';
import type { Hit } from '../../traffic/hits.ts';

export interface ComparedPictures {
  hits: readonly Hit[];
  tally: Readonly<PictureTally>;
  control: ControlResult;
}

export function picturesTested(pictures: number): string {
  return (
    'Every picture in the traffic (JPEG, PNG, WebP, GIF, AVIF, BMP; in bodies, multipart, archives, base64 and data URLs, and joined from pieces to one address) was decoded ' +
    'by the browser, and every body was also read as an uncompressed picture (grey, RGB, RGBA, YUV 4:2:0, one plane after the other, or floats; 8 to 512 pixels a side). ' +
    `Each was compared with ${count(pictures, 'attached picture')}, also turned, mirrored, inverted or cut to its middle square: PDQ within 31 bits, or the correlation of reduced planes and of their details. ` +
    'As a control, the same search looked for reduced copies of each attached picture: WebP of 160 pixels, JPEG of 96, grey planes of 128 × 128 and 16 × 16.'
  );
}

/** Shown with every report: what the comparison cannot see. */
export const UNSEEN_PICTURES: readonly string[] = [
  'The comparison of pictures does not recognise a copy that was re-encoded and then encrypted or scrambled; one that was split into pieces sent to several addresses, or out of order; a small copy that was reduced without smoothing and then compressed, a plane with fewer than 8 pixels a side, with one bit for each pixel, or with differences of neighbours instead of values; a crop other than the middle square; a rotation by other than 90, 180 or 270 degrees; a frame of a video; and numbers calculated from a picture, such as another perceptual hash or a feature vector.',
  'A picture of nearly one brightness cannot be recognised. The report names those that its control did not recognise.',
];

/** @param describe the outcome of hits */
export function noPictures(
  { hits, tally, control }: ComparedPictures,
  describe: (hits: readonly Hit[]) => Outcome,
): Outcome {
  if (hits.length > 0) return describe(hits);
  const compared = `Compared: ${count(tally.decoded, 'decoded picture')} and ${count(tally.planes, 'possible uncompressed picture')}.`;
  if (tally.skipped > 0)
    return notTested(`${count(tally.skipped, 'picture')} were not decoded, since there were too many. ${compared}`);
  if (control.proven.length === 0)
    return notTested(
      control.missed.length === 0
        ? 'No attached file is a picture that the browser decodes.'
        : `The control recognised reduced copies of none of ${count(control.missed.length, 'attached picture')}. ${compared}`,
    );
  const missed = control.missed.map(({ file, copies }) => `${file} (${copies.join(', ')})`);
  return pass(
    `0 found for ${count(control.proven.length, 'picture')}, of which the control recognised every reduced copy. ${compared}` +
      (missed.length > 0 ? ` Not counted, since the control missed a copy: ${missed.join('; ')}.` : ''),
  );
}
