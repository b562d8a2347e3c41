/** The second opinion: tuf-js, another client of the same specification, over a server on this machine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Updater } from 'tuf-js';
import { onTestFinished } from 'vitest';
import { LIMITS } from '@lodestone/protocol/limits';

/** Serves a map of files, as it is at the time of each request. */
export class FileServer {
  files: ReadonlyMap<string, Uint8Array> = new Map();
  readonly #server: Server = createServer((request, response) => {
    const bytes = this.files.get(decodeURI(request.url ?? '').slice(1));
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** A tuf-js client with its own folder, so that it keeps its state between refreshes. */
export class TufJsClient {
  readonly #folder: string;
  readonly #url: string;
  private constructor(folder: string, url: string) {
    this.#folder = folder;
    this.#url = url;
  }

  static async create(url: string, root: Uint8Array): Promise<TufJsClient> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-tuf-js-'));
    await writeFile(path.join(folder, 'root.json'), root);
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return new TufJsClient(folder, url);
  }

  /** Metadata, and each of these targets. Rejects with tuf-js's error if tuf-js refuses. */
  async refresh(targets: readonly string[] = []): Promise<void> {
    const updater = new Updater({
      metadataDir: this.#folder,
      metadataBaseUrl: `${this.#url}/metadata`,
      targetDir: this.#folder,
      targetBaseUrl: `${this.#url}/targets`,
      config: {
        maxRootRotations: LIMITS.rootRotations,
        rootMaxLength: LIMITS.rootBytes,
        timestampMaxLength: LIMITS.timestampBytes,
        snapshotMaxLength: LIMITS.snapshotBytes,
        targetsMaxLength: LIMITS.targetsBytes,
        fetchRetries: 0,
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
