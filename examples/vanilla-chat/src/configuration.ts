/** JSON documents that the demo's server serves to this page: the configuration, and the samples. */

/** `/lodestone.json`. A real app ships the roots in its bundle; the demo creates its authorities when it starts. */
export interface ServedConfiguration {
  authorities: { orders: ServedSource[]; lists: ServedSource[]; provider: ServedSource };
  /** Address of the provider's receiver. */
  endpoint: string;
  /** Names the databases of this demo, so that another demo at the same address has its own. */
  installation: string;
  /**
   * The provider's account service. A `POST` of `{ name }` to `signIn` answers with an account and a session; of `{ session }`
   * to `signOut` ends the session; of `{ session, month }` to `subjectIds` answers with the account's subject ids; of
   * `{ session, receipt, text }` to `contests` contests a signal, and of `{ session, receipt }` to `contestOutcome` asks for the answer.
   */
  accountService: { signIn: string; signOut: string; subjectIds: string; contests: string; contestOutcome: string };
}

export interface ServedSource {
  name: string;
  url: string;
  /** The bytes of the authority's `root.json` in base64. */
  root: string;
}

/** `/samples/samples.json`: the sample pictures, animations and videos. */
export interface Sample {
  /** File name in the folder of `samples.json`. */
  file: string;
  title: string;
  /** `listed`: on the demo list; `locked`: on the locked one; `edited`: made from a listed one; `damaged`: no longer decodes. */
  kind: 'listed' | 'locked' | 'edited' | 'innocent' | 'damaged';
  /** What to expect, in a few words. */
  about: string;
  /** A small still picture of it, by its name in that folder; without one, it cannot be shown. */
  thumbnail?: string;
}
