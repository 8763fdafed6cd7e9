// All that the integration of the plugin needed: what it has to know about the members table, and how passwords are kept.

const { latchkey } = require('express-latchkey');
const config = require('./config');
const passwords = require('./passwords');

function openSocialSignIn({ sequelize, Member }) {
  return latchkey({
    baseUrl: config.baseUrl,
    secret: config.latchkeySecret,
    appName: 'Legacy Club',
    providers: config.providers,
    sequelize,
    // `users` is this app's own table; the prefix keeps the plugin's tables apart from everything else in the database.
    tablePrefix: 'social_',
    users: {
      model: Member,
      id: 'memberId',
      email: 'mail',
      passwordHash: 'pwHash',
      nickname: 'fullName',
      createdAt: 'joinedAt',
      defaults: () => ({ plan: 'free' }),
    },
    passwordHasher: passwords,
    // A member who comes back from a provider is signed in as after a password; the session has a new id by then.
    hostSession: (req, member) => {
      req.session.memberId = member.memberId;
    },
  });
}

module.exports = { openSocialSignIn };
