/** A server that answers with its start page, and status 200, for a file that it does not have. Flow: updater, transfer → here. Spec: docs/design/client.md#problems */
import { LodestoneError } from '@lodestone/protocol';

/** No metadata, document, list or model begins like this. */
export function isHtmlPage(body: Uint8Array): boolean {
  return /^\s*<(!doctype|html)/i.test(new TextDecoder().decode(body.subarray(0, 200)));
}

/** @param what the file, as a sentence names it */
export function answeredWithPage(what: string): LodestoneError<'ERR_HTTP'> {
  return new LodestoneError(
    'ERR_HTTP',
    `${what} answered with an HTML page and status 200: the server sends its start page for files that it does not have, and must answer 404`,
  );
}
