/** What a blur says. The words are the host's; these are a set to begin with. */

export interface SensitiveWords {
  /** Names the blur. */
  heading: string;
  /** Under the heading, where the person may show the picture. */
  sentence: string;
  /** In its place, where they may not. */
  blocked: string;
  /** The button that shows it. */
  show: string;
  /** The button that blurs it again. */
  hide: string;
  /** Opens the list of where to find help. */
  help: string;
}

export const ENGLISH_WORDS: Readonly<SensitiveWords> = {
  heading: 'This may be sensitive',
  sentence: 'You do not have to look.',
  blocked: 'It is not shown here.',
  show: 'Show it anyway',
  hide: 'Hide it again',
  help: 'Find help',
};

/** Where to find help; an order's `help` entries are of this shape. */
export type SensitiveHelp =
  | { language?: string | undefined; name: string; url: string }
  | { language?: string | undefined; name: string; phone: string };
