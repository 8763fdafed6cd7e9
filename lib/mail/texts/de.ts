// The notices in German.

import type { LinkTexts } from './link-texts.js';
import type { MailFacts, MailTexts } from './texts.js';

const providerOf = ({ provider }: MailFacts) => provider ?? 'Ein Anbieter';

const ALL_FINE = 'Wenn Sie das waren, brauchen Sie nichts zu tun.';
const signInAnd =
  (what: string) =>
  ({ appName }: MailFacts) => [ALL_FINE, `Wenn nicht: Öffnen Sie ${appName} so, wie Sie es sonst tun, und melden Sie sich an.\n${what}`];

const A_DAY = 'Der Link gilt einmal und 24 Stunden lang. Ein neuerer beendet ihn.';
const IGNORE = 'Wenn Sie das nicht waren, tun Sie nichts: Ohne den Link geschieht nichts.';

const links: LinkTexts = {
  subject: {
    confirm_sign_up: ({ appName }) => `Bestätigen Sie Ihre E-Mail-Adresse für ${appName}`,
    confirm_address: ({ appName }) => `Bestätigen Sie Ihre E-Mail-Adresse für ${appName}`,
    reset_password: ({ appName }) => `Neues Passwort für ${appName} festlegen`,
    has_account: ({ appName }) => `Sie haben schon ein Konto bei ${appName}`,
  },
  why: {
    confirm_sign_up: ({ appName, date }) =>
      `Jemand hat sich am ${date} mit dieser Adresse bei ${appName} registriert.\nWenn Sie das waren, öffnen Sie diese Seite und bestätigen Sie die Adresse:`,
    confirm_address: ({ appName, date }) =>
      `Diese Adresse wurde am ${date} für ein Konto bei ${appName} eingegeben.\nWenn das Konto Ihnen gehört, öffnen Sie diese Seite und bestätigen Sie die Adresse:`,
    reset_password: ({ appName, date }) =>
      `Am ${date} wurde ein neues Passwort für Ihr Konto bei ${appName} angefordert.\nWenn Sie das waren, öffnen Sie diese Seite und wählen Sie eines:`,
    has_account: ({ appName, date }) =>
      `Jemand wollte sich am ${date} mit dieser Adresse bei ${appName} registrieren.\nSie haben damit schon ein Konto. Wenn Sie sich nicht anmelden können, fordern Sie ein neues Passwort an:`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [
      A_DAY,
      'Wenn Sie das nicht waren, tun Sie nichts. Bestätigen Sie kein Konto, das jemand anderes angelegt hat:\nRegistrieren Sie sich selbst, und die Adresse gehört Ihnen.',
    ],
    reset_password: () => [
      'Der Link gilt einmal und eine Stunde lang. Ein neuerer beendet ihn.',
      `${IGNORE}\nIhr Passwort bleibt, wie es ist.`,
    ],
    has_account: () => ['Wenn Sie das nicht waren, brauchen Sie nichts zu tun: Es wurde nichts geändert.'],
  },
};

export const german: MailTexts = {
  thisApp: 'dieser App',
  locale: 'de',
  greeting: (name) => (name === undefined ? 'Guten Tag,' : `Guten Tag ${name},`),
  notice: {
    linked: (facts) => `${providerOf(facts)} wurde am ${facts.date} mit Ihrem Konto bei ${facts.appName} verknüpft`,
    unlinked: (facts) => `Die Verknüpfung von ${providerOf(facts)} mit Ihrem Konto bei ${facts.appName} wurde am ${facts.date} aufgehoben`,
    password_set: ({ appName, date }) => `Für Ihr Konto bei ${appName} wurde am ${date} ein Passwort festgelegt`,
    password_changed: ({ appName, date, device }) =>
      device === undefined
        ? `Das Passwort für Ihr Konto bei ${appName} wurde am ${date} geändert`
        : `Ihr Passwort wurde am ${date} geändert, mit ${device}`,
    password_removed: ({ appName, date }) => `Das Passwort für Ihr Konto bei ${appName} wurde am ${date} entfernt`,
    password_reset: ({ appName, date }) => `Das Passwort für Ihr Konto bei ${appName} wurde am ${date} zurückgesetzt`,
    address_changed: ({ appName, date }) => `Die E-Mail-Adresse Ihres Kontos bei ${appName} wurde am ${date} geändert`,
    sessions_ended: ({ appName, date }) => `Alle Geräte wurden am ${date} von Ihrem Konto bei ${appName} abgemeldet`,
    method_added: ({ appName, date }) => `Für Ihr Konto bei ${appName} kam am ${date} eine Anmeldung hinzu`,
    method_removed: ({ appName, date }) => `Für Ihr Konto bei ${appName} wurde am ${date} eine Anmeldung entfernt`,
  },
  advice: {
    linked: signInAnd(
      'Heben Sie die Verknüpfung auf der Seite Ihrer Verknüpfungen auf und legen Sie dann ein neues Passwort fest:\nDas meldet auch alle anderen Geräte ab.',
    ),
    unlinked: signInAnd(
      'Legen Sie ein neues Passwort fest, das meldet auch alle anderen Geräte ab.\nPrüfen Sie dann Ihre Verknüpfungen und verknüpfen Sie das Konto wieder.',
    ),
    password_set: signInAnd(
      'Heben Sie jede Verknüpfung auf, die Sie nicht kennen,\nund bitten Sie den Betreiber, das Passwort zu entfernen.',
    ),
    password_changed: signInAnd(
      'Wenn Ihr Passwort nicht mehr gilt, nehmen Sie einen verknüpften Anbieter.\nLegen Sie ein neues Passwort fest, das meldet auch alle anderen Geräte ab,\nund heben Sie jede Verknüpfung auf, die Sie nicht kennen.',
    ),
    password_removed: signInAnd(
      'Nehmen Sie einen verknüpften Anbieter, legen Sie ein neues Passwort fest\nund heben Sie jede Verknüpfung auf, die Sie nicht kennen.',
    ),
    password_reset: ({ appName }) => [
      `${ALL_FINE} Alle Geräte wurden abgemeldet.`,
      `Wenn nicht: Jemand liest Ihre E-Mails. Sichern Sie zuerst Ihr Postfach,\nöffnen Sie dann ${appName} so, wie Sie es sonst tun, und fordern Sie ein neues Passwort an.`,
    ],
    address_changed: ({ appName }) => [
      ALL_FINE,
      `Wenn nicht: Öffnen Sie ${appName} so, wie Sie es sonst tun, melden Sie sich\nmit einem verknüpften Anbieter an und bitten Sie den Betreiber um Hilfe.`,
    ],
    sessions_ended: (facts) => [
      'Eine Anmeldung, die schon ersetzt war, wurde noch einmal verwendet. Vielleicht hat sie\njemand kopiert; deshalb wurden alle Geräte abgemeldet.',
      ...signInAnd('Legen Sie ein neues Passwort fest und heben Sie jede Verknüpfung auf, die Sie nicht kennen.')(facts),
    ],
    method_added: signInAnd(
      'Entfernen Sie sie dort, wo Sie Ihre Anmeldungen verwalten, und legen Sie dann ein neues Passwort fest:\nDas meldet auch alle anderen Geräte ab.',
    ),
    method_removed: signInAnd(
      'Legen Sie ein neues Passwort fest, das meldet auch alle anderen Geräte ab.\nPrüfen Sie dann Ihre Anmeldungen und fügen Sie sie wieder hinzu.',
    ),
  },
  closing: ({ appName }) =>
    `Diese Nachricht enthält mit Absicht keinen Link.\nVon ${appName} werden Sie nie per E-Mail nach Ihrem Passwort gefragt.`,
  links,
};
