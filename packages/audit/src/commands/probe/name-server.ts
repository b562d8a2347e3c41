/**
 * A name server of this machine for one run, so that look-ups of names are seen: browsers are started in a mount namespace of
 * their own, whose /etc/resolv.conf names it. Only as root on Linux; elsewhere look-ups are not counted, and the report says so.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HEADER, nameAsked } from '../../packets/dns-question.ts';
import { shellQuoted } from '../../system/spawn.ts';
import { ZONE } from './listeners.ts';

export interface NameServer {
  /** Names below our zone that were asked for, in small letters. */
  asked: readonly string[];
  /** A program that starts the given one so that it asks this resolver. */
  launcherFor(program: string): Promise<string>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PORT = 53;

/** @returns undefined where it cannot be had */
export async function startNameServer(): Promise<NameServer | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const asked: string[] = [];
  const socket = createSocket('udp4');
  const listening = once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.bind(PORT, HOST);
  if (!(await listening)) return undefined;
  socket.on('message', (query, { port, address }) => {
    const name = nameAsked(query)?.toLowerCase();
    if (name === undefined) return;
    if (name === ZONE || name.endsWith(`.${ZONE}`)) asked.push(name);
    socket.send(answerTo(query, name), port, address);
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'lodestone-resolver-'));
  const configuration = path.join(folder, 'resolv.conf');
  await writeFile(configuration, `nameserver ${HOST}\n`);
  return {
    asked,
    async launcherFor(program) {
      const wrapper = path.join(folder, path.basename(program));
      const inner = `mount --bind ${shellQuoted(configuration)} /etc/resolv.conf && exec ${shellQuoted(program)} "$@"`;
      await writeFile(wrapper, `#!/bin/sh\nexec unshare --mount sh -c ${shellQuoted(inner)} sh "$@"\n`);
      await chmod(wrapper, 0o755);
      return wrapper;
    },
    async close() {
      socket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Our names are at this machine, by IPv4; others do not exist. */
export function answerTo(query: Buffer, name: string): Buffer {
  const end = HEADER + name.length + 2 + 4;
  const question = query.subarray(HEADER, end);
  const ours = name.endsWith(`.${ZONE}`);
  const isA = query.readUInt16BE(Math.min(end - 4, query.length - 2)) === 1;
  const head = Buffer.alloc(HEADER);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(ours ? 0x8580 : 0x8583, 2); // an answer with authority; else NXDOMAIN
  head.writeUInt16BE(1, 4);
  if (!ours || !isA) return Buffer.concat([head, question]);
  head.writeUInt16BE(1, 6);
  // Pointer to the name, type A, class IN, no time to live, four octets.
  return Buffer.concat([head, question, Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1])]);
}
