/**
 * Asks each authority for its timestamp: whether it answers, and whether this machine's clock agrees with the answers.
 * Flow: doctor → here → authority. Promise: nothing is stored. Spec: docs/design/receiver.md#doctor
 */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { type ReceiverConfig, type SourceConfig, sourcesOf } from '../config.ts';
import { causeCode } from '../log-safe-error.ts';
import { attempt, type Finding, ok, wrong } from './finding.ts';

const TIMEOUT_MS = 5_000;
/** Day and validity are checked in days; a minute is what a time service keeps. */
const CLOCK_MS = 60_000;

interface Context {
  dataDir: string;
  now: () => number;
}

export async function checkSources(config: ReceiverConfig, context: Context): Promise<Finding[]> {
  const checked = await Promise.all(sourcesOf(config).map((source) => checkSource(source, context)));
  const clocks = checked.flatMap(({ aheadMs }) => (aheadMs === undefined ? [] : [aheadMs]));
  return [clockFinding(clocks), ...checked.flatMap(({ findings }) => findings)];
}

interface Checked {
  findings: Finding[];
  /** How far this machine's clock is ahead of the server's; undefined without an answer. */
  aheadMs?: number;
}

async function checkSource({ name, url, root }: SourceConfig, { dataDir, now }: Context): Promise<Checked> {
  const checked: Checked = { findings: [] };
  checked.findings = await attempt('source', async () => {
    const file = path.resolve(dataDir, root);
    const hasRoot = await access(file).then(
      () => true,
      () => false,
    );
    if (!hasRoot) return wrong('source', `${name}: its pinned root ${file} cannot be read; copy it there`);
    const address = new URL('metadata/timestamp.json', url.endsWith('/') ? url : `${url}/`);
    const response = await get(address);
    if (typeof response === 'string')
      return wrong(
        'source',
        `${name} does not answer (${response}); check its address, and that this machine may reach it`,
      );
    const { status, date } = response;
    if (date !== null) checked.aheadMs = now() - Date.parse(date);
    return status === 200
      ? ok('source', `${name} answers`)
      : wrong('source', `${name}: status ${status} for ${address.href}; its "url" is the parent of metadata/`);
  });
  return checked;
}

async function get(address: URL): Promise<{ status: number; date: string | null } | string> {
  try {
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return { status: response.status, date: response.headers.get('date') };
  } catch (error) {
    return causeCode(error instanceof Error && error.cause !== undefined ? error.cause : error);
  }
}

function clockFinding(aheadMs: readonly number[]): Finding {
  if (aheadMs.length === 0) return wrong('clock', 'no source answered, so the clock could not be compared');
  const middle = aheadMs.toSorted((a, b) => a - b)[Math.floor(aheadMs.length / 2)] ?? 0;
  const seconds = Math.round(Math.abs(middle) / 1_000);
  if (Math.abs(middle) <= CLOCK_MS) return ok('clock', `within ${Math.max(seconds, 1)} s of the sources`);
  return wrong('clock', `${seconds} s ${middle > 0 ? 'ahead of' : 'behind'} the sources; set it by a time service`);
}
