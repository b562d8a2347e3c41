/** All import formats. A new one needs its reader in `formats/`, a line here, and a paragraph in the README. */
import type { ImportFormat } from './format.ts';
import { csv } from './formats/csv.ts';
import { pictureFolder } from './formats/picture-folder.ts';

/** The first format that accepts the source reads it. CSV is last because it accepts a file of any name. */
export const IMPORT_FORMATS: readonly ImportFormat[] = [pictureFolder, csv];
