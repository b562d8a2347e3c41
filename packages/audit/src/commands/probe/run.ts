/**
 * `lodestone-audit probe`: tries every known way out of the published sandbox, in three engines, while servers listen.
 * Flow: sandbox.html, code of lazy parts → attempts in the window and in both workers, in the sandbox and as a control → claims.
 * Spec: docs/design/audit.md#probe, docs/design/sandbox.md#scope-lockdown
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { PartName } from '@lodestone/protocol/lazy-parts';
import { sha256Hex } from '@lodestone/trust';
import type { Engine } from '../../browsers/index.ts';
import { attackHost } from './host-attacks.ts';
import { startNameServer } from './name-server.ts';
import { type EngineRun, runEngine } from './engine-run.ts';
import { type Report, reportOf } from '../../report/report.ts';
import { notProbed, probeClaims } from './claims.ts';
import type { ProbeFacts } from './facts.ts';
import { PARTS_IN_WORKERS } from './probed-place.ts';
import type { SandboxLock } from '../sandbox/document.ts';
import { auditSandbox } from '../sandbox/run.ts';

export interface ProbeOptions {
  /** For the report: the file or address. */
  name: string;
  /** The published document. */
  sandbox: Uint8Array;
  /** The published code of lazy parts. A worker whose code is missing is not probed, and the report says so. */
  parts?: Partial<Record<PartName, Uint8Array>>;
  published?: Partial<SandboxLock> | undefined;
  engines: readonly Engine[];
  /** A running app that embeds Lodestone, which a hostile sandbox attacks. */
  url?: string | undefined;
  say?: (line: string) => void;
  memoryFile?: string | undefined;
}

/** @throws {LodestoneError} `ERR_USAGE` if the document is not a sandbox or starts other code; `ERR_BROWSER_START` */
export async function auditProbe(options: ProbeOptions): Promise<Report<ProbeFacts>> {
  const { name, sandbox, parts = {}, published, engines, url, memoryFile, say = () => {} } = options;
  const document = auditSandbox({ name, html: sandbox, published });
  const nameServer = await startNameServer();
  if (!nameServer) say('DNS look-ups are not counted: that needs Linux, root and a free port 53');
  const html = new TextDecoder().decode(sandbox);
  const probed = PARTS_IN_WORKERS.flatMap((part) => {
    const code = parts[part];
    if (!code) say(notProbed(part));
    return code ? [{ name: part, code: new TextDecoder().decode(code) }] : [];
  });
  const runs: EngineRun[] = [];
  const missing: ProbeFacts['missing'][number][] = [];
  const host: ProbeFacts['host'][number][] = [];
  try {
    for (const engine of engines) {
      try {
        runs.push(await runEngine({ engine, sandbox: html, parts: probed, say, memoryFile, nameServer }));
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
    parts: PARTS_IN_WORKERS.map((part) => ({ name: part, code: parts[part] && sha256Hex(parts[part]) })),
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

function limitsOf({ parts, namesCounted }: ProbeFacts, url: string | undefined): string[] {
  return [
    'Only known ways out were tried. Another version of a browser may have others.',
    ...(namesCounted ? [] : ['DNS look-ups were not counted in this run: that needs Linux, root and a free port 53.']),
    ...(url === undefined
      ? []
      : ['The host’s page was attacked in Chromium and Firefox, and only if its sandbox is a srcdoc frame.']),
    ...parts.map(({ name, code }) =>
      code === undefined
        ? notProbed(name)
        : `The worker of the lazy part ${name} was probed without data, such as a model or its runtime. Data arrives by its port.`,
    ),
    'An attempt that has no effect in the control run proves nothing in that engine. It is not counted, and the tables mark it.',
    'Side channels that change the speed or the temperature of this machine send no bytes and are not tested.',
  ];
}
