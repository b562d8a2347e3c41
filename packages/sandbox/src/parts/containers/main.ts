/**
 * The containers part, a module in the scanner's worker: opens ZIP, gzip, tar and PDF. Flow: scanner/inside → here → the openers.
 * Promise: a bound that is reached and what is not read are faults. Spec: docs/design/sandbox.md#containers
 */
import type { PartMethods } from '../part.ts';
import { openGzip } from './gzip.ts';
import type { Openers } from './input.ts';
import { openPdf } from './pdf.ts';
import { openTar } from './tar.ts';
import { openZip, zipBehind } from './zip.ts';

const methods: PartMethods<never, undefined> = {
  start() {},
  load() {},
  run: (): Openers => ({ openerOf: { zip: openZip, gzip: openGzip, tar: openTar, pdf: openPdf }, zipBehind }),
};
export default methods;
