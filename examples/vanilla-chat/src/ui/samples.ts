/** Sample pictures and videos from the demo's server. */
import type { Device } from '../device.ts';
import type { Sample } from '../configuration.ts';
import { button, element } from './element.ts';

export function sampleTray(device: Device, samples: readonly Sample[]): HTMLElement {
  return element(
    'ul',
    { class: 'samples' },
    ...samples.map((sample) =>
      element(
        'li',
        {},
        button(
          { class: 'sample', 'data-kind': sample.kind },
          () => void sendSample(device, sample),
          sample.thumbnail === undefined
            ? element('span', { class: 'thumbnail damaged', 'aria-hidden': true }, '?')
            : element('img', { class: 'thumbnail', src: addressOf(sample.thumbnail), alt: '', width: 64, height: 64 }),
          element('span', { class: 'sample-title' }, sample.title),
          element('span', { class: 'sample-about' }, sample.about),
        ),
      ),
    ),
  );
}

const addressOf = (file: string): string => `samples/${file}`;

async function sendSample(device: Device, sample: Sample): Promise<void> {
  const response = await fetch(addressOf(sample.file));
  const blob = await response.blob();
  await device.sendFile(new File([blob], sample.file, { type: blob.type }));
}
