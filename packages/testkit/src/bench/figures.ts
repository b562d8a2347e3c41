/** Prints benchmark figures, and writes them to a file. For Node; `npm run bench` prints those of Node and of Chromium. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Row } from './race.ts';

/** Figures of another implementation, measured on the same machine at the same time. The repository contains none. */
export interface Reference {
  /** Name, version, and how it was compiled. */
  readonly what: string;
  /** Name of a row → milliseconds. */
  readonly ms: Readonly<Record<string, number>>;
}

export function readReference(file: string): Reference {
  return JSON.parse(readFileSync(file, 'utf8')) as Reference;
}

export function headline(environment: string, reference?: Reference): string {
  const columns = `${'what'.padEnd(50)}${'median'.padStart(11)}${'p95'.padStart(11)}${'MB'.padStart(9)}  ratios`;
  return `${environment}${reference ? `\nreference: ${reference.what}` : ''}\n${columns}`;
}

export function line({ name, medianMs, p95Ms, memoryBytes, against = {} }: Row, reference?: Reference): string {
  const peers = { ...against, ...(reference?.ms[name] !== undefined && { reference: reference.ms[name] }) };
  const ratios = Object.entries(peers).map(([peer, ms]) => `${(medianMs / ms).toPrecision(2)} × ${peer}`);
  const memory = memoryBytes === undefined ? '' : (memoryBytes / 1e6).toFixed(2);
  const times = [medianMs, p95Ms].map((ms) => inWords(ms).padStart(11));
  return `${name.padEnd(50)}${times.join('')}${memory.padStart(9)}  ${ratios.join(', ')}`.trimEnd();
}

/** Keeps the file's figures for other environments: { environment: rows }. */
export function writeFigures(file: string, environment: string, rows: readonly Row[]): void {
  const present = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly Row[]>) : {};
  writeFileSync(file, `${JSON.stringify({ ...present, [environment]: rows }, null, 2)}\n`);
}

function inWords(ms: number): string {
  return ms < 10 ? `${(ms * 1_000).toFixed(ms < 0.01 ? 1 : 0)} µs` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}
