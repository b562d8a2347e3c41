/**
 * Answers one look-up: whose pseudonym it is. A person of the account service runs it, who can neither review cases nor sign requests.
 * The answer goes to that person alone. Usage: node look-up.ts FOLDER SIGNED-REQUEST. Spec: docs/design/contracts.md#look-up
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type LookupSigner, openLookup } from '@lodestone/seal';

const [folder = '.', file = ''] = process.argv.slice(2);
const read = <T>(name: string): T => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as T;
/** Every look-up that was answered: for the auditor, who compares it with the receiver's record. */
const log = `${folder}/lookups.ndjson`;

const bytes = readFileSync(file);
const request = await openLookup(read<LookupSigner[]>('lookup-signers.json'), bytes, Date.now());
const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
if (existsSync(log) && readFileSync(log, 'utf8').includes(digest)) throw new Error('This request was answered before.');

const accounts = Object.entries(read<Record<string, { pseudonym: string }>>('accounts.json'));
const [account] = accounts.find(([, { pseudonym }]) => pseudonym === request.pseudonym) ?? [];
// Written before the answer is shown, so that no look-up is missing here. It names no account and no pseudonym.
const answered = { time: new Date().toISOString(), case: request.case, found: account !== undefined, digest };
appendFileSync(log, `${JSON.stringify(answered)}\n`, { mode: 0o600 });
console.log(account ?? 'No account has this pseudonym.');
