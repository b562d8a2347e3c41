/** The second opinion: tuf-js, another client of the same specification, over files in memory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { onTestFinished } from 'vitest';
import { LIMITS } from '@lodestone/protocol/limits';

/** Hands out a map of files, as it is at the time of each request. Faster than a server, and tuf-js still counts the bytes. */
export class FileServer extends BaseFetcher {
  files: ReadonlyMap<string, Uint8Array> = new Map();

  override fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const bytes = this.files.get(decodeURI(new URL(url).pathname).slice(1));
    if (!bytes) return Promise.reject(new DownloadHTTPError('no such file', 404));
    return Promise.resolve(new Blob([bytes.slice()]).stream());
  }
}

/** A tuf-js client with its own folder, so that it keeps its state between refreshes. */
export class TufJsClient {
  readonly #folder: string;
  readonly #server: FileServer;
  private constructor(folder: string, server: FileServer) {
    this.#folder = folder;
    this.#server = server;
  }

  static async create(server: FileServer, root: Uint8Array): Promise<TufJsClient> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-tuf-js-'));
    await writeFile(path.join(folder, 'root.json'), root);
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return new TufJsClient(folder, server);
  }

  /** Metadata, and each of these targets. Rejects with tuf-js's error if tuf-js refuses. */
  async refresh(targets: readonly string[] = []): Promise<void> {
    const updater = new Updater({
      metadataDir: this.#folder,
      metadataBaseUrl: 'https://repository.example/metadata',
      targetDir: this.#folder,
      targetBaseUrl: 'https://repository.example/targets',
      fetcher: this.#server,
      config: {
        maxRootRotations: LIMITS.rootRotations,
        rootMaxLength: LIMITS.rootBytes,
        timestampMaxLength: LIMITS.timestampBytes,
        snapshotMaxLength: LIMITS.snapshotBytes,
        targetsMaxLength: LIMITS.targetsBytes,
      },
    });
    await updater.refresh();
    for (const target of targets) {
      const file = await updater.getTargetInfo(target);
      if (!file) throw new Error(`tuf-js knows no target ${target}`);
      await updater.downloadTarget(file);
    }
  }
}
