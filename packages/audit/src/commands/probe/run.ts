/**
 * `lodestone-audit probe`: tries every known way out of the published sandbox, in three engines, while servers listen.
 * Flow: sandbox.html, classifier.mjs → attempts in the window and in both workers, in the sandbox and as a control → claims.
 * Spec: docs/design/audit.md#probe, docs/design/sandbox.md#scope-lockdown
 */
import { LodestoneError } from '@lodestone/protocol/error';
import { sha256Hex } from '@lodestone/trust';
import type { Engine } from '../../browsers/index.ts';
import { attackHost } from './host-attacks.ts';
import { startNameServer } from './name-server.ts';
import { type EngineRun, runEngine } from './engine-run.ts';
import { type Report, reportOf } from '../../report/report.ts';
import { NO_CLASSIFIER, probeClaims } from './claims.ts';
import type { ProbeFacts } from './facts.ts';
import type { SandboxLock } from '../sandbox/document.ts';
import { auditSandbox } from '../sandbox/run.ts';

export interface ProbeOptions {
  /** For the report: the file or address. */
  name: string;
  /** The published document. */
  sandbox: Uint8Array;
  /** The classifier's published code. Without it the classifier's worker is not probed, and the report says so. */
  classifier?: Uint8Array | undefined;
  published?: Partial<SandboxLock> | undefined;
  engines: readonly Engine[];
  /** A running app that embeds Lodestone, which a hostile sandbox attacks. */
  url?: string | undefined;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

/** @throws {LodestoneError} `ERR_USAGE` if the document is not a sandbox or starts another classifier; `ERR_BROWSER_START` */
export async function auditProbe(options: ProbeOptions): Promise<Report<ProbeFacts>> {
  const { name, sandbox, classifier, published, engines, url, memoryFile, say = () => {} } = options;
  const document = auditSandbox({ name, html: sandbox, published });
  const nameServer = await startNameServer();
  if (!nameServer) say('DNS look-ups are not counted: that needs Linux, root and a free port 53');
  if (!classifier) say(NO_CLASSIFIER);
  const runs: EngineRun[] = [];
  const missing: ProbeFacts['missing'][number][] = [];
  const host: ProbeFacts['host'][number][] = [];
  try {
    for (const engine of engines) {
      try {
        const [html = '', code] = [sandbox, classifier].map((bytes) => bytes && new TextDecoder().decode(bytes));
        runs.push(await runEngine({ engine, sandbox: html, classifier: code, say, memoryFile, nameServer }));
        if (url !== undefined && engine !== 'webkit')
          host.push({ engine, attacked: await attackHost({ engine, url, say, memoryFile }) });
      } catch (error) {
        if (!(error instanceof LodestoneError) || error.code !== 'ERR_BROWSER_MISSING') throw error;
        missing.push({ engine, why: error.message });
        say(`Skipped ${engine}: ${error.message.split('\n')[0]}`);
      }
    }
  } finally {
    await nameServer?.close();
  }
  const facts: ProbeFacts = {
    build: document.facts.build.stated,
    classifier: classifier && sha256Hex(classifier),
    runs,
    missing,
    host,
    namesCounted: nameServer !== undefined,
  };
  return reportOf('probe', name, {
    claims: [...document.claims.slice(0, 1), ...probeClaims(facts, url)],
    limits: limitsOf(facts, url),
    facts,
  });
}

function limitsOf({ classifier, namesCounted }: ProbeFacts, url: string | undefined): string[] {
  return [
    'Only known ways out were tried. Another version of a browser may have others.',
    ...(namesCounted ? [] : ['DNS look-ups were not counted in this run: that needs Linux, root and a free port 53.']),
    ...(url === undefined
      ? []
      : ['The host’s page was attacked in Chromium and Firefox, and only if its sandbox is a srcdoc frame.']),
    classifier === undefined
      ? NO_CLASSIFIER
      : 'The classifier’s worker was probed without its runtime and without a model. Both only compute, and arrive by its port.',
    'An attempt that has no effect in the control run proves nothing in that engine. It is not counted, and the tables mark it.',
    'Side channels that change the speed or the temperature of this machine send no bytes and are not tested.',
  ];
}
