/** `/lodestone.json`, which the demo's server serves. A real app ships the roots and addresses in its bundle. */
import type { GuardOptions } from '@lodestone/client';

export interface Configuration {
  guard: Pick<GuardOptions, 'authorities' | 'endpoint'>;
  /** Origin of the relay. */
  relay: string;
  /** Separates the databases of two demos at one address. */
  installation: string;
  /** Addresses of the provider's account service, which issues subject ids. */
  accountService: { signIn: string; subjectIds: string };
}

export async function loadConfiguration(): Promise<Configuration> {
  const response = await fetch('lodestone.json');
  if (!response.ok) throw new Error(`lodestone.json: ${response.status}`);
  return (await response.json()) as Configuration;
}
