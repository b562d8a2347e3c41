/**
 * A network namespace for the browser, linked to a second one that contains only the proxy forwarder and the recorder, so that
 * packets that do not go to the proxy are recorded and go nowhere else. Promise: the machine's network is not changed, and the
 * namespaces end with this process, however it ends. Flow: session → here → records. Spec: docs/design/audit.md#packets, namespaces(7)
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
  /** The proxy's address inside: host:port. */
  proxy: string;
  /** A program that starts the given one inside. */
  launcherFor(program: string): Promise<string>;
  /** The recorded packets. Call it after the browser has ended. */
  finish(): Promise<PacketRecord>;
  close(): Promise<void>;
}

/** @param proxyPort port of the proxy on this machine's loopback @throws {LodestoneError} `ERR_UNSUPPORTED` */
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
    const near = opened(await openNamespace());
    await link(near, far);
    const forwarder = opened(await openForwarder(far.enter, FAR.ipv4, proxyPort));
    const recorder = opened(await record(far.enter, FAR.device));
    const folder = opened(await temporaryFolder());
    return {
      proxy: `${FAR.ipv4}:${forwarder.port}`,
      launcherFor: (program) => writeLauncher(folder.path, near, program),
      finish: () => finish(forwarder, recorder),
      close,
    };
  } catch (cause) {
    await close();
    if (cause instanceof LodestoneError) throw cause;
    throw new LodestoneError(
      'ERR_UNSUPPORTED',
      `this machine does not allow network namespaces to record packets (run a container privileged): ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Removed with this process. */
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

async function finish(forwarder: ProxyForwarder, recorder: Recorder): Promise<PacketRecord> {
  const recording = await recorder.stop();
  return recordsOf(recording, {
    ends: [BROWSER.ipv4, BROWSER.ipv6, FAR.ipv4, FAR.ipv6],
    nameServer: FAR.ipv4,
    forwarder: { address: FAR.ipv4, port: forwarder.port },
    forwarded: forwarder.forwarded(),
  });
}

/**
 * DNS look-ups must leave as packets. Without these files a service of the machine could make them over a Unix socket, which
 * crosses network namespaces.
 */
const FILES: Readonly<Record<string, string>> = {
  '/etc/resolv.conf': `nameserver ${FAR.ipv4}\n`,
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};
/** Sockets of services that use the network for others. They are hidden from the browser. */
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
