/** A picture, a video or another file, as a message shows it. Call it only for content that a check has allowed, or the person's own. */
import { button, element } from './element.ts';
import { icon } from './icon.ts';
import { sizeOf } from './texts.ts';

export type MediaKind = 'picture' | 'video' | 'file';

/** By the type that the browser derived from the file's name. Some browsers know none for Matroska. */
export function kindOf({ type, name }: File): MediaKind {
  if (type.startsWith('image/')) return 'picture';
  return type.startsWith('video/') || /\.mkv$/i.test(name) ? 'video' : 'file';
}

/** @param from the sender's name */
export function media(file: File, url: string, from: string): HTMLElement {
  const shown = { picture, video, file: chip }[kindOf(file)](file, url, from);
  // `error` does not bubble, so it is caught on its way down.
  shown.addEventListener('error', () => shown.replaceWith(chip(file)), { capture: true, once: true });
  return shown;
}

function chip(file: File): HTMLElement {
  return element('p', { class: 'file-chip' }, icon('file'), `${file.name || 'File'} · ${sizeOf(file.size)}`);
}

/** The browser's player. Its first frame is the poster, which cannot be seen before the check, because the player is made after it. */
function video(file: File, url: string, from: string): HTMLElement {
  const label = `Video from ${from}: ${file.name}`;
  return element('video', {
    class: 'picture video',
    src: url,
    controls: true,
    playsinline: true,
    preload: 'metadata',
    'aria-label': label,
  });
}

/** For a person who asked for less motion, an animation stands still until they play it. */
function picture(file: File, url: string, from: string): HTMLElement {
  const image = element('img', { class: 'picture', alt: `Picture from ${from}: ${file.name}` });
  const frame = element('div', { class: 'picture-frame' }, image);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) void holdStill(frame, image, file, url);
  else image.src = url;
  return frame;
}

async function holdStill(frame: HTMLElement, image: HTMLImageElement, file: File, url: string): Promise<void> {
  const still = (await mayMove(file)) && (await firstFrame(file).catch(() => undefined))?.toDataURL();
  image.src = still || url;
  if (!still) return;
  const toggle = button(
    { class: 'play' },
    () => {
      const plays = image.src === still;
      image.src = plays ? url : still;
      toggle.textContent = plays ? 'Stop animation' : 'Play animation';
    },
    'Play animation',
  );
  frame.append(toggle);
}

/** Browsers without `ImageDecoder` do not tell, so there every picture in a format for animations stands still. */
async function mayMove(file: File): Promise<boolean> {
  if (!('ImageDecoder' in window)) return /gif|webp|apng|avif/.test(file.type);
  const decoder = new ImageDecoder({ data: file.stream(), type: file.type });
  try {
    await decoder.tracks.ready;
    return decoder.tracks.selectedTrack?.animated ?? true;
  } catch {
    return true;
  } finally {
    decoder.close();
  }
}

/** @throws if the picture does not decode */
export async function firstFrame(file: File, options?: ImageBitmapOptions): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(file, options);
  const canvas = element('canvas', { width: bitmap.width, height: bitmap.height });
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}
