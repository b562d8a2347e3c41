/** Of a picture whose hashes are invented: they are as their pixels are. */
import type { PictureHashes } from '../src/scanner/match.ts';

export const UNTURNED: Pick<PictureHashes, 'shown'> = { shown: 'original' };
