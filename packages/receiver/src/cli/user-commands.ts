/** The commands that add, list and remove the people who review. Flow: program → here → users. Spec: docs/design/receiver.md#users */
import { ROLES, type Role } from '@lodestone/protocol/case-review';
import { check } from '@lodestone/protocol/document';
import { Name } from '@lodestone/protocol/name';
import { type Command, Option } from 'commander';
import { addUser, listUsers, removeUser } from '../users/users.ts';
import {
  DATA,
  type DataOption,
  optionalToken,
  table,
  TOKEN_VARIABLE,
  withDatabase,
  withUser,
} from './review-context.ts';

export function addUserCommands(lodestone: Command): void {
  const users = lodestone.command('users').description('manage the people who review cases');
  users
    .command('add <name>')
    .description('add a user and print the token, once; the first user is an administrator, who adds the others')
    .requiredOption(...DATA)
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).makeOptionMandatory())
    .action(async (name: string, { role, ...options }: DataOption & { role: Role }) => {
      const user = { name: check(Name, name, 'name'), role };
      console.log(await withDatabase(options, (db) => addUser(db, optionalToken(), user, Date.now())));
      console.error(`${name} is ${role}. ${name} sets ${TOKEN_VARIABLE} to this token; it is not shown again.`);
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
    .description('end the token of a user; the name is never used again')
    .requiredOption(...DATA)
    .action(async (name: string, options: DataOption) => {
      await withDatabase(options, (db) => removeUser(db, optionalToken(), check(Name, name, 'name'), Date.now()));
      console.error(`${name} is removed.`);
    });
}
