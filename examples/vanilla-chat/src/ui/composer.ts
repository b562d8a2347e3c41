/** The message form, and attachments by button, paste, or drag and drop on the pane. */
import type { Device } from '../device.ts';
import { button, element } from './element.ts';
import { icon } from './icon.ts';

export function composer(device: Device, showSamples: () => void): HTMLFormElement {
  const { name } = device.other;
  const files = element('input', {
    type: 'file',
    accept: 'image/*,video/*,.mkv', // some systems know no type for Matroska
    multiple: true,
    hidden: true,
    'aria-label': `Pictures and videos for ${name}`,
  });
  files.addEventListener('change', () => {
    sendAll(device, files.files);
    files.value = '';
  });
  const words = element('input', {
    type: 'text',
    autocomplete: 'off',
    maxlength: 2_000,
    placeholder: `Message to ${name}`,
    'aria-label': `Message to ${name}`,
  });
  /** Warms up the guard while the person chooses a picture. */
  const soon = (open: () => void) => (): void => {
    device.guard.prepare({ surface: 'send' });
    open();
  };
  const form = element(
    'form',
    { class: 'composer' },
    files,
    button(
      { class: 'round', 'aria-label': 'Attach a picture or video' },
      soon(() => files.click()),
      icon('clip'),
    ),
    button({ class: 'round', 'aria-label': 'Pictures and videos to try' }, soon(showSamples), icon('pictures')),
    words,
    element('button', { class: 'round send', 'aria-label': 'Send' }, icon('send')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (text) void device.sendText(text);
    words.value = '';
  });
  return form;
}

export function acceptDropsAndPastes(pane: HTMLElement, device: Device): void {
  const over = (is: boolean): void => void pane.classList.toggle('drop', is);
  pane.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    over(true);
  });
  pane.addEventListener('dragleave', (event) => {
    if (!(event.relatedTarget instanceof Node && pane.contains(event.relatedTarget))) over(false);
  });
  pane.addEventListener('drop', (event) => {
    event.preventDefault();
    over(false);
    sendAll(device, event.dataTransfer?.files);
  });
  pane.addEventListener('paste', (event) => sendAll(device, event.clipboardData?.files));
}

function sendAll(device: Device, files: FileList | null | undefined): void {
  for (const file of files ?? []) void device.sendFile(file);
}
