/**
 * Hides an element's picture from eyes, ears and screen readers, by properties of the element itself: it stays hidden wherever
 * it is moved, and whatever happens to the panel. Its inline styles are `!important`, so no rule of the page overrides them.
 * Spec: docs/design/client.md#blur
 */
import { setAttribute, setStyles } from './reversible-changes.ts';

export interface HiddenElement {
  /** Adapts the blur to the element's size. */
  fit(): void;
  /** Restores the element. */
  restore(): void;
}

export function hideElement(element: HTMLElement): HiddenElement {
  const restores = [
    holdMedia(element),
    // A transition of the page would blur the element slowly.
    setStyles(element, { ...blurStyles(element), transition: 'none' }, 'important'),
    setAttribute(element, 'aria-hidden', 'true'),
  ];
  // A host that set `inert` itself removes it itself.
  if (!element.inert) restores.push(setAttribute(element, 'inert', ''));
  return {
    fit() {
      for (const [name, value] of Object.entries(blurStyles(element)))
        element.style.setProperty(name, value, 'important');
    },
    restore() {
      for (const restore of restores) restore();
    },
  };
}

/**
 * Strong enough that no shape remains: the standard deviation is a tenth of the longer side, at least 24 px. The clip path cuts
 * off what the blur spreads over the edges and rounded corners.
 */
function blurStyles(element: HTMLElement): { filter: string; 'clip-path': string } {
  const { offsetWidth, offsetHeight } = element;
  const radiusPx = Math.max(24, Math.round(Math.max(offsetWidth, offsetHeight) / 10));
  return {
    filter: `blur(${radiusPx}px)`,
    'clip-path': `inset(0 round ${getComputedStyle(element).borderRadius || '0'})`,
  };
}

/** Pauses video and sound, also when a script starts them. Returns how to let them continue. */
function holdMedia(element: HTMLElement): () => void {
  const held = new Set<HTMLMediaElement>();
  const hold = (media: HTMLMediaElement): void => {
    held.add(media);
    media.pause();
  };
  const onPlay = ({ target }: Event): void => hold(target as HTMLMediaElement); // only media elements send `play`
  element.addEventListener('play', onPlay, true); // `play` does not bubble, so it is captured
  for (const media of [element, ...element.querySelectorAll<HTMLElement>('audio, video')]) {
    if (isMedia(media) && !media.paused) hold(media);
  }
  return () => {
    element.removeEventListener('play', onPlay, true);
    // A browser that requires a gesture for sound refuses; the user then presses play.
    for (const media of held) media.play().catch(() => undefined);
  };
}

function isMedia(element: HTMLElement): element is HTMLMediaElement {
  return 'paused' in element;
}
