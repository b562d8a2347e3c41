/**
 * One device and the account that is signed in on it. Signing out ends the guard; signing in makes a new one on the same
 * database. Flow: main → here → lodestone, device, chat pane.
 */
import { type Session, signIn, signOut } from './account.ts';
import { contestsThrough } from './contest.ts';
import type { Sample, ServedConfiguration } from './configuration.ts';
import { Device, type Person } from './device.ts';
import type { ChannelEnd } from './encrypted-channel.ts';
import { openGuard } from './lodestone.ts';
import { type AccountChoice, signedInLine, signedOutPane } from './ui/account-line.ts';
import { Pane } from './ui/chat-pane.ts';

export interface SlotOptions {
  person: Person;
  other: Person;
  /** The first one signs in when the page opens. */
  accounts: readonly [AccountChoice, ...AccountChoice[]];
  channel: ChannelEnd;
  configuration: ServedConfiguration;
  samples: readonly Sample[];
  trayOpen: boolean;
}

export class DeviceSlot {
  readonly #options: SlotOptions;
  #device: Device;
  #section: HTMLElement;
  /** Another account was signed in. */
  onSwitch: (old: Device, device: Device) => void = () => undefined;

  private constructor(options: SlotOptions, session: Session, account: AccountChoice) {
    this.#options = options;
    [this.#device, this.#section] = this.#open(session, account);
  }

  static async open(options: SlotOptions): Promise<DeviceSlot> {
    const [account] = options.accounts;
    return new DeviceSlot(options, await signIn(options.configuration.accountService, account.name), account);
  }

  get device(): Device {
    return this.#device;
  }
  get section(): HTMLElement {
    return this.#section;
  }

  #open(session: Session, account: AccountChoice): [Device, HTMLElement] {
    const { person, other, channel, configuration, samples, trayOpen } = this.#options;
    const device = new Device(person, other, openGuard(person.id, session, configuration), channel);
    const line = signedInLine(account, () => void this.#signOut(session));
    const contests = contestsThrough(configuration.accountService, session);
    return [device, new Pane(device, samples, { trayOpen, contests, account: line }).section];
  }

  async #signOut(session: Session): Promise<void> {
    const { person, accounts, configuration } = this.#options;
    this.#device.close();
    this.#show(signedOutPane(person, accounts, (account) => void this.#signIn(account)));
    await signOut(configuration.accountService, session);
  }

  async #signIn(account: AccountChoice): Promise<void> {
    const session = await signIn(this.#options.configuration.accountService, account.name);
    const old = this.#device;
    const [device, section] = this.#open(session, account);
    this.#device = device;
    this.#show(section);
    this.onSwitch(old, device);
  }

  /** The focus moves to the button that takes the place of the one that was pressed. */
  #show(section: HTMLElement): void {
    const hadFocus = this.#section.contains(document.activeElement);
    this.#section.replaceWith(section);
    this.#section = section;
    if (hadFocus) section.querySelector<HTMLElement>('.account-line button')?.focus();
  }
}
