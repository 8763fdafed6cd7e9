// The notices in English; every language that has no file of its own gets these.

import type { LinkTexts } from './link-texts.js';
import type { MailFacts, MailTexts } from './texts.js';

const providerOf = ({ provider }: MailFacts) => provider ?? 'A sign-in provider';

const ALL_FINE = 'If this was you, there is nothing to do.';
const signInAnd =
  (what: string) =>
  ({ appName }: MailFacts) => [ALL_FINE, `If this was not you: open ${appName} the way you usually do and sign in.\n${what}`];

/** Lines stay under 76 ASCII characters, so that the text travels readable, without transfer encoding. */
/** The name for an app that has given none. */
const THIS_APP = 'this app';

const loginTo = (appName: string) => (appName === THIS_APP ? `login to ${THIS_APP}` : `${appName} login`);

const A_DAY = 'The link works once, for 24 hours. A newer link replaces it.';
const IGNORE = 'If this was not you, do nothing: without the link nothing happens.';

const links: LinkTexts = {
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
      `A new password for your ${appName} login was requested on ${date}.\nIf it was you, open this page and choose one:`,
    has_account: ({ appName, date }) =>
      `Somebody tried to sign up at ${appName} with this address on ${date}.\nYou have an account with it. If you cannot sign in, ask for a new password:`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [
      A_DAY,
      'If this was not you, do nothing. Do not confirm an account\nthat somebody else made: sign up, and the address will be yours.',
    ],
    reset_password: () => ['The link works once, for one hour. A newer link replaces it.', `${IGNORE}\nYour password stays as it is.`],
    has_account: () => ['If this was not you, there is nothing to do: nothing has changed.'],
  },
};

export const english: MailTexts = {
  thisApp: THIS_APP,
  locale: 'en-US',
  greeting: (name) => (name === undefined ? 'Hello,' : `Hello ${name},`),
  notice: {
    linked: (facts) => `${providerOf(facts)} linked to your ${loginTo(facts.appName)} on ${facts.date}`,
    unlinked: (facts) => `${providerOf(facts)} unlinked from your ${loginTo(facts.appName)} on ${facts.date}`,
    password_set: ({ appName, date }) => `Password added to your ${loginTo(appName)} on ${date}`,
    password_changed: ({ appName, date, device }) =>
      device === undefined
        ? `Password changed for your ${loginTo(appName)} on ${date}`
        : `Your password was changed on ${date} from ${device}`,
    password_removed: ({ appName, date }) => `Password removed from your ${loginTo(appName)} on ${date}`,
    password_reset: ({ appName, date }) => `Password reset for your ${loginTo(appName)} on ${date}`,
    address_changed: ({ appName, date }) => `The e-mail address of your ${loginTo(appName)} was changed on ${date}`,
    sessions_ended: ({ appName, date }) => `All devices signed out of your ${loginTo(appName)} on ${date}`,
    method_added: ({ appName, date }) => `A sign-in method was added to your ${loginTo(appName)} on ${date}`,
    method_removed: ({ appName, date }) => `A sign-in method was removed from your ${loginTo(appName)} on ${date}`,
  },
  advice: {
    linked: signInAnd('Unlink it under your connections, then set a new password:\nthat also signs out every other device.'),
    unlinked: signInAnd(
      'Set a new password, which also signs out every other device.\nThen look through your connections and link it again.',
    ),
    // Whoever set it knows it, and only who knows it may change or remove it.
    password_set: signInAnd('Unlink whatever you do not recognize,\nand ask those who run it to remove the password.'),
    password_changed: signInAnd(
      'If your password no longer works, use a linked provider.\nSet a new password, which also signs out every other device,\nand unlink whatever you do not recognize.',
    ),
    password_removed: signInAnd('Use a linked provider, set a new password,\nand unlink whatever you do not recognize.'),
    password_reset: ({ appName }) => [
      `${ALL_FINE} Every device has been signed out.`,
      `If this was not you: somebody reads your mail. Secure your mailbox first,\nthen open ${appName} the way you usually do and ask for a new password.`,
    ],
    address_changed: ({ appName }) => [
      ALL_FINE,
      `If this was not you: open ${appName} the way you usually do, sign in\nwith a linked provider, and ask those who run it for help.`,
    ],
    sessions_ended: (facts) => [
      'A sign-in that had been replaced was used once more. Somebody may have\ncopied it, so every device has been signed out.',
      ...signInAnd('Set a new password, and unlink whatever you do not recognize.')(facts),
    ],
    method_added: signInAnd(
      'Remove it where you manage how you sign in, then set a new password:\nthat also signs out every other device.',
    ),
    method_removed: signInAnd(
      'Set a new password, which also signs out every other device.\nThen look through the ways you sign in and add it again.',
    ),
  },
  closing: ({ appName }) =>
    `This notice contains no link, on purpose.\n${appName === THIS_APP ? 'This app' : appName} never asks for your password by mail.`,
  links,
};
