/** What the server beside this page serves to it as JSON: the configuration, and the pictures to try. */

/** `/lodestone.json`. An app ships its roots in its own bundle; here the authorities are made when the demo starts. */
export interface ServedConfiguration {
  authorities: { orders: ServedSource[]; lists: ServedSource[]; provider: ServedSource };
  /** Address of the provider's receiver. */
  endpoint: string;
  /** Who is signed in on which device, by person: an account of the provider. */
  accounts: Record<string, string>;
  /** The provider's account service: a `POST` of `{ account }` answers with that account's subject, 32 bytes. */
  subjects: string;
}

export interface ServedSource {
  name: string;
  url: string;
  /** The bytes of the authority's `root.json` in base64. */
  root: string;
}

/** `/samples/samples.json`: pictures to try the chat with. */
export interface Sample {
  /** Name of the file beside `samples.json`. */
  file: string;
  title: string;
  /** `listed`: on the demo list; `edited`: made from a listed one; `damaged`: no longer decodes. */
  kind: 'listed' | 'edited' | 'innocent' | 'damaged';
  /** What to expect, in a few words. */
  about: string;
}
