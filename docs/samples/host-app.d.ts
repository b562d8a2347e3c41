/** Names that the samples of the documentation take from the reader's own app. A sample that declares one itself hides it. */
declare module '*/guard.ts' {
  export const guard: import('@lodestone/client').Guard;
}
declare module '*/accounts.ts' {
  export function accountOf(request: import('node:http').IncomingMessage): Promise<string | undefined>;
  export function countBatches(account: string, month: string): Promise<number>;
  export function pseudonymOf(account: string): Promise<Uint8Array<ArrayBuffer>>;
  export function revokedPseudonyms(): Promise<Uint8Array<ArrayBuffer>[]>;
}
declare module '*/messages.ts' {
  export function sendMessage(message: object): Promise<void>;
}
declare module '*/composer.tsx' {
  export function Composer(props: { send: (file: File) => Promise<void> }): import('react').ReactElement;
}
declare module '*/send.ts' {
  export function sendEncrypted(file: File): Promise<void>;
  export function sendWith(
    guard: Pick<import('@lodestone/client').Guard, 'check'>,
    file: File,
    encryptAndSend: (file: File) => Promise<void>,
  ): Promise<void>;
}
declare module '*.root.json' {
  const root: import('@lodestone/client').RootJson;
  export default root;
}

declare const guard: import('@lodestone/client').Guard;
declare const authorities: import('@lodestone/client').GuardOptions['authorities'];
declare const endpoint: string;
declare const courtRoot: string;
declare const centreRoot: string;
declare const acmeRoot: string;
/** Of an order in force. */
declare const order: import('@lodestone/client').OrderStatus['order'];
declare const help: typeof order.help;
declare function askUser(check: import('@lodestone/client').Check, question?: HTMLElement): Promise<boolean>;
declare function showBlocked(orders: readonly import('@lodestone/client').OrderStatus[]): void;
declare function encryptAndSend(file: File): Promise<void>;
declare function Picture(props: { blob: Blob }): import('react').ReactElement;
declare function NotShown(): import('react').ReactElement;
declare function report(...problem: readonly string[]): void;
declare const session: { accountId: string };

declare const file: File;
declare const image: HTMLImageElement;
declare function onReveal(): void;
declare function onHide(): void;

// A program that verifies signed inputs itself
declare const bytes: Uint8Array<ArrayBuffer>;
declare const pinnedRoot: Uint8Array<ArrayBuffer>;
declare const stored: import('@lodestone/trust').TufState | undefined;
declare function fetchFile(url: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
declare function store(state: import('@lodestone/trust').TufState): Promise<void>;
