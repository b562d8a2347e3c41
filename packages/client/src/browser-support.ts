/** Tests for the features that the client needs (since Chrome 137 and Firefox 130; Safari was never run); never reads browser names. Spec: docs/design/client.md#guard */
import { fromHex, LodestoneError } from '@lodestone/protocol';

/** (module (func (result v128) i32.const 0 i8x16.splat)): valid only with SIMD. */
const SIMD_MODULE = fromHex('0061736d010000000105016000017b030201000a080106004100fd0f0b');

/** @throws {LodestoneError} `ERR_UNSUPPORTED`, which names every missing feature */
export async function checkBrowserSupport(): Promise<void> {
  const features: [name: string, present: boolean | Promise<boolean>][] = [
    ['a secure context', isSecureContext],
    ['WebCrypto Ed25519', importsKeys('Ed25519', ['verify'])],
    ['WebCrypto X25519', importsKeys('X25519', [])],
    ['WebAssembly SIMD', typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE)],
    ['OffscreenCanvas', typeof OffscreenCanvas === 'function'],
    ['Web Locks', 'locks' in navigator],
    ['AbortSignal.any', 'any' in AbortSignal],
  ];
  const missing: string[] = [];
  for (const [name, present] of features) if (!(await present)) missing.push(name);
  if (missing.length > 0)
    throw new LodestoneError(
      'ERR_UNSUPPORTED',
      `this browser lacks ${missing.join(', ')}: use Chrome 137, Firefox 130 or a later browser, on https or localhost`,
    );
}

/** Imports a key: WebKitGTK sometimes fails to generate one, although it supports the algorithm. */
async function importsKeys(name: string, usages: KeyUsage[]): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', BASE_POINT, { name }, true, usages);
    return true;
  } catch {
    return false;
  }
}

/** The base point of Curve25519 in Edwards form, encoded (RFC 8032 §5.1): a valid public key, for X25519 too. */
const BASE_POINT = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0x58 : 0x66));
