// The commands by name, and how the typed arguments become a call of one.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { configOf } from '../../plugin/config-of.js';
import type { LatchkeyOptions } from '../../plugin/options.js';
import { openStorage } from '../../plugin/storage.js';
import { auditCommand } from './audit.js';
import { type Command, type Flags, UsageError } from './command.js';
import { doctorCommand } from './doctor.js';
import { importCommand } from './import.js';
import { outboxCommand } from './outbox.js';
import { userCommand } from './user.js';

const migrateCommand: Command = {
  usage: 'migrate [--ahead]',
  about: 'bring the schema up to date and exit; --ahead: only the steps that can run while processes of the previous version serve',
  takes: ['ahead'],
  words: [0, 0],
  async run({ flags: { ahead }, options }) {
    const host = await options();
    configOf(host);
    const storage = openStorage({ sequelize: host.sequelize, users: host.users, tablePrefix: host.tablePrefix });
    const next = ahead ? await storage.migrateAhead() : await storage.migrate();
    if (next === undefined) return { lines: ['the schema is up to date'] };
    return {
      lines: [
        `everything that can run ahead is done: stop the processes of the previous version, then run \`migrate\` or start; ${next} is next`,
      ],
    };
  },
};

/** Twice as long as required: 256 bits, as text. */
const secretCommand: Command = {
  usage: 'secret',
  about: 'print a new secret for LATCHKEY_SECRET',
  takes: [],
  words: [0, 0],
  run: async () => ({ lines: [randomBytes(32).toString('base64url')] }),
};

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['migrate', migrateCommand],
  ['doctor', doctorCommand],
  ['user', userCommand],
  ['audit', auditCommand],
  ['outbox', outboxCommand],
  ['import', importCommand],
  ['secret', secretCommand],
]);

const WIDTH = 18;

export const USAGE = `usage: latchkey <command> [--config FILE]

  serve
${' '.repeat(WIDTH)}run the standalone server, configured by environment variables
${[...COMMANDS.values()].map(({ usage, about }) => `  ${usage}\n${' '.repeat(WIDTH)}${about}`).join('\n')}

  --config FILE   a module that exports the options of latchkey(), or a function that returns them
                  (default: latchkey.config.js, .mjs or .cjs in this folder; else environment variables)
  --help, --version

Exit codes: 0 done, 1 failed or something found, 2 wrong usage.`;

const OPTIONS = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  end: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  ahead: { type: 'boolean' },
  offline: { type: 'boolean' },
  user: { type: 'string' },
  since: { type: 'string' },
  limit: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export type Call =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'serve' }
  | {
      readonly kind: 'command';
      readonly command: Command;
      readonly words: readonly string[];
      readonly flags: Flags;
      readonly config: string | undefined;
    };

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'expected options as in --help', { cause: error });
  }
}

const typedAs = (flag: keyof Flags) => (flag === 'dryRun' ? 'dry-run' : flag);

/** @throws UsageError */
export function readCall(args: readonly string[]): Call {
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [name, ...words] = positionals;
  const { config, json = false, end = false, 'dry-run': dryRun = false, ahead = false, offline = false, user, since, limit } = values;
  const flags: Flags = { json, end, dryRun, ahead, offline, user, since, limit };
  const given = (Object.keys(flags) as (keyof Flags)[]).filter((flag) => values[typedAs(flag)] !== undefined);
  if (name === 'serve') {
    if (words.length + given.length > 0 || config !== undefined)
      throw new UsageError('serve takes no arguments: it is configured by environment variables, and a host serves its own app');
    return { kind: 'serve' };
  }
  const command = name === undefined ? undefined : COMMANDS.get(name);
  if (command === undefined) throw new UsageError(name === undefined ? 'expected a command' : 'there is no such command');
  const foreign = given.find((flag) => !command.takes.includes(flag));
  if (foreign !== undefined) throw new UsageError(`--${typedAs(foreign)} does not belong to \`${name}\``);
  const [least, most] = command.words;
  if (words.length < least || words.length > most) throw new UsageError(`expected \`${command.usage}\``);
  return { kind: 'command', command, words, flags, config };
}

/** Opened once, and closed when the command has ended. */
export interface OpenedOptions {
  open(): Promise<LatchkeyOptions>;
  close(): Promise<void>;
}

export function openOnce(load: () => Promise<LatchkeyOptions>): OpenedOptions {
  let loading: Promise<LatchkeyOptions> | undefined;
  return {
    open() {
      loading ??= load();
      return loading;
    },
    async close() {
      await (await loading?.catch(() => undefined))?.sequelize.close();
    },
  };
}
