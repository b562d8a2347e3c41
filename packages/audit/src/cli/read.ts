/** Reads files and addresses named on the command line. A file that cannot be read is `ERR_USAGE`. */
import { readFile } from 'node:fs/promises';
import { LodestoneError } from '@lodestone/protocol/error';

export async function readBytes(place: string): Promise<Uint8Array> {
  return /^https?:\/\//.test(place) ? readAddress(place) : readLocal(place);
}

export async function readText(file: string): Promise<string> {
  return new TextDecoder().decode(await readLocal(file));
}

export async function readJson(place: string): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await readBytes(place)));
  } catch (cause) {
    if (cause instanceof LodestoneError) throw cause;
    throw new LodestoneError('ERR_USAGE', `${place} is not valid JSON`, { cause });
  }
}

async function readLocal(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new LodestoneError(
      'ERR_USAGE',
      isMissing ? `there is no file ${file}` : `${file} cannot be read: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

async function readAddress(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch((cause: unknown) => {
    throw new LodestoneError('ERR_NETWORK', `${url} cannot be reached`, { cause });
  });
  if (!response.ok) throw new LodestoneError('ERR_HTTP', `${url} returned status ${response.status}`);
  return response.bytes();
}
