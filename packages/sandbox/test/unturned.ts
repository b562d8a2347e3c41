/** Of a picture whose hashes are invented: what only a locked list needs. */
import type { PictureHashes } from '../src/scanner/match.ts';

export const UNTURNED: Pick<PictureHashes, 'shown' | 'coefficients'> = {
  shown: 'original',
  coefficients: new Float32Array(256),
};
