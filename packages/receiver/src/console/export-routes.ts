/**
 * Exports of a case and of its subject, as the command line writes them. Flow: routes → here → exports, cases/export-subject. Promise: the
 * record has an export before the browser has the file. Spec: docs/design/receiver.md#exports
 */
import { check } from '@lodestone/protocol/document';
import { LodestoneError } from '@lodestone/protocol/error';
import { exportSubject } from '../cases/export-subject.ts';
import { readCaseFile } from '../cases/list-cases.ts';
import { exportCase } from '../exports/export-case.ts';
import { Reporter } from '../exports/format.ts';
import { EXPORT_FORMATS, FORMAT_NAMES, type FormatName } from '../exports/formats.ts';
import { asFile } from './download.ts';
import { type Route, textOf, type Visit } from './visit.ts';

export const EXPORT_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/cases/:no{[1-9][0-9]{0,8}}/export', action: 'export cases', handle: saveCase },
  { method: 'POST', path: '/cases/:no{[1-9][0-9]{0,8}}/subject', action: 'export cases', handle: saveSubject },
];

const FILES: Readonly<Record<FormatName, { ending: string; type: string }>> = {
  ncmec: { ending: 'xml', type: 'application/xml; charset=utf-8' },
  'eu-centre': { ending: 'json', type: 'application/json; charset=utf-8' },
  csv: { ending: 'csv', type: 'text/csv; charset=utf-8' },
};

const caseNoOf = ({ c }: Visit): number => Number(c.req.param('no'));

async function saveCase(visit: Visit): Promise<Response> {
  const { c, db, session, form, now } = visit;
  const caseNo = caseNoOf(visit);
  const format = FORMAT_NAMES.find((name): name is FormatName => name === form.get('format'));
  if (format === undefined) throw new LodestoneError('ERR_CASE', 'choose a format');
  const isReal = form.get('kind') === 'real';
  const reporter = reporterOf(visit);
  const account = textOf(visit, 'account');
  const at = now();
  const text = await exportCase(db, session, { caseNo, format, isReal }, at, (exported) =>
    EXPORT_FORMATS[format].print({ ...exported, reporter, account, isReal }, at),
  );
  const { ending, type } = FILES[format];
  asFile(c, `case-${caseNo}-${format}${isReal ? '' : '-test'}.${ending}`, type);
  return c.body(text);
}

/** @throws {LodestoneError} `ERR_SCHEMA` with each field that is missing */
function reporterOf(visit: Visit): Reporter {
  const field = (name: string): string => textOf(visit, name) ?? '';
  const legalRepresentative = textOf(visit, 'legalRepresentative');
  return check(
    Reporter,
    {
      service: field('service'),
      reportingPerson: { firstName: field('firstName'), lastName: field('lastName'), email: field('email') },
      ...(legalRepresentative !== undefined && { legalRepresentative }),
    },
    'who reports',
  );
}

async function saveSubject(visit: Visit): Promise<Response> {
  const { c, db, user, session, now } = visit;
  const caseNo = caseNoOf(visit);
  const { case: shown } = await readCaseFile(db, user, caseNo);
  if (!('pseudonym' in shown)) throw new LodestoneError('ERR_CASE', 'the role sees no subject');
  const stored = await exportSubject(db, session, shown.pseudonym, now());
  // Not named after the pseudonym: a browser keeps names of downloads.
  asFile(c, `subject-of-case-${caseNo}.json`, 'application/json; charset=utf-8');
  return c.body(`${JSON.stringify(stored, undefined, 2)}\n`);
}
