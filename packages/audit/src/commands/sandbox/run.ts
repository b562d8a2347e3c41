/**
 * `lodestone-audit sandbox`: checks whether a document is the published sandbox, and what its policy forbids.
 * Flow: sandbox.html (a file, an address, or the document of a running app) → here. The digest shows that it is the published
 * one, the policy what the browser must refuse; `probe` tests that browsers do. Spec: docs/design/audit.md#sandbox
 */
import { type Report, reportOf } from '../../report/report.ts';
import { sandboxClaims } from './claims.ts';
import { readSandbox, type SandboxFacts, type SandboxLock } from './document.ts';

export interface SandboxOptions {
  /** For the report: the file or address. */
  name: string;
  html: Uint8Array;
  /** The known values of the release; without them only the document itself is checked. */
  published?: Partial<SandboxLock> | undefined;
}

export function auditSandbox({ name, html, published }: SandboxOptions): Report<SandboxFacts> {
  const facts = readSandbox(html);
  return reportOf('sandbox', name, {
    claims: sandboxClaims(html, facts, published),
    limits: [
      'A policy is what the document requires of the browser. lodestone-audit probe tests that browsers enforce it.',
      'No policy prevents a window from navigating itself. This is why content never enters the sandbox’s window: it goes through a separate port to a worker.',
      'lodestone-audit capture checks whether an app shows this document, in a frame with sandbox="allow-scripts" and nothing more.',
    ],
    facts,
  });
}
