/** The table of export formats; text is printed unless another format of standard output is chosen. */
import type { ReportFormat } from './format.ts';
import { html } from './formats/html.ts';
import { json } from './formats/json.ts';

export const FORMATS: readonly ReportFormat[] = [json, html];
