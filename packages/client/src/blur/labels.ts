/** The texts of a blur. Hosts pass their own; the English set is the default. Spec: docs/design/client.md#blur */

export interface BlurLabels {
  /** The name of the blur. */
  heading: string;
  /** Below the heading, if the user may reveal the picture. */
  sentence: string;
  /** Below the heading, if the user may not. */
  blocked: string;
  /** The button that reveals the picture. */
  show: string;
  /** The button that blurs it again. */
  hide: string;
  /** Opens the list of help entries. */
  help: string;
}

export const ENGLISH_LABELS: Readonly<BlurLabels> = {
  heading: 'This may be sensitive',
  sentence: 'You do not have to look.',
  blocked: 'It is not shown here.',
  show: 'Show it anyway',
  hide: 'Hide it again',
  help: 'Find help',
};

/** Where to find help. An order's `help` entries have this shape. */
export type HelpEntry =
  | { language?: string | undefined; name: string; url: string }
  | { language?: string | undefined; name: string; phone: string };
