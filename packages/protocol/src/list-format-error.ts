/** The error of a `.lode` file that is not in canonical form. */
import { LodestoneError } from './error.ts';

export const listFormatError = (why: string): LodestoneError<'ERR_LIST_FORMAT'> =>
  new LodestoneError('ERR_LIST_FORMAT', `list file: ${why}`);
