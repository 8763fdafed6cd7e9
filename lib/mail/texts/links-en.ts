// The mails with a link in English; every language that has no file of its own gets these.

import type { LinkTexts } from './link-texts.js';

const A_DAY = 'The link works once, for 24 hours. A newer one ends it.';
const IGNORE = 'If this was not you, do nothing: without the link nothing happens.';

export const englishLinks: LinkTexts = {
  subject: {
    confirm_sign_up: ({ appName }) => `Confirm your e-mail address for ${appName}`,
    confirm_address: ({ appName }) => `Confirm your e-mail address for ${appName}`,
    reset_password: ({ appName }) => `Set a new password for ${appName}`,
    has_account: ({ appName }) => `You already have an account at ${appName}`,
  },
  why: {
    confirm_sign_up: ({ appName, date }) =>
      `Somebody signed up at ${appName} with this address on ${date}.\nIf it was you, open this page and confirm the address:`,
    confirm_address: ({ appName, date }) =>
      `This address was entered for an account at ${appName} on ${date}.\nIf the account is yours, open this page and confirm the address:`,
    reset_password: ({ appName, date }) =>
      `A new password for your ${appName} login was asked for on ${date}.\nIf it was you, open this page and choose one:`,
    has_account: ({ appName, date }) =>
      `Somebody tried to sign up at ${appName} with this address on ${date}.\nYou have an account with it. If you cannot sign in, ask for a new password:`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [
      A_DAY,
      'If this was not you, do nothing. Do not confirm an account\nthat somebody else made: sign up, and the address will be yours.',
    ],
    reset_password: () => ['The link works once, for one hour. A newer one ends it.', `${IGNORE}\nYour password stays as it is.`],
    has_account: () => ['If this was not you, there is nothing to do: nothing has changed.'],
  },
};
