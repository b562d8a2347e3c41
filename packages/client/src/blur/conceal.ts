/**
 * Makes an element's picture unseen, unread and unheard, by properties of the element itself: it stays so wherever it is
 * moved, and whatever becomes of the panel. Its styles are `!important` and its own, so no rule of the page overrides them.
 */
import { setAttribute, setStyles } from './reversible-changes.ts';

export interface Concealment {
  /** After a change of size: the blur grows with the picture. */
  fit(): void;
  /** Gives the element back. */
  end(): void;
}

export function conceal(element: HTMLElement): Concealment {
  const giveStylesBack = setStyles(
    element,
    { ...blurOf(element), transition: 'none' }, // a page's own would blur it slowly
    'important',
  );
  const ends = [holdMedia(element), giveStylesBack, setAttribute(element, 'aria-hidden', 'true')];
  // Only where nothing said so: a host that set it itself also takes it away itself.
  if (!element.inert) ends.push(setAttribute(element, 'inert', ''));
  return {
    fit() {
      for (const [name, value] of Object.entries(blurOf(element))) element.style.setProperty(name, value, 'important');
    },
    end() {
      for (const end of ends) end();
    },
  };
}

/**
 * Enough that no shape is left: the standard deviation is a tenth of the longer side, and never less than 24 px. What a
 * blur spills over the edges and round corners is cut off.
 */
function blurOf(element: HTMLElement): { filter: string; 'clip-path': string } {
  const { offsetWidth, offsetHeight } = element;
  const radiusPx = Math.max(24, Math.round(Math.max(offsetWidth, offsetHeight) / 10));
  return {
    filter: `blur(${radiusPx}px)`,
    'clip-path': `inset(0 round ${getComputedStyle(element).borderRadius || '0'})`,
  };
}

/** A blurred video does not play, nor begin to; what was held goes on when it is given back. */
function holdMedia(element: HTMLElement): () => void {
  const held = new Set<HTMLMediaElement>();
  const hold = (media: HTMLMediaElement): void => {
    held.add(media);
    media.pause();
  };
  const onPlay = ({ target }: Event): void => hold(target as HTMLMediaElement); // only media send `play`
  // Not bubbling, so on its way down; and on the element itself in the same way.
  element.addEventListener('play', onPlay, true);
  for (const media of [element, ...element.querySelectorAll<HTMLElement>('audio, video')]) {
    if (isMedia(media) && !media.paused) hold(media);
  }
  return () => {
    element.removeEventListener('play', onPlay, true);
    // Refused where the browser wants a gesture for sound: then the person presses play.
    for (const media of held) media.play().catch(() => {});
  };
}

function isMedia(element: HTMLElement): element is HTMLMediaElement {
  return 'paused' in element;
}
