/** A small authority for tests: a TUF repository in memory with one key, served on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toHex } from '@lodestone/protocol/bytes';
import type { Digest } from '@lodestone/protocol/digest';
import type { TargetFile, TargetPath } from '@lodestone/protocol/paths';
import { toInstant } from '@lodestone/protocol/time';
import { canonicalJson, sha256Hex, targetUrlPath } from '@lodestone/trust';

export interface Authority {
  url: string;
  root: Uint8Array;
  /** Publishes these files and removes all others. @returns their digests */
  publish(files: Record<string, Uint8Array>): Promise<Record<string, Digest>>;
  /** While true, every request gets a 500. */
  isDown: boolean;
  close(): Promise<void>;
}

export async function startAuthority(expiresMs: number): Promise<Authority> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const key = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: toHex(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))) },
  };
  const keyid = sha256Hex(canonicalJson(key));
  const expires = toInstant(expiresMs);
  const sign = async (signed: object): Promise<Uint8Array> => {
    const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, canonicalJson(signed));
    return canonicalJson({ signed, signatures: [{ keyid, sig: toHex(new Uint8Array(signature)) }] });
  };
  const role = { keyids: [keyid], threshold: 1 };
  const head = { spec_version: '1.0.31', expires };
  const root = await sign({
    ...head,
    _type: 'root',
    version: 1,
    consistent_snapshot: true,
    keys: { [keyid]: key },
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  });

  const served = new Map<string, Uint8Array>([['metadata/1.root.json', root]]);
  let version = 0;
  const server = createServer((request, response) => {
    const bytes = served.get((request.url ?? '').slice(1));
    response.writeHead(authority.isDown ? 500 : bytes ? 200 : 404).end(authority.isDown ? '' : bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const authority: Authority = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    root,
    isDown: false,
    async publish(files) {
      version++;
      const targets: Record<string, object> = {};
      const digests: Record<string, Digest> = {};
      for (const [name, bytes] of Object.entries(files)) {
        const file: TargetFile = { path: name as TargetPath, length: bytes.length, sha256: sha256Hex(bytes) };
        targets[name] = { length: file.length, hashes: { sha256: file.sha256 } };
        digests[name] = file.sha256;
        served.set(targetUrlPath(file), bytes);
      }
      served.set(`metadata/${version}.targets.json`, await sign({ ...head, _type: 'targets', version, targets }));
      const snapshot = { ...head, _type: 'snapshot', version, meta: { 'targets.json': { version } } };
      served.set(`metadata/${version}.snapshot.json`, await sign(snapshot));
      const timestamp = { ...head, _type: 'timestamp', version, meta: { 'snapshot.json': { version } } };
      served.set('metadata/timestamp.json', await sign(timestamp));
      return digests;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return authority;
}
