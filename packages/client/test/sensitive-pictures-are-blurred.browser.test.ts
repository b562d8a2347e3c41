/** `@lodestone/client/blur`: hides a picture from eyes, ears and screen readers, under any policy, and restores it exactly. Spec: docs/design/client.md#blur */
import fc from 'fast-check';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { commands } from 'vitest/browser';
import { blurSensitive, ENGLISH_LABELS, type BlurOptions } from '../src/blur.ts';

const HELP = [
  { language: 'en', name: 'Helplines for young people', url: 'https://help.example/' },
  { language: 'de', name: 'Nummer gegen Kummer', phone: '+49 116 111' },
];
const SQUARE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="300" height="300" fill="red"/></svg>')}`;

afterEach(() => document.body.replaceChildren());

/** A picture alone in a frame, 300 × 240 px. */
function picture(page: Document = document): { image: HTMLImageElement; frame: HTMLElement } {
  const frame = page.createElement('div');
  const image = page.createElement('img');
  image.alt = 'A red square';
  image.src = SQUARE;
  image.width = 300;
  image.height = 240;
  frame.append(image);
  page.body.append(frame);
  return { image, frame };
}

function partsOf(frame: HTMLElement) {
  const host = frame.querySelector<HTMLElement>('[data-lodestone-blur]');
  const root = host?.shadowRoot;
  if (!host || !root) throw new Error('no panel');
  const part = (name: string): HTMLElement => {
    const found = root.querySelector<HTMLElement>(`[part='${name}']`);
    if (!found) throw new Error(`the panel has no ${name}`);
    return found;
  };
  return { host, root, part };
}

const isHidden = (element: HTMLElement): boolean =>
  element.inert &&
  element.getAttribute('aria-hidden') === 'true' &&
  getComputedStyle(element).filter.startsWith('blur(') &&
  getComputedStyle(element).clipPath.startsWith('inset(0');

const rectOf = (element: HTMLElement): number[] => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left, top, width, height].map(Math.round);
};
/**
 * Resolves after the next rendering update, in which ResizeObservers report. Engines skip rendering updates while the machine is
 * busy, so a wait in milliseconds could end before the first one; this wait cannot.
 */
const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

describe('a blurred picture', () => {
  test('is hidden immediately, before anything is painted', () => {
    const { image, frame } = picture();
    const before = rectOf(image);
    blurSensitive(image);
    expect(isHidden(image)).toBe(true);
    expect(rectOf(image), 'the picture did not move').toEqual(before);
    expect(rectOf(partsOf(frame).host), 'the panel is over it').toEqual(before);
    expect(rectOf(partsOf(frame).part('blur'))).toEqual(before);
  });

  test('stays hidden if it is added to the page later, grows, moves and changes its parent', async () => {
    const frame = document.createElement('div');
    const image = document.createElement('img');
    frame.append(image);
    blurSensitive(image);
    expect(image.inert).toBe(true);
    document.body.append(frame);
    expect(isHidden(image)).toBe(true);

    const loaded = new Promise((resolve) => image.addEventListener('load', resolve, { once: true }));
    image.src = SQUARE;
    await loaded;
    await nextFrame();
    expect(rectOf(image).slice(2), 'the picture has its size').toEqual([300, 300]);
    expect(rectOf(partsOf(frame).host)).toEqual(rectOf(image));
    image.style.width = '800px';
    await nextFrame();
    expect(rectOf(partsOf(frame).host)).toEqual(rectOf(image));
    expect(getComputedStyle(image).filter, 'the blur grows with it').toBe('blur(80px)');

    const above = document.createElement('p');
    above.textContent = 'Something above';
    frame.prepend(above);
    await nextFrame();
    expect(rectOf(partsOf(frame).host)).toEqual(rectOf(image));

    const elsewhere = document.createElement('section');
    document.body.append(elsewhere);
    elsewhere.append(image);
    await nextFrame();
    expect(rectOf(partsOf(elsewhere).host)).toEqual(rectOf(image));
    expect(frame.querySelector('[data-lodestone-blur]')).toBeNull();
    expect(frame.hasAttribute('style'), 'the first parent is restored').toBe(false);

    image.remove();
    await nextFrame();
    expect(elsewhere.childElementCount).toBe(0);
    expect(image.inert, 'removed from the page, it stays hidden').toBe(true);
  });

  test.each(['static', 'absolute'])(
    'keeps its place in a parent that is %s, scrolled and right to left',
    (position) => {
      const { image, frame } = picture();
      frame.dir = 'rtl';
      Object.assign(frame.style, { position, overflow: 'auto', height: '100px', width: '350px', padding: '7px' });
      frame.append(Object.assign(document.createElement('p'), { textContent: 'Below' }));
      const below = frame.lastElementChild as HTMLElement;
      const before = [rectOf(image), rectOf(below), frame.scrollHeight];
      blurSensitive(image);
      expect([rectOf(image), rectOf(below), frame.scrollHeight]).toEqual(before);
      frame.scrollTop = 40;
      expect(rectOf(partsOf(frame).host)).toEqual(rectOf(image));
    },
  );

  test('is not revealed by a style rule of the page, which does not reach the panel either', () => {
    const rules = document.createElement('style');
    rules.textContent = `
      img { filter: none !important; clip-path: none !important; transition: filter 9s !important }
      div div { display: none !important; opacity: 0 !important; position: static !important }
      button, p { display: none !important }`;
    document.body.append(rules);
    const { image, frame } = picture();
    blurSensitive(image);
    expect(isHidden(image)).toBe(true);
    const { host, part } = partsOf(frame);
    expect(getComputedStyle(host)).toMatchObject({ display: 'block', opacity: '1', position: 'absolute' });
    expect(rectOf(part('show'))[3]).toBeGreaterThan(24);
  });

  test('is out of reach of keys and screen readers', () => {
    const frame = document.createElement('div');
    const link = document.createElement('a');
    link.href = '#large';
    link.append(Object.assign(document.createElement('img'), { src: SQUARE, alt: 'A red square' }));
    frame.append(link);
    document.body.append(frame);
    link.focus();
    expect(document.activeElement).toBe(link);
    blurSensitive(link);
    const { host, root, part } = partsOf(frame);
    expect(document.activeElement, 'the focus moves to the panel').toBe(host);
    expect(root.activeElement).toBe(part('show'));
    link.focus();
    expect(document.activeElement).toBe(host);
    expect(link.matches('[inert] , [inert] *')).toBe(true);
  });

  test('does not play a video until it is revealed, even if the page starts it', async () => {
    const frame = document.createElement('div');
    const video = document.createElement('video');
    frame.append(video);
    document.body.append(frame);
    const pause = vi.spyOn(video, 'pause');
    const play = vi.spyOn(video, 'play').mockResolvedValue();
    blurSensitive(video);
    expect(pause).not.toHaveBeenCalled();
    video.dispatchEvent(new Event('play'));
    expect(pause).toHaveBeenCalledOnce();
    expect(play).not.toHaveBeenCalled();
    partsOf(frame).part('show').click();
    expect(play).toHaveBeenCalledOnce();
    video.dispatchEvent(new Event('play'));
    expect(pause, 'revealed, it plays').toHaveBeenCalledOnce();
  });

  test('works under a policy that blocks inline styles, scripts and markup from strings', async () => {
    const outer = document.createElement('iframe');
    outer.srcdoc = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'">`;
    const loaded = new Promise((resolve) => outer.addEventListener('load', resolve, { once: true }));
    Object.assign(outer, { width: 600, height: 400 });
    document.body.append(outer);
    await loaded;
    const page = outer.contentDocument;
    if (!page) throw new Error('the frame has no document');
    const refused: string[] = [];
    page.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => refused.push(effectiveDirective));

    const { image, frame } = picture(page);
    const blur = blurSensitive(image, { help: HELP });
    const { host, part } = partsOf(frame);
    expect(getComputedStyle(image).filter).toMatch(/^blur/);
    expect(getComputedStyle(host).position).toBe('absolute');
    expect(rectOf(host)).toEqual(rectOf(image));
    expect(getComputedStyle(part('blur')).color).toBe('rgb(255, 255, 255)');
    part('show').click();
    blur.hide();
    blur.remove();
    expect(image.hasAttribute('style')).toBe(false);
    await nextFrame();
    expect(refused).toEqual([]);
    const violated = new Promise((resolve) =>
      page.addEventListener('securitypolicyviolation', resolve, { once: true }),
    );
    image.setAttribute('style', 'color: red'); // the policy does block this
    await violated;
    expect(refused).toContain('style-src-attr');
  });
});

describe('the panel', () => {
  test('has all labels in reading order, and a name on each button and link', () => {
    const { image, frame } = picture();
    blurSensitive(image, { help: HELP });
    const { part, root } = partsOf(frame);
    const blur = part('blur');
    expect(blur.getAttribute('role')).toBe('group');
    expect(root.getElementById(blur.getAttribute('aria-labelledby') ?? '')?.textContent).toBe(ENGLISH_LABELS.heading);
    const texts = [...blur.querySelectorAll('p, button, summary, a')].map(({ textContent }) => textContent);
    const { heading, sentence, show, help } = ENGLISH_LABELS;
    expect(texts).toEqual([
      heading,
      sentence,
      show,
      help,
      'Helplines for young people',
      'Nummer gegen Kummer: +49 116 111',
    ]);
    expect(blur.querySelectorAll('[aria-hidden]').length, 'only the icon is hidden from screen readers').toBe(1);
    expect([...blur.querySelectorAll('a')].map(({ href, lang, rel }) => [href, lang, rel])).toEqual([
      ['https://help.example/', 'en', 'noopener noreferrer'],
      ['tel:+49116111', 'de', ''],
    ]);
    part('show').click();
    expect(part('hide').textContent).toBe(ENGLISH_LABELS.hide);
  });

  test('shows the host’s labels only, and markup in them as text', () => {
    const { image, frame } = picture();
    const labels = { heading: '<b>H</b>', sentence: 'S', blocked: 'B', show: 'Z', hide: 'V', help: 'F' };
    blurSensitive(image, { labels, help: HELP });
    const { part, root } = partsOf(frame);
    expect(part('heading').textContent).toBe('<b>H</b>');
    for (const english of Object.values(ENGLISH_LABELS)) expect(root.textContent).not.toContain(english);
  });

  test('has no reveal button under the action block, but has the help', () => {
    const { image, frame } = picture();
    const blur = blurSensitive(image, { action: 'block', help: HELP });
    const { root, part } = partsOf(frame);
    expect(root.querySelector("[part='show']")).toBeNull();
    expect(part('sentence').textContent).toBe(ENGLISH_LABELS.blocked);
    expect(part('help').textContent).toContain('Helplines');
    expect(blur.isRevealed).toBe(false);
  });

  test('does not pass clicks on to the elements around the picture', () => {
    const { image, frame } = picture();
    const opened = vi.fn();
    frame.addEventListener('click', opened);
    blurSensitive(image);
    partsOf(frame).part('show').click();
    partsOf(frame).part('hide').click();
    expect(opened).not.toHaveBeenCalled();
    partsOf(frame).part('show').click();
    image.click();
    expect(opened, 'revealed, the picture gets clicks again').toHaveBeenCalledOnce();
  });
});

describe('the panel over any picture', () => {
  /** WCAG 2.2, relative luminance and contrast ratio. */
  const luminance = (rgb: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((byte) => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one: readonly number[], other: readonly number[]): number => {
    const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const colour = (value: string): number[] => (value.match(/[\d.]+/g) ?? []).map(Number);

  test('has a text contrast of at least 4.5 to 1 on every colour', () => {
    const { image, frame } = picture();
    blurSensitive(image);
    const style = getComputedStyle(partsOf(frame).part('blur'));
    const [red = 0, green = 0, blue = 0, alpha = 1] = colour(style.backgroundColor);
    const ink = colour(style.color);
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte), (under) => {
        const seen = [red, green, blue].map((scrim, i) => scrim * alpha + (under[i] ?? 0) * (1 - alpha));
        expect(contrast(ink, seen)).toBeGreaterThanOrEqual(4.5);
      }),
      { examples: [[[255, 255, 255]], [[0, 0, 0]]] },
    );
  });

  test.each(['show', 'hide'])('has a contrast of more than 7 to 1 on the button %s', (name) => {
    const { image, frame } = picture();
    blurSensitive(image);
    const { color, backgroundColor } = getComputedStyle(partsOf(frame).part(name));
    expect(contrast(colour(color), colour(backgroundColor))).toBeGreaterThan(7);
  });

  test.each([
    [340, 260],
    [170, 120],
    [120, 160],
    [90, 90],
  ])('keeps its buttons inside a picture of %i × %i px, at least 24 px high', (width, height) => {
    const { image, frame } = picture();
    Object.assign(image, { width, height });
    blurSensitive(image, { help: HELP });
    const { host, part } = partsOf(frame);
    const outer = host.getBoundingClientRect();
    const isInside = (element: HTMLElement): boolean => {
      const inner = element.getBoundingClientRect();
      return (
        inner.height >= 24 &&
        inner.left >= outer.left &&
        inner.right <= outer.right &&
        inner.top >= outer.top &&
        inner.bottom <= outer.bottom
      );
    };
    expect(isInside(part('show')), 'show').toBe(true);
    const summary = part('help').querySelector('summary');
    expect(summary && isInside(summary), 'help').toBe(true);
    part('show').click();
    expect(isInside(part('hide')), 'hide').toBe(true);
  });
});

describe('revealed and hidden again', () => {
  test('the focus moves to the button that reverses it, and the host is called back', () => {
    const { image, frame } = picture();
    const onReveal = vi.fn();
    const onHide = vi.fn();
    const blur = blurSensitive(image, { onReveal, onHide });
    const { root, part } = partsOf(frame);
    part('show').focus();
    part('show').click();
    expect([blur.isRevealed, isHidden(image), onReveal.mock.calls.length]).toEqual([true, false, 1]);
    expect(image.getAttribute('aria-hidden')).toBeNull();
    expect(root.activeElement).toBe(part('hide'));
    part('hide').click();
    expect([blur.isRevealed, isHidden(image), onHide.mock.calls.length]).toEqual([false, true, 1]);
    expect(root.activeElement).toBe(part('show'));
  });

  // The test provider for WebKitGTK sends no keys; there the tests above and below cover the focus.
  test.skipIf(inject('engine') === 'webkit')('the keyboard alone is enough, and Escape does nothing', async () => {
    const { image, frame } = picture();
    const link = document.createElement('a');
    link.href = '#large';
    frame.append(link);
    link.append(image);
    frame.before(document.createElement('input'));
    frame.after(document.createElement('input'));
    const blur = blurSensitive(link, { help: HELP });
    const { host, root, part } = partsOf(frame);
    const summary = part('help').querySelector('summary');
    const focused = (): Element | null =>
      document.activeElement === host ? root.activeElement : document.activeElement;
    const press = async (key: string): Promise<Element | null> => {
      await commands.press(key);
      return focused();
    };

    document.querySelector('input')?.focus();
    expect(await press('Tab'), 'the link under it is skipped').toBe(part('show'));
    expect(await press('Tab')).toBe(summary);
    const opened = new Promise((resolve) => part('help').addEventListener('toggle', resolve, { once: true }));
    expect(await press('Enter')).toBe(summary);
    await opened; // on a busy machine the browser opens it with a delay
    expect(part('help').querySelector('a')?.checkVisibility()).toBe(true);
    expect((await press('Tab'))?.textContent, 'with the help open, its link is next').toBe(HELP[0]?.name);
    expect(await press('Shift+Tab')).toBe(summary);
    expect(await press('Enter')).toBe(summary);
    expect(await press('Shift+Tab')).toBe(part('show'));
    expect([await press('Escape'), blur.isRevealed]).toEqual([part('show'), false]);
    expect([await press('Enter'), blur.isRevealed]).toEqual([part('hide'), true]);
    expect([await press('Escape'), blur.isRevealed]).toEqual([part('hide'), true]);
    expect(await press('Shift+Tab'), 'revealed, the link can be focused').toBe(link);
    expect(await press('Tab')).toBe(part('hide'));
    expect([await press('Space'), blur.isRevealed]).toEqual([part('show'), false]);
  });

  test('a focus elsewhere stays there', () => {
    const { image, frame } = picture();
    const field = document.body.appendChild(document.createElement('input'));
    const blur = blurSensitive(image);
    partsOf(frame).part('show').click();
    field.focus();
    blur.hide();
    expect(document.activeElement).toBe(field);
    blur.remove();
    expect(document.activeElement).toBe(field);
  });

  test('of two in one parent, removing one leaves the other in place', () => {
    const { image, frame } = picture();
    const other = frame.appendChild(image.cloneNode() as HTMLImageElement);
    const first = blurSensitive(image);
    const second = blurSensitive(other);
    first.remove();
    expect(rectOf(partsOf(frame).host)).toEqual(rectOf(other));
    expect(isHidden(other)).toBe(true);
    second.remove();
    expect(frame.hasAttribute('style')).toBe(false);
  });
});

/** Operations of host and user while a picture is blurred. Those of the host also run on a copy without a blur. */
const OPERATIONS = [
  'show',
  'hide',
  'hide by call',
  'wider',
  'a class',
  'text before',
  'out and in',
  'own opacity',
] as const;
const ATTRIBUTES = fc.record(
  {
    style: fc.constantFrom(
      'width: 40px;',
      'filter: sepia(1);',
      'transition: all 1s ease 0s;',
      'clip-path: circle(40%) !important;',
    ),
    'aria-hidden': fc.constantFrom('false', 'true'),
    inert: fc.constant(''),
    class: fc.constant('photo'),
  },
  { requiredKeys: [] },
);

test('after any operations, a blurred picture is hidden, and a restored one is as the host left it', () => {
  fc.assert(
    fc.property(ATTRIBUTES, fc.array(fc.constantFrom(...OPERATIONS), { maxLength: 12 }), (attributes, operations) => {
      const [blurred, twin] = [picture(), picture()];
      for (const { image } of [blurred, twin]) {
        for (const [name, value] of Object.entries(attributes)) {
          if (name === 'style') image.style.cssText = value;
          else image.setAttribute(name, value);
        }
      }
      const blur = blurSensitive(blurred.image);
      for (const [step, operation] of operations.entries()) {
        if (operation === 'show' && !blur.isRevealed) partsOf(blurred.frame).part('show').click();
        if (operation === 'hide' && blur.isRevealed) partsOf(blurred.frame).part('hide').click();
        if (operation === 'hide by call') blur.hide();
        for (const { image, frame } of [blurred, twin]) {
          if (operation === 'wider') image.style.width = `${310 + step * 10}px`;
          if (operation === 'own opacity') image.style.opacity = '0.5';
          if (operation === 'a class') image.classList.toggle('large');
          if (operation === 'text before') frame.prepend('text');
          if (operation === 'out and in') {
            image.remove();
            frame.append(image);
          }
        }
        expect(isHidden(blurred.image)).toBe(!blur.isRevealed);
      }
      blur.remove();
      blur.hide();
      expect(blurred.frame, `${blurred.frame.outerHTML} = ${twin.frame.outerHTML}`).toSatisfy((frame: HTMLElement) =>
        frame.isEqualNode(twin.frame),
      );
      document.body.replaceChildren();
    }),
    { numRuns: 60 },
  );
});

test.each<[string, unknown, unknown?]>([
  ['element', document],
  ['element', 'img'],
  ['element', undefined],
  ['action', null, { action: 'allow' }],
  ['help', null, { help: 'https://help.example' }],
  ['help[0]', null, { help: [{ name: 'Script', url: 'javascript:alert(1)' }] }],
  ['help[1]', null, { help: [HELP[0], { name: '', url: 'https://help.example' }] }],
  ['help[0]', null, { help: [{ name: 'Call', phone: 'now' }] }],
  ['labels.show', null, { labels: { ...ENGLISH_LABELS, show: ' ' } }],
  ['labels.hide', null, { labels: { heading: 'H', sentence: 'S', blocked: 'B', show: 'Z', help: 'F' } }],
  ['onReveal', null, { onReveal: 'revealed' }],
])('a wrong option is named in the error, and nothing is blurred: %s (case %#)', (name, element, options) => {
  const { image, frame } = picture();
  const before = frame.outerHTML;
  const given = (element === null ? image : element) as HTMLElement;
  expect(() => blurSensitive(given, options as BlurOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_OPTIONS', message: expect.stringContaining(`: ${name} `) }),
  );
  expect(frame.outerHTML).toBe(before);
});

test('an element without a parent, or that is blurred already, is refused', () => {
  const code = expect.objectContaining({ code: 'ERR_OPTIONS' });
  expect(() => blurSensitive(document.createElement('img'))).toThrow(code);
  const { image } = picture();
  const blur = blurSensitive(image);
  expect(() => blurSensitive(image)).toThrow(code);
  blur.remove();
  blurSensitive(image);
});
