/** The browser floor: Chrome 137, Firefox 130, Safari 17.4, told by what they can do and never by their names. Spec: DESIGN §1. */
import { LodestoneError } from '@lodestone/protocol';

/** (module (func (result v128) i32.const 0 i8x16.splat)): valid only where SIMD is. */
const SIMD_MODULE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  8,
  1,
  6,
  0,
  65,
  0,
  253,
  15,
  11,
);

/** @throws {LodestoneError} `ERR_UNSUPPORTED` that names everything that is missing */
export async function checkBrowserSupport(): Promise<void> {
  const features: [name: string, present: boolean | Promise<boolean>][] = [
    ['a secure context (https or localhost)', isSecureContext],
    ['WebCrypto Ed25519', importsKeys('Ed25519', ['verify'])],
    ['WebCrypto X25519', importsKeys('X25519', [])],
    ['WebAssembly SIMD', typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE)],
    ['OffscreenCanvas', typeof OffscreenCanvas === 'function'],
    ['Web Locks', 'locks' in navigator],
    ['AbortSignal.any', 'any' in AbortSignal],
  ];
  const missing: string[] = [];
  for (const [name, present] of features) if (!(await present)) missing.push(name);
  if (missing.length > 0) throw new LodestoneError('ERR_UNSUPPORTED', `this browser lacks ${missing.join(', ')}`);
}

/** By import: WebKitGTK fails to generate a key now and then, and that says nothing of what it can do. */
async function importsKeys(name: string, usages: KeyUsage[]): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', BASE_POINT, { name }, true, usages);
    return true;
  } catch {
    return false;
  }
}

/** Of Curve25519 in Edwards form, encoded (RFC 8032 §5.1): a public key as good as any; valid for X25519 too. */
const BASE_POINT = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0x58 : 0x66));
