/**
 * Every error code with its cause and its fix, for docs/reference/errors.md. A code of the protocol without a row does not
 * compile; a test finds those of `pdq`, and codes that nothing throws. Where the client tells a host what to do, `packages/client/src/problems.ts` says it shorter.
 */
import type { ErrorCode } from '@lodestone/protocol/error';

type Part = 'client' | 'documents' | 'tools' | 'pdq';
interface ErrorRow {
  readonly part: Part;
  readonly cause: string;
  readonly fix: string;
}

const row =
  (part: Part) =>
  (cause: string, fix: string): ErrorRow => ({ part, cause, fix });
const client = row('client');
const documents = row('documents');
const tools = row('tools');
const pdq = row('pdq');

export const ERRORS: Readonly<Record<ErrorCode | `ERR_PDQ_${string}`, ErrorRow>> = {
  ERR_OPTIONS: client(
    '`createGuard`, `blurSensitive`, `prepare` or `appliesTo` got wrong options, or a React hook has no `GuardProvider` above it. The message names each option, and what is wanted.',
    'Correct the named options; render `GuardProvider` around the component.',
  ),
  ERR_CONTENT: client(
    '`check` got something that is neither a Blob nor bytes, no `surface`, or an option of another type. The message names it.',
    'Pass a Blob, a File, an ArrayBuffer or a view, and `{ surface }`.',
  ),
  ERR_DISPOSED: client(
    'A method was called after `dispose`.',
    'Create another guard, for example after the next sign-in.',
  ),
  ERR_NO_DOCUMENT: client(
    '`check` was called without a document, for example during server-side rendering.',
    'Call it in the browser.',
  ),
  ERR_UNSUPPORTED: client(
    'The browser, or this Node, lacks the feature that the message names (`status.state` is `unsupported`); or a command was run by a Node that is too old.',
    'Use a browser of [the table](../integrate/platforms.md), over https or from localhost; `whileUnknown` decides what happens otherwise. For a command, install [the Node that it needs](../integrate/platforms.md#node).',
  ),
  ERR_LOAD: client(
    'A chunk of the client could not be loaded: offline, or your server no longer has the chunks of this release. `of` in `status.problems` is `sandbox` if it is the sandbox or the code that runs it: then checks are `unscannable` with the reason `sandbox`.',
    'Serve every chunk of your bundle, and keep those of a release while pages of it are open. The next call tries again; if they are gone, load the page again.',
  ),
  ERR_STORAGE: client(
    'The browser refuses storage, the database cannot be opened, or another release wrote it.',
    'Leave the private window, free space, delete the database that the message names, or set `storageName`.',
  ),
  ERR_SANDBOX_VERSION: client(
    'The served `sandbox.html` is of another release, or was changed on its way.',
    'Copy the file of the installed `@lodestone/client`, byte for byte, and load the page again.',
  ),
  ERR_SANDBOX_POLICY: client(
    'A header of the page, or of the served file, forbids the sandbox.',
    'Add the line that the message has ([headers](../integrate/csp.md)), and load the page again.',
  ),
  ERR_SANDBOX_BOOT: client(
    'The sandbox did not start before its deadline: an error page in its place, `X-Frame-Options`, or a policy on the file.',
    'Check the points that the message lists. A check half a minute later tries again.',
  ),
  ERR_SANDBOX_GATE: client(
    'The sandbox sent a message that its plan and lists rule out. It was ended, and the check is `unscannable`.',
    'None in the host; the next check starts another sandbox. If it repeats, report it, with the file if it is harmless.',
  ),
  ERR_SANDBOX_GONE: client(
    'The sandbox ended during a call, or the guard was disposed.',
    'Check again: the next check starts another.',
  ),
  ERR_SANDBOX_DEADLINE: client(
    'The sandbox did not answer in time. It was ended, and the check is `unscannable` with the reason `deadline`.',
    'Check again later. A slow device and a large file can need longer than the limit.',
  ),
  ERR_SANDBOX_PART: client(
    'The code of a part of the sandbox (such as `video`) could not be loaded, is of another build, or failed.',
    'Serve all chunks of your bundle, of one build. Until then content that needs the part is `unscannable`.',
  ),
  ERR_MODEL: client(
    'A model or its runtime does not fit this build, does not load, or has no figures by group although the order signals by it.',
    'The provider publishes another version: [the causes in detail](../../packages/client/README.md#classifiers).',
  ),
  ERR_NETWORK: client(
    'A request got no answer: offline, a wrong address, or a server without `Access-Control-Allow-Origin`.',
    'Open the address in a browser: `2.root.json` answers 404 if all is well. Serve it with `Access-Control-Allow-Origin: *`, also with a 404. If it is the receiver (`outbox`), start it, or correct `endpoint`. The client asks again by itself.',
  ),
  ERR_NETWORK_POLICY: client(
    'The page’s Content-Security-Policy blocks the request.',
    'Add the origin that the message names to `connect-src`.',
  ),
  ERR_HTTP: client(
    'A server answered with an unexpected status, or with an HTML page in place of a file.',
    'Open the address in a browser; check the `url` of the source, and the server.',
  ),
  ERR_KEYS: client(
    'The receiver has no valid key now; in a receiver, a private key cannot be used.',
    'The provider runs `rotate` and publishes `keys.json`. Until then requests wait.',
  ),
  ERR_SUBJECT: client(
    'An order requires a pseudonym and `subject` is missing, `fetchIds` failed, its answer is no batch, or no id is left.',
    'Pass `subject` to `createGuard`; answer with the bytes of `issueSubjectIds` ([account service](../provide/account-service.md)).',
  ),

  ERR_SCHEMA: documents(
    'A document does not match its schema. The message names each fault with its place and the values that are allowed.',
    'Correct the document at the named places. Orders: [every field](../provide/orders.md).',
  ),
  ERR_SIZE: documents(
    'A document or file is over its limit, or has another length than its manifest says.',
    'Make it smaller, or publish it again. [All limits](../../packages/protocol/README.md).',
  ),
  ERR_LIST_FORMAT: documents(
    'A `.lode` file breaks its layout.',
    'The list’s authority publishes it again with `lodestone-authority`.',
  ),
  ERR_LEDGER_CHAIN: documents(
    'An entry of a ledger does not follow from the entry before: the file was changed, or entries are missing.',
    'Export the ledger again. An auditor reports it as a finding.',
  ),
  ERR_TRUST_SIGNATURE: documents(
    'Fewer valid signatures than the role’s threshold. Often: the `root` of another authority.',
    'Pass the first `root.json` of the repository at the source’s `url`.',
  ),
  ERR_TRUST_ROLLBACK: documents(
    'An older version than the one that was trusted before.',
    'The authority publishes a higher version; a cache must not serve older files.',
  ),
  ERR_TRUST_EXPIRED: documents(
    'Metadata, a list or an order has expired.',
    'The authority publishes again: `publish --timestamp-only` runs once a day. Check the device’s clock.',
  ),
  ERR_TRUST_DIGEST: documents(
    'A file differs from its signed digest or length.',
    'Serve the repository’s files unchanged; no cache, proxy or editor may alter them.',
  ),
  ERR_TRUST_METADATA: documents(
    'Metadata breaks TUF or the profile of it: a wrong role, a wrong version, delegations.',
    'The authority publishes its repository again with `lodestone-authority`.',
  ),
  ERR_TRUST_POWER: documents(
    'The source may not publish this: the option under which it is listed decides.',
    'List the source under `orders`, `lists` or `provider`, as what it publishes needs.',
  ),
  ERR_TRUST_MISSING: documents(
    'A signed document names a target that its source does not publish, or a source that the app does not have.',
    'The source publishes the file, or the order names another; check the `name` of the source.',
  ),
  ERR_TRUST_ENDPOINT: documents(
    'An order names another receiver than the option `endpoint`.',
    'Set `endpoint` to the order’s address, or have the order issued for yours.',
  ),
  ERR_TRUST_PURPOSE: documents(
    'A list has another purpose than before, or than the order requires; or it was locked and is plain, or the reverse.',
    'Publish the other purpose or form under another list name, or issue the order for the list’s purpose.',
  ),
  ERR_TRUST_PROOF: documents(
    'A Merkle proof does not lead to the list’s root.',
    'Ask the authority for a proof of this version of the list.',
  ),

  ERR_SIGNAL_FORMAT: tools(
    'Not a signal: wrong length, version, reserved bytes or value.',
    'None at the receiver: it counts the body as malformed. In a program, pass the 256 bytes of a request unchanged.',
  ),
  ERR_SIGNAL_OPEN: tools(
    'No key opens a signal: it was made for another receiver, or its key was deleted.',
    'Check that the published `keys.json` is this receiver’s.',
  ),
  ERR_BROWSER_MISSING: tools(
    'No browser is installed for this engine.',
    'Run one of the commands that the message lists.',
  ),
  ERR_BROWSER_START: tools(
    'A browser is installed and does not start or answer. The message has its last lines.',
    'Follow the message; often a missing system library, no display, or a busy machine.',
  ),
  ERR_USAGE: tools('The command line is invalid.', 'Correct the named argument; `--help` lists all.'),
  ERR_IMPORT: tools(
    'A picture, a video or a row cannot be added to a list.',
    'The report names each one with the reason ([import formats](../../packages/authority/README.md#import-formats)).',
  ),
  ERR_ORDER_LAW: tools(
    'A rule of the order’s jurisdiction forbids it, or no rule decides.',
    'Change the order. `--unjudged` stages one that no rule decides; none stages one that a rule forbids.',
  ),
  ERR_REPOSITORY: tools(
    'An authority’s folder is damaged, incomplete, or was changed by hand.',
    'Restore the named file from a backup.',
  ),
  ERR_SIGNER: tools(
    'A signing key cannot be used: wrong passphrase, unreadable file, failed command, or not a holder’s key.',
    'Follow the message; it names the key file or command.',
  ),
  ERR_CASE: tools(
    'The rules of review refuse an action on a case or a user. The message names the rule.',
    'Do what the message says, or have it done by somebody whom [the rules](../design/receiver.md#review) allow it.',
  ),
  ERR_RECEIVER: tools(
    'The receiver’s data folder, configuration or database is invalid, or of another release.',
    'Correct what the message names ([data folder](../../packages/receiver/README.md#data-folder)).',
  ),

  ERR_PDQ_LENGTH: pdq(
    'The length of pixels, rows or a hash is wrong.',
    'Pass width × height × 4 bytes, or hashes of 32 bytes.',
  ),
  ERR_PDQ_SIZE: pdq(
    'A width, height or number of rows is zero, not a whole number, or over the limit.',
    'Pass sizes within the limit that the message names.',
  ),
  ERR_PDQ_BUFFER: pdq(
    'Bytes are no Uint8Array or Uint8ClampedArray, or their buffer is detached, shared or resizable.',
    'Copy them into a plain Uint8Array.',
  ),
  ERR_PDQ_OPTION: pdq('An option has an invalid value.', 'Correct the named option.'),
  ERR_PDQ_HEX: pdq('Text is not 64 hexadecimal digits.', 'Pass a whole hash.'),
  ERR_PDQ_TEXT: pdq(
    'Text is not a video’s frames, a line each: `frame,quality,hash,timestamp`.',
    'Correct the named line.',
  ),
  ERR_PDQ_STATE: pdq(
    'A call is too early or too late: rows of a stream are missing, or an index is not filled.',
    'Push every row before `finish`; fill an index before the first query.',
  ),
  ERR_PDQ_MEMORY: pdq('WebAssembly memory cannot grow.', 'Hash smaller pictures, or fewer rows at a time.'),
  ERR_PDQ_UNSUPPORTED: pdq('The engine has no WebAssembly, or no SIMD.', 'Use a newer engine.'),
};

export function errorTable(part: Part): string {
  const rows = Object.entries(ERRORS).filter(([, one]) => one.part === part);
  return [
    '| code | cause | fix |',
    '| --- | --- | --- |',
    ...rows.map(([code, { cause, fix }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${cause} | ${fix} |`),
  ].join('\n');
}
