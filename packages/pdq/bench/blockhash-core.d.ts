/** The package has no types. */
declare module 'blockhash-core' {
  /** @param bits a side of the hash: 16 for 256 bits @returns hexadecimal digits */
  export function bmvbhash(
    picture: { readonly data: Uint8Array; readonly width: number; readonly height: number },
    bits: number,
  ): string;
}
