/**
 * Makes an element's picture unseen, unread and unheard, by properties of the element itself: it stays so wherever it is
 * moved, and whatever becomes of the panel. By CSSOM, which no `style-src` forbids, and `!important`, which no rule of the
 * page overrides. Given back property by property, so that what the host changed meanwhile stays.
 */

export interface Concealment {
  /** After a change of size: the blur grows with the picture. */
  fit(): void;
  /** Gives the element back. */
  end(): void;
}

export function conceal(element: HTMLElement): Concealment {
  const styles = setStyles(element);
  const ends = [holdMedia(element), styles.end, setAttribute(element, 'aria-hidden', 'true')];
  // Only where nothing said so: a host that set it itself also takes it away itself.
  if (!element.inert) ends.push(setAttribute(element, 'inert', ''));
  return {
    fit: styles.fit,
    end() {
      for (const end of ends) end();
    },
  };
}

function setStyles(element: HTMLElement): Concealment {
  const { style } = element;
  const hadAttribute = element.hasAttribute('style');
  const wanted = {
    filter: blurFor(element),
    'clip-path': 'inset(0)', // what a blur spills over the edges
    transition: 'none', // or a page's own would blur it slowly
  };
  const before = Object.keys(wanted).map(
    (name) => [name, style.getPropertyValue(name), style.getPropertyPriority(name)] as const,
  );
  for (const [name, value] of Object.entries(wanted)) style.setProperty(name, value, 'important');
  return {
    fit: () => style.setProperty('filter', blurFor(element), 'important'),
    end() {
      for (const [name, value, priority] of before) {
        if (value) style.setProperty(name, value, priority);
        else style.removeProperty(name);
      }
      if (!hadAttribute && style.length === 0) element.removeAttribute('style');
    },
  };
}

/** Enough that no shape is left: the standard deviation is a tenth of the longer side, and never less than 24 px. */
function blurFor({ offsetWidth, offsetHeight }: HTMLElement): string {
  return `blur(${Math.max(24, Math.round(Math.max(offsetWidth, offsetHeight) / 10))}px)`;
}

function setAttribute(element: HTMLElement, name: string, value: string): () => void {
  const before = element.getAttribute(name);
  element.setAttribute(name, value);
  return () => {
    if (before === null) element.removeAttribute(name);
    else element.setAttribute(name, before);
  };
}

/** A covered video does not play, nor begin to; what was held goes on when it is given back. */
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
