/** Every format that `cases export` writes: a line here, and a file in formats/. Flow: cli → here → formats/*. Spec: docs/design/receiver.md#exports */
import type { ExportFormat } from './format.ts';
import { csvEntries } from './formats/csv.ts';
import { euCentreReport } from './formats/eu-centre.ts';
import { ncmecReport } from './formats/ncmec.ts';

export const FORMAT_NAMES = ['ncmec', 'eu-centre', 'csv'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export const EXPORT_FORMATS: Readonly<Record<FormatName, ExportFormat>> = {
  ncmec: { what: 'NCMEC CyberTipline XML', print: ncmecReport },
  'eu-centre': { what: 'JSON with the parts of a report to the EU Centre', print: euCentreReport },
  csv: { what: 'a row for each entry', print: csvEntries },
};
