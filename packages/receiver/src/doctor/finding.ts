/** One line of `doctor`: what was checked, and what is wrong with it. Pure. Flow: doctor/checks → here → cli. Spec: docs/design/receiver.md#doctor */
import { LodestoneError } from '@lodestone/protocol/error';
import { causeCode } from '../log-safe-error.ts';

export interface Finding {
  /** What was checked, in one or two words. */
  what: string;
  isOk: boolean;
  /** What was found; for a problem, also its fix. */
  text: string;
}

export const ok = (what: string, text: string): Finding => ({ what, isOk: true, text });
export const wrong = (what: string, text: string): Finding => ({ what, isOk: false, text });

/** Of an error that is not ours only the code is shown: a message may quote an address or a secret. */
function failed(what: string, error: unknown): Finding {
  const text = error instanceof LodestoneError ? error.message : `failed (${causeCode(error)})`;
  return wrong(what, text);
}

/** Runs one check, so that its failure does not hide what the others find. */
export async function attempt(what: string, check: () => Promise<Finding | Finding[]>): Promise<Finding[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    return [failed(what, error)];
  }
}

const WIDTH = 10;

export function findingText({ what, isOk, text }: Finding): string {
  return `${isOk ? 'ok   ' : 'WRONG'}  ${what.padEnd(WIDTH)}  ${text}`;
}
