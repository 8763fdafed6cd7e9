// The app's own accounts: sign up, sign in and sign out with a password and a session.

const express = require('express');
const passwords = require('../passwords');

/** A new session id for every sign-in. */
function signIn(req, memberId, next) {
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.memberId = memberId;
    req.session.save(next);
  });
}

/** Express 4 does not handle a rejected promise. */
function wait(handler) {
  return (req, res, next) => {
    handler(req, res, next).catch(next);
  };
}

function accountRoutes(Member) {
  const router = express.Router();

  router.post(
    '/register',
    wait(async (req, res, next) => {
      const mail = String(req.body.mail).trim().toLowerCase();
      const pwHash = await passwords.hash(String(req.body.password));
      const member = await Member.create({ mail, pwHash, fullName: mail.split('@')[0], plan: 'free' });
      signIn(req, member.memberId, (error) => (error ? next(error) : res.redirect('/')));
    }),
  );

  router.post(
    '/login',
    wait(async (req, res, next) => {
      const member = await Member.findOne({ where: { mail: String(req.body.mail).trim().toLowerCase() } });
      const right = member !== null && member.pwHash !== null && (await passwords.verify(member.pwHash, String(req.body.password)));
      if (!right) return res.status(401).type('text').send('Wrong address or password');
      signIn(req, member.memberId, (error) => (error ? next(error) : res.redirect('/')));
    }),
  );

  router.post('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.redirect('/')));
  });

  router.get('/me', (req, res) => {
    if (req.user === undefined) return res.status(401).json({ oops: 'Not signed in' });
    const { memberId, mail, fullName, plan, pwHash } = req.user;
    res.json({ memberId, mail, fullName, plan, hasPassword: pwHash !== null });
  });

  return router;
}

module.exports = accountRoutes;
