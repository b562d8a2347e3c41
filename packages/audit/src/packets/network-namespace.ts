/**
 * A network of the browser's own: two network namespaces and one link between them. In one the browser runs; in the other,
 * at the link's far end, are the door to the proxy, the recorder, and nothing else. So whatever does not go to the proxy is
 * recorded and reaches nobody, not this machine either. Promise: nothing of the machine's own network is touched, and no name
 * is left anywhere: the namespaces live by processes that end when this one does, however it ends. Spec: namespaces(7).
 */
import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LodestoneError } from '@lodestone/protocol/error';
import { shellQuoted, SYSTEM_PATH } from '../system/spawn.ts';
import { type ProxyForwarder, openForwarder } from './proxy-forwarder.ts';
import { BROWSER, FAR, link, type NetworkNamespace, openNamespace } from './link.ts';
import { record, type Recorder } from './recorder.ts';
import { type PacketRecord, recordsOf } from './records.ts';

export interface BrowserNetwork {
  /** The proxy as it is reached in there: host:port. */
  proxy: string;
  /** A program that starts the given one in there. */
  launcherFor(program: string): Promise<string>;
  /** What left in there; the browser has ended. */
  finish(): Promise<PacketRecord>;
  close(): Promise<void>;
}

/** @param proxyPort where the proxy listens, on this machine's loopback @throws {LodestoneError} `ERR_UNSUPPORTED` */
export async function openBrowserNetwork(proxyPort: number): Promise<BrowserNetwork> {
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  const opened = <T extends { close(): unknown }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  try {
    const far = opened(await openNamespace());
    const inside = opened(await openNamespace());
    await link(inside, far);
    const door = opened(await openForwarder(far.enter, FAR.ipv4, proxyPort));
    const recorder = opened(await record(far.enter, FAR.device));
    const folder = opened(await temporaryFolder());
    return {
      proxy: `${FAR.ipv4}:${door.port}`,
      launcherFor: (program) => writeLauncher(folder.path, inside, program),
      finish: () => finish(door, recorder),
      close,
    };
  } catch (cause) {
    await close();
    if (cause instanceof LodestoneError) throw cause;
    throw new LodestoneError(
      'ERR_UNSUPPORTED',
      `this machine gives no network namespace to record packets in (in a container: run it privileged): ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Gone with this process, also where a signal ends it. */
async function temporaryFolder(): Promise<{ path: string; close(): void }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-packets-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path: folder,
    close() {
      process.off('exit', remove);
      remove();
    },
  };
}

async function finish(door: ProxyForwarder, recorder: Recorder): Promise<PacketRecord> {
  const recording = await recorder.stop();
  return recordsOf(recording, {
    ends: [BROWSER.ipv4, BROWSER.ipv6, FAR.ipv4, FAR.ipv6],
    nameServer: FAR.ipv4,
    forwarder: { address: FAR.ipv4, port: door.port },
    forwarded: door.forwarded(),
  });
}

/**
 * Look-ups of names are to leave as packets. Without this they might be made by a service of the machine that is asked by a
 * Unix socket, which does not mind networks.
 */
const FILES: Readonly<Record<string, string>> = {
  '/etc/resolv.conf': `nameserver ${FAR.ipv4}\n`,
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};
/** Of services that ask the network for others: hidden. */
const FOLDERS = ['/run/nscd', '/run/avahi-daemon', '/run/dbus'];

async function writeLauncher(folder: string, { enter }: NetworkNamespace, program: string): Promise<string> {
  const empty = path.join(folder, 'empty');
  await mkdir(empty, { recursive: true });
  const mounts = FOLDERS.filter((one) => existsSync(one)).map((one) => bind(empty, one));
  for (const [file, text] of Object.entries(FILES)) {
    if (!existsSync(file)) continue;
    const ours = path.join(folder, path.basename(file));
    await writeFile(ours, text);
    mounts.push(bind(ours, file));
  }
  const inner = `${mounts.map((mount) => `${mount} && `).join('')}exec ${shellQuoted(program)} "$@"`;
  const [command, args] = enter('unshare', '--mount', 'sh', '-c', inner, 'sh');
  const file = path.join(folder, path.basename(program));
  await writeFile(
    file,
    `#!/bin/sh\nPATH=${shellQuoted(SYSTEM_PATH)}\nexec ${[command, ...args].map(shellQuoted).join(' ')} "$@"\n`,
  );
  await chmod(file, 0o755);
  return file;
}

function bind(ours: string, theirs: string): string {
  return `mount --bind ${shellQuoted(ours)} ${shellQuoted(theirs)}`;
}
