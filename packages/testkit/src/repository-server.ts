/**
 * A signed test repository, served on loopback. The signer of `@lodestone/client/testing` builds it: that module is published
 * and must be self-contained, so it holds the only builder with one key. Trust's tests have an independent builder on
 * @tufjs/models, with thresholds and forged metadata, because they check our TUF client against another implementation.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSigner, signRepository } from '@lodestone/client/testing';
import type { TargetPath } from '@lodestone/protocol/paths';
import { sha256Hex } from '@lodestone/trust';
import type { AnyDigest } from './digests.ts';

export interface RepositoryServer {
  url: string;
  root: Uint8Array;
  /** Publishes these files and removes all others. @returns their digests by path */
  publish(files: Record<string, Uint8Array>): Promise<Record<string, AnyDigest>>;
  /** Requests that were answered. */
  requests: number;
  /** While true, every request gets a 500. */
  isDown: boolean;
  close(): Promise<void>;
}

/** @param expiresMs when the metadata expires */
export async function startRepositoryServer(expiresMs: number): Promise<RepositoryServer> {
  const signer = await newSigner();
  const sign = (files: Record<string, Uint8Array>, version: number): ReturnType<typeof signRepository> =>
    signRepository(new Map(Object.entries(files).map(([path, bytes]) => [path as TargetPath, new Uint8Array(bytes)])), {
      now: expiresMs,
      expiresMs: 0,
      version,
      signer,
    });
  const { root } = await sign({}, 1);
  const served = new Map<string, Uint8Array>([['metadata/1.root.json', root]]);
  let version = 0;
  const server = createServer((request, response) => {
    repository.requests++;
    const bytes = served.get((request.url ?? '').slice(1));
    response.writeHead(repository.isDown ? 500 : bytes ? 200 : 404).end(repository.isDown ? '' : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const repository: RepositoryServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    requests: 0,
    isDown: false,
    async publish(files) {
      const signed = await sign(files, ++version);
      for (const [path, bytes] of signed.files) served.set(path, bytes);
      return Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, sha256Hex<AnyDigest>(bytes)]));
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return repository;
}
