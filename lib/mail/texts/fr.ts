// The notices in French.

import type { LinkTexts } from './link-texts.js';
import type { MailFacts, MailTexts } from './texts.js';

const providerOf = ({ provider }: MailFacts) => provider ?? 'Un fournisseur';

const ALL_FINE = 'Si c’était vous, il n’y a rien à faire.';
const signInAnd =
  (what: string) =>
  ({ appName }: MailFacts) => [
    ALL_FINE,
    `Si ce n’était pas vous : ouvrez ${appName} comme vous le faites d’habitude et connectez-vous.\n${what}`,
  ];

const A_DAY = 'Le lien fonctionne une seule fois, pendant 24 heures. Un lien plus récent le remplace.';
const IGNORE = 'Si ce n’était pas vous, ne faites rien : sans le lien, rien ne se passe.';

const links: LinkTexts = {
  subject: {
    confirm_sign_up: ({ appName }) => `Confirmez votre adresse e-mail pour ${appName}`,
    confirm_address: ({ appName }) => `Confirmez votre adresse e-mail pour ${appName}`,
    reset_password: ({ appName }) => `Définissez un nouveau mot de passe pour ${appName}`,
    has_account: ({ appName }) => `Vous avez déjà un compte sur ${appName}`,
  },
  why: {
    confirm_sign_up: ({ appName, date }) =>
      `Quelqu’un s’est inscrit sur ${appName} avec cette adresse le ${date}.\nSi c’était vous, ouvrez cette page et confirmez l’adresse :`,
    confirm_address: ({ appName, date }) =>
      `Cette adresse a été saisie pour un compte sur ${appName} le ${date}.\nSi le compte est à vous, ouvrez cette page et confirmez l’adresse :`,
    reset_password: ({ appName, date }) =>
      `Un nouveau mot de passe pour votre compte sur ${appName} a été demandé le ${date}.\nSi c’était vous, ouvrez cette page et choisissez-en un :`,
    has_account: ({ appName, date }) =>
      `Quelqu’un a voulu s’inscrire sur ${appName} avec cette adresse le ${date}.\nVous avez déjà un compte avec elle. Si vous n’arrivez pas à vous connecter, demandez un nouveau mot de passe :`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [
      A_DAY,
      'Si ce n’était pas vous, ne faites rien. Ne confirmez pas un compte\nque quelqu’un d’autre a créé : inscrivez-vous, et l’adresse sera la vôtre.',
    ],
    reset_password: () => [
      'Le lien fonctionne une seule fois, pendant une heure. Un lien plus récent le remplace.',
      `${IGNORE}\nVotre mot de passe reste le même.`,
    ],
    has_account: () => ['Si ce n’était pas vous, il n’y a rien à faire : rien n’a été modifié.'],
  },
};

export const french: MailTexts = {
  thisApp: 'cette application',
  locale: 'fr',
  greeting: (name) => (name === undefined ? 'Bonjour,' : `Bonjour ${name},`),
  notice: {
    linked: (facts) => `${providerOf(facts)} a été associé à votre compte sur ${facts.appName} le ${facts.date}`,
    unlinked: (facts) => `${providerOf(facts)} a été dissocié de votre compte sur ${facts.appName} le ${facts.date}`,
    password_set: ({ appName, date }) => `Un mot de passe a été ajouté à votre compte sur ${appName} le ${date}`,
    password_changed: ({ appName, date, device }) =>
      device === undefined
        ? `Le mot de passe de votre compte sur ${appName} a été changé le ${date}`
        : `Votre mot de passe a été changé le ${date} depuis ${device}`,
    password_removed: ({ appName, date }) => `Le mot de passe de votre compte sur ${appName} a été supprimé le ${date}`,
    password_reset: ({ appName, date }) => `Le mot de passe de votre compte sur ${appName} a été réinitialisé le ${date}`,
    address_changed: ({ appName, date }) => `L’adresse e-mail de votre compte sur ${appName} a été changée le ${date}`,
    sessions_ended: ({ appName, date }) => `Tous les appareils ont été déconnectés de votre compte sur ${appName} le ${date}`,
    method_added: ({ appName, date }) => `Un moyen de connexion a été ajouté à votre compte sur ${appName} le ${date}`,
    method_removed: ({ appName, date }) => `Un moyen de connexion a été retiré de votre compte sur ${appName} le ${date}`,
  },
  advice: {
    linked: signInAnd(
      'Dissociez-le dans vos comptes associés, puis définissez un nouveau mot de passe :\ncela déconnecte aussi tous les autres appareils.',
    ),
    unlinked: signInAnd(
      'Définissez un nouveau mot de passe, ce qui déconnecte aussi tous les autres appareils.\nVérifiez ensuite vos comptes associés et associez-le de nouveau.',
    ),
    password_set: signInAnd(
      'Dissociez ce que vous ne connaissez pas,\net demandez aux responsables du service de supprimer le mot de passe.',
    ),
    password_changed: signInAnd(
      'Si votre mot de passe ne fonctionne plus, utilisez un fournisseur associé.\nDéfinissez un nouveau mot de passe, ce qui déconnecte aussi tous les autres appareils,\net dissociez ce que vous ne connaissez pas.',
    ),
    password_removed: signInAnd(
      'Utilisez un fournisseur associé, définissez un nouveau mot de passe\net dissociez ce que vous ne connaissez pas.',
    ),
    password_reset: ({ appName }) => [
      `${ALL_FINE} Tous les appareils ont été déconnectés.`,
      `Si ce n’était pas vous : quelqu’un lit vos e-mails. Sécurisez d’abord votre messagerie,\npuis ouvrez ${appName} comme vous le faites d’habitude et demandez un nouveau mot de passe.`,
    ],
    address_changed: ({ appName }) => [
      ALL_FINE,
      `Si ce n’était pas vous : ouvrez ${appName} comme vous le faites d’habitude, connectez-vous\navec un fournisseur associé et demandez de l’aide aux responsables du service.`,
    ],
    sessions_ended: (facts) => [
      'Une connexion qui avait été remplacée a été utilisée une fois de plus. Quelqu’un l’a peut-être\ncopiée : tous les appareils ont donc été déconnectés.',
      ...signInAnd('Définissez un nouveau mot de passe et dissociez ce que vous ne connaissez pas.')(facts),
    ],
    method_added: signInAnd(
      'Retirez-le là où vous gérez vos moyens de connexion, puis définissez un nouveau mot de passe :\ncela déconnecte aussi tous les autres appareils.',
    ),
    method_removed: signInAnd(
      'Définissez un nouveau mot de passe, ce qui déconnecte aussi tous les autres appareils.\nVérifiez ensuite vos moyens de connexion et ajoutez-le de nouveau.',
    ),
  },
  closing: ({ appName }) =>
    `Ce message ne contient volontairement aucun lien.\nVotre mot de passe ne vous sera jamais demandé par e-mail au nom de ${appName}.`,
  links,
};
