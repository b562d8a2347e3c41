/**
 * What is wrong, for the host's developer: each error of the status with a fix. Nothing is silently off.
 * Flow: guard-state → here → status. Pure. Spec: docs/design/client.md#problems
 */
import { type ErrorCode, type LodestoneError, splitReference, type TargetReference } from '@lodestone/protocol';
import { LOAD_FIX } from './load-error.ts';
import type { GuardStatus, Problem } from './status.ts';

/** The same array if nothing has changed. */
export function problemsOf(status: GuardStatus): readonly Problem[] {
  const failed = new Set(status.sources.flatMap(({ name, error }) => (error ? [name] : [])));
  const problems = [
    ...(status.sandbox.state === 'failed' ? [problem(status.sandbox.error, 'sandbox')] : []),
    ...(status.storage === 'memory' ? [REFUSED_STORAGE] : []),
    ...status.sources.flatMap(({ name, error }) => (error ? [problem(error, name)] : [])),
    ...[...status.lists, ...status.models].flatMap(({ reference, error }) =>
      error && !isMissingWith(failed, reference, error) ? [problem(error, reference)] : [],
    ),
    ...status.parts.map(({ part, error }) => problem(error, part)),
    ...(status.outbox.error ? [problem(status.outbox.error, 'outbox')] : []),
  ];
  const isSame = JSON.stringify(problems) === JSON.stringify(status.problems);
  return isSame ? status.problems : Object.freeze(problems);
}

/** What a source did not publish, while the source itself has a problem, which is the cause. */
function isMissingWith(failed: ReadonlySet<string>, reference: TargetReference, { code }: LodestoneError): boolean {
  return code === 'ERR_TRUST_MISSING' && failed.has(splitReference(reference).source);
}

function problem({ code, message }: LodestoneError, of: string): Problem {
  return Object.freeze({
    code,
    of,
    sentence: message,
    fix: (of === 'outbox' ? OUTBOX_FIXES[code] : undefined) ?? FIXES[code] ?? OTHER,
  });
}

const REFUSED_STORAGE: Problem = Object.freeze({
  code: 'ERR_STORAGE',
  of: 'storage',
  sentence: 'the browser refuses storage: everything is lost when this page is closed',
  fix: 'leave the private window, free space on the device, or allow this page to store data',
});

const OTHER = 'see the error in the table of errors of @lodestone/client';

/** Where an error of the outbox needs another fix: the receiver answers POST only, and what fails in the storage is one step. */
const OUTBOX_FIXES: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_NETWORK: 'start the receiver, or set `endpoint` to its address',
  ERR_STORAGE: 'free space on the device, and load the page again',
};

const FIXES: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_UNSUPPORTED: 'open the page in one of the named browsers, over https or from localhost',
  ERR_STORAGE: 'delete the database that the sentence names, or set another `storageName`',
  ERR_NETWORK:
    'open the address in a browser (2.root.json: 404 is right); serve it with the header Access-Control-Allow-Origin: *, also a 404',
  ERR_NETWORK_POLICY: 'change the header or the meta element that sets the policy, and load the page again',
  ERR_HTTP: 'open the address in a browser, and check the `url` of the source and the server that answers',
  ERR_TRUST_SIGNATURE: 'pass the first root.json of the repository at the `url` of this source as its `root`',
  ERR_TRUST_METADATA:
    'the authority publishes its repository again with lodestone-authority; `root` must be its root.json',
  ERR_TRUST_ROLLBACK: 'the authority publishes a higher version; a cache must not serve older files',
  ERR_TRUST_EXPIRED: 'the authority publishes again; check the clock of the device',
  ERR_TRUST_DIGEST: 'serve the files of the repository unchanged; a cache must not serve older files',
  ERR_TRUST_POWER: 'list the source under the option that allows what it publishes: orders, lists or provider',
  ERR_TRUST_ENDPOINT: 'set `endpoint` to the address that the order names, or have the order issued for yours',
  ERR_TRUST_MISSING: 'the named source publishes the file, or the order names another; check the `name` of the source',
  ERR_SUBJECT: "pass `subject`; its `fetchIds` returns the account service's bytes; connect-src must allow its origin",
  ERR_LOAD: LOAD_FIX,
  ERR_SANDBOX_POLICY: 'add the header line that the sentence names, and load the page again',
  ERR_SANDBOX_VERSION:
    'serve the sandbox.html of the installed @lodestone/client, byte for byte, and load the page again',
  ERR_SANDBOX_BOOT: 'check the points that the sentence names; the next check half a minute later tries again',
};
