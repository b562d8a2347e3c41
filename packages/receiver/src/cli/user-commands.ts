/** The commands that add, list and remove the people who review. Flow: program → here → users. Spec: docs/design/receiver.md#users */
import { ROLES, type Role } from '@lodestone/protocol/case-review';
import { check } from '@lodestone/protocol/document';
import { Name } from '@lodestone/protocol/name';
import { type Command, Option } from 'commander';
import { addUser, inviteUser, listUsers, removeUser } from '../users/users.ts';
import {
  DATA,
  type DataOption,
  optionalToken,
  table,
  TOKEN_VARIABLE,
  withDatabase,
  withUser,
} from './review-context.ts';

const CONSOLE = ['--console <url>', 'address of the console', 'http://127.0.0.1:8788'] as const;

interface ConsoleOption {
  console: string;
}

function linkText(name: string, at: string, link: string): string {
  return `In the console, ${name} chooses a passphrase, once and within 24 hours: ${at.replace(/\/$/, '')}/link?link=${link}`;
}

export function addUserCommands(lodestone: Command): void {
  const users = lodestone.command('users').description('manage the people who review cases');
  users
    .command('add <name>')
    .description(
      'add a user and print the token, once, and a link to sign in to the console; the first user is an administrator, who adds the others',
    )
    .requiredOption(...DATA)
    .option(...CONSOLE)
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .action(async (name: string, { role, console: at, ...options }: DataOption & ConsoleOption & { role: Role }) => {
      const user = { name: check(Name, name, 'name'), role };
      const [token, link] = await withDatabase(options, async (db) => {
        const added = await addUser(db, optionalToken(), user, Date.now());
        return [added, await inviteUser(db, optionalToken() || added, user.name, Date.now())];
      });
      console.log(token);
      console.error(`${name} is ${role}. ${name} sets ${TOKEN_VARIABLE} to this token; it is not shown again.`);
      console.error(linkText(name, at, link));
    });
  users
    .command('invite <name>')
    .description('print a link with which a user sets up, or replaces, their sign-in to the console')
    .requiredOption(...DATA)
    .option(...CONSOLE)
    .action(async (name: string, { console: at, ...options }: DataOption & ConsoleOption) => {
      const user = check(Name, name, 'name');
      const link = await withDatabase(options, (db) => inviteUser(db, optionalToken(), user, Date.now()));
      console.error(linkText(name, at, link));
    });
  users
    .command('list')
    .description('print all users, also removed ones')
    .requiredOption(...DATA)
    .action(async (options: DataOption) => {
      const all = await withUser(options, (db) => listUsers(db));
      console.log(
        table(
          ['USER', 'ROLE', ''],
          all.map(({ name, role, isRemoved }) => [name, role, isRemoved ? 'removed' : '']),
        ),
      );
    });
  users
    .command('remove <name>')
    .alias('disable')
    .description('end the token and the sessions of a user; the name is never used again')
    .requiredOption(...DATA)
    .action(async (name: string, options: DataOption) => {
      await withDatabase(options, (db) => removeUser(db, optionalToken(), check(Name, name, 'name'), Date.now()));
      console.error(`${name} is removed.`);
    });
}
