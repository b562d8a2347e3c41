/**
 * `@lodestone/client/testing`, for hosts' tests: a fake guard, a harmless test picture, and a test authority whose order never signals.
 * @module @lodestone/client/testing
 */
export {
  createTestAuthority,
  listTargets,
  newSigner,
  type SignedRepository,
  type Signer,
  signRepository,
  type TestAuthority,
  type TestAuthorityOptions,
} from './authority.ts';
export { createFakeGuard, type FakeGuard, type FakeGuardOptions } from './fake-guard.ts';
export { TEST_PICTURE_PDQ, testPicture } from './picture.ts';
export type { ListRecord } from '@lodestone/protocol/list-file';
export type { TargetPath } from '@lodestone/protocol/paths';
