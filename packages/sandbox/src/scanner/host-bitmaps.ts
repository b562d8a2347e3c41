/**
 * Asks the host for a picture as a bitmap, where the sandbox cannot decode (WebKit): the still's decoder asks after it has read the
 * header. Flow: still → here → block feeder (host). Spec: docs/design/contracts.md#sandbox-messages
 */
import type {
  BitmapMessage,
  BitmapSize,
  BytesMessage,
  HostBitmap,
  PictureFormat,
  SandboxEvent,
} from '@lodestone/protocol/sandbox';

/** Pairs requests and answers; one request at a time, since items are scanned one at a time. */
export class HostBitmaps {
  readonly #send: (event: SandboxEvent) => void;
  #waiting: { contentId: number; answer: (picture: HostBitmap | undefined) => void } | undefined;

  constructor(events: MessagePort, send: (event: SandboxEvent) => void) {
    this.#send = send;
    events.addEventListener('message', ({ data }: MessageEvent<BitmapMessage | BytesMessage>) => {
      if (data.type === 'bitmap') this.#receive(data);
    });
  }

  /** @returns undefined if the engine does not decode the picture */
  request(contentId: number, format: PictureFormat, size: BitmapSize): Promise<HostBitmap | undefined> {
    return new Promise((answer) => {
      this.#waiting = { contentId, answer };
      this.#send({ type: 'bitmap-wanted', contentId, format, size });
    });
  }

  #receive({ contentId, picture }: BitmapMessage): void {
    if (contentId !== this.#waiting?.contentId) return picture?.bitmap.close();
    const { answer } = this.#waiting;
    this.#waiting = undefined;
    answer(picture);
  }
}
