// The notices in Spanish.

import type { LinkTexts } from './link-texts.js';
import type { MailFacts, MailTexts } from './texts.js';

const providerOf = ({ provider }: MailFacts) => provider ?? 'Un proveedor';

const ALL_FINE = 'Si has sido tú, no tienes que hacer nada.';
const signInAnd =
  (what: string) =>
  ({ appName }: MailFacts) => [ALL_FINE, `Si no has sido tú: abre ${appName} como lo haces siempre e inicia sesión.\n${what}`];

const A_DAY = 'El enlace sirve una vez, durante 24 horas. Uno más nuevo lo anula.';
const IGNORE = 'Si no has sido tú, no hagas nada: sin el enlace no ocurre nada.';

const links: LinkTexts = {
  subject: {
    confirm_sign_up: ({ appName }) => `Confirma tu dirección de correo para ${appName}`,
    confirm_address: ({ appName }) => `Confirma tu dirección de correo para ${appName}`,
    reset_password: ({ appName }) => `Establece una nueva contraseña para ${appName}`,
    has_account: ({ appName }) => `Ya tienes una cuenta en ${appName}`,
  },
  why: {
    confirm_sign_up: ({ appName, date }) =>
      `Alguien se registró en ${appName} con esta dirección el ${date}.\nSi has sido tú, abre esta página y confirma la dirección:`,
    confirm_address: ({ appName, date }) =>
      `Esta dirección se introdujo para una cuenta en ${appName} el ${date}.\nSi la cuenta es tuya, abre esta página y confirma la dirección:`,
    reset_password: ({ appName, date }) =>
      `El ${date} se pidió una nueva contraseña para tu cuenta en ${appName}.\nSi has sido tú, abre esta página y elige una:`,
    has_account: ({ appName, date }) =>
      `Alguien quiso registrarse en ${appName} con esta dirección el ${date}.\nYa tienes una cuenta con ella. Si no puedes iniciar sesión, pide una nueva contraseña:`,
  },
  after: {
    confirm_sign_up: () => [A_DAY, IGNORE],
    confirm_address: () => [
      A_DAY,
      'Si no has sido tú, no hagas nada. No confirmes una cuenta\nque ha creado otra persona: regístrate, y la dirección será tuya.',
    ],
    reset_password: () => [
      'El enlace sirve una vez, durante una hora. Uno más nuevo lo anula.',
      `${IGNORE}\nTu contraseña sigue siendo la misma.`,
    ],
    has_account: () => ['Si no has sido tú, no tienes que hacer nada: no ha cambiado nada.'],
  },
};

export const spanish: MailTexts = {
  thisApp: 'esta aplicación',
  locale: 'es',
  greeting: (name) => (name === undefined ? 'Hola:' : `Hola, ${name}:`),
  notice: {
    linked: (facts) => `${providerOf(facts)} se vinculó a tu cuenta en ${facts.appName} el ${facts.date}`,
    unlinked: (facts) => `${providerOf(facts)} se desvinculó de tu cuenta en ${facts.appName} el ${facts.date}`,
    password_set: ({ appName, date }) => `Se añadió una contraseña a tu cuenta en ${appName} el ${date}`,
    password_changed: ({ appName, date, device }) =>
      device === undefined
        ? `La contraseña de tu cuenta en ${appName} se cambió el ${date}`
        : `Tu contraseña se cambió el ${date} desde ${device}`,
    password_removed: ({ appName, date }) => `La contraseña de tu cuenta en ${appName} se eliminó el ${date}`,
    password_reset: ({ appName, date }) => `La contraseña de tu cuenta en ${appName} se restableció el ${date}`,
    address_changed: ({ appName, date }) => `La dirección de correo de tu cuenta en ${appName} se cambió el ${date}`,
    sessions_ended: ({ appName, date }) => `Se cerró la sesión de tu cuenta en ${appName} en todos los dispositivos el ${date}`,
    method_added: ({ appName, date }) => `Se añadió una forma de iniciar sesión a tu cuenta en ${appName} el ${date}`,
    method_removed: ({ appName, date }) => `Se eliminó una forma de iniciar sesión de tu cuenta en ${appName} el ${date}`,
  },
  advice: {
    linked: signInAnd(
      'Desvincúlalo en tus cuentas vinculadas y establece después una nueva contraseña:\neso cierra también la sesión en los demás dispositivos.',
    ),
    unlinked: signInAnd(
      'Establece una nueva contraseña, que cierra también la sesión en los demás dispositivos.\nRevisa después tus cuentas vinculadas y vincúlalo de nuevo.',
    ),
    password_set: signInAnd('Desvincula lo que no conozcas\ny pide a quienes administran el servicio que eliminen la contraseña.'),
    password_changed: signInAnd(
      'Si tu contraseña ya no sirve, usa un proveedor vinculado.\nEstablece una nueva contraseña, que cierra también la sesión en los demás dispositivos,\ny desvincula lo que no conozcas.',
    ),
    password_removed: signInAnd('Usa un proveedor vinculado, establece una nueva contraseña\ny desvincula lo que no conozcas.'),
    password_reset: ({ appName }) => [
      `${ALL_FINE} Se ha cerrado la sesión en todos los dispositivos.`,
      `Si no has sido tú: alguien lee tu correo. Protege primero tu buzón,\nabre después ${appName} como lo haces siempre y pide una nueva contraseña.`,
    ],
    address_changed: ({ appName }) => [
      ALL_FINE,
      `Si no has sido tú: abre ${appName} como lo haces siempre, inicia sesión\ncon un proveedor vinculado y pide ayuda a quienes administran el servicio.`,
    ],
    sessions_ended: (facts) => [
      'Un inicio de sesión que ya había sido sustituido se usó otra vez. Puede que alguien lo haya\ncopiado, así que se ha cerrado la sesión en todos los dispositivos.',
      ...signInAnd('Establece una nueva contraseña y desvincula lo que no conozcas.')(facts),
    ],
    method_added: signInAnd(
      'Elimínala donde gestionas tus formas de iniciar sesión y establece después una nueva contraseña:\neso cierra también la sesión en los demás dispositivos.',
    ),
    method_removed: signInAnd(
      'Establece una nueva contraseña, que cierra también la sesión en los demás dispositivos.\nRevisa después tus formas de iniciar sesión y añádela de nuevo.',
    ),
  },
  closing: ({ appName }) =>
    `Este aviso no contiene ningún enlace, a propósito.\nEn nombre de ${appName} nunca te pediremos la contraseña por correo.`,
  links,
};
