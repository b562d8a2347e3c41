/** What counts as a failure. Pure. Flow: page → here → run. */

/** The failure of an input that took longer than the client waits. */
export const LATE = 'no verdict before the deadline';

/** What the page saw of one input. */
export interface Report {
  readonly number: number;
  readonly outcome: string;
  readonly reason?: string;
  /** From the call of `check` to its answer. */
  readonly ms: number;
  /** What `<img>` shows: only for an input that was clear. */
  readonly shown?: Shown;
  /** The outcome under an order for pictures alone: only for an input that was clear and that `<img>` shows. */
  readonly asPicture?: string;
  /** The guard's answer for the listed picture afterwards; asked now and then. */
  readonly afterwards?: string;
  /** An error of the page or of the check, which must not throw. */
  readonly error?: string;
}

export interface Shown {
  readonly width: number;
  readonly height: number;
  /** PDQ quality, and the distance from the listed picture. */
  readonly quality: number;
  readonly distance: number;
}

/** The reduction and the decoders may differ by some bits; the order's distance is 31. */
const SURELY_LISTED = 12;
const GOOD_QUALITY = 50;

/** @param isListed the input holds the listed picture whole */
export function failureOf(
  { outcome, reason, shown, asPicture, afterwards, error }: Report,
  isListed: boolean,
): string | undefined {
  if (error) return `error: ${error}`;
  if (reason === 'sandbox') return 'the sandbox ended';
  if (reason === 'limit') return 'the guard’s limit was reached: the run is at fault';
  if (reason === 'deadline') return LATE;
  if (afterwards && afterwards !== 'match') return `afterwards the listed picture is ${afterwards}`;
  if (outcome === 'clear' && isListed) return 'clear, but the listed picture is in it';
  if (outcome === 'clear' && asPicture === 'skipped') return 'clear as a file, but the engine shows a picture';
  if (shown && shown.quality >= GOOD_QUALITY && shown.distance <= SURELY_LISTED)
    return `clear, but the engine shows the listed picture (${shown.distance} bits)`;
  return undefined;
}
