/** The contract: types, schemas and byte layouts of all that crosses a border. Parses and prints, nothing else. */
export * from './bucket.ts';
export * from './bytes.ts';
export * from './document.ts';
export * from './error.ts';
export * from './keys.ts';
export * from './ledger.ts';
export * from './limits.ts';
export * from './lode.ts';
export * from './model.ts';
export * from './names.ts';
export * from './order.ts';
export * from './release.ts';
export * from './sandbox.ts';
export * from './signal.ts';
export * from './verdict.ts';
