/** Creates network namespaces and the link between them with system programs. Flow: network-namespace.ts → here. Spec: docs/design/audit.md#packets, network_namespaces(7), veth(4) */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { runProgram, SYSTEM_PATH } from '../system/spawn.ts';

/** One end of the link. The addresses are reserved for benchmarks (RFC 2544, RFC 5180), so no server has them. */
interface End {
  device: string;
  ipv4: string;
  ipv6: string;
  hardware: string;
}
export const BROWSER: End = { device: 'eth0', ipv4: '198.18.0.2', ipv6: '2001:2::2', hardware: '02:00:00:00:00:02' };
export const FAR: End = { device: 'far', ipv4: '198.18.0.1', ipv6: '2001:2::1', hardware: '02:00:00:00:00:01' };

/** @returns the command line that runs a command inside the namespace */
export type CommandInside = (command: string, ...args: string[]) => [command: string, args: string[]];

export interface NetworkNamespace {
  /** Process that holds the namespace. */
  pid: number;
  enter: CommandInside;
  close(): Promise<void>;
}

const TIMEOUT_MS = 20_000;

/** The namespace ends with its holder, which ends with its standard input, so with this process at the latest. */
export async function openNamespace(): Promise<NetworkNamespace> {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat'], {
    env: { ...process.env, PATH: SYSTEM_PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await started(holder);
  const { pid = 0 } = holder;
  return {
    pid,
    enter: (command, ...args) => ['nsenter', [`--net=/proc/${pid}/ns/net`, command, ...args]],
    async close() {
      if (holder.exitCode !== null) return;
      const gone = once(holder, 'exit');
      holder.stdin?.end();
      await gone;
    },
  };
}

/** Resolves at the first output; rejects with the program's error. */
async function started(holder: ChildProcess): Promise<void> {
  let errors = '';
  holder.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    holder.stdout?.once('data', () => resolve());
    holder.once('error', reject);
    holder.once('close', () => reject(new Error(errors.trim() || 'unshare failed without output')));
  });
}

/**
 * Each end knows the other's hardware address, and all other addresses are routed to it. Loopback stays down in the browser's
 * namespace, so packets to 127.0.0.1 go over the link too.
 */
export async function link(inside: NetworkNamespace, far: NetworkNamespace): Promise<void> {
  const hasIpv6 = existsSync('/proc/net/if_inet6');
  const batch = async ({ enter }: NetworkNamespace, lines: readonly string[]): Promise<void> => {
    const [command, args] = enter('ip', '-batch', '-');
    await runProgram(command, args, { input: lines.join('\n'), timeoutMs: TIMEOUT_MS });
  };
  await batch(far, [
    `link add ${FAR.device} address ${FAR.hardware} type veth peer name ${BROWSER.device} address ${BROWSER.hardware} netns ${inside.pid}`,
    ...addresses(FAR, BROWSER, hasIpv6),
  ]);
  await batch(inside, [
    ...addresses(BROWSER, FAR, hasIpv6),
    `route add default via ${FAR.ipv4}`,
    ...(hasIpv6 ? [`route add default via ${FAR.ipv6}`] : []),
  ]);
}

function addresses({ device, ipv4, ipv6 }: End, other: End, hasIpv6: boolean): string[] {
  return [
    `addr add ${ipv4} peer ${other.ipv4} dev ${device}`,
    // No automatic addresses, so the kernel contacts no routers or neighbours.
    ...(hasIpv6 ? [`link set ${device} addrgenmode none`, `addr add ${ipv6}/128 dev ${device} nodad`] : []),
    `link set ${device} up`,
    `neigh add ${other.ipv4} lladdr ${other.hardware} dev ${device} nud permanent`,
    ...(hasIpv6
      ? [
          `route add ${other.ipv6}/128 dev ${device}`,
          `neigh add ${other.ipv6} lladdr ${other.hardware} dev ${device} nud permanent`,
        ]
      : []),
  ];
}
